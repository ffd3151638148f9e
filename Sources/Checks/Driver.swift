import Docker
import HostInterface
import Mlx5
import Model
import SystemPackage

/// The driver, and the devices that its parts make.
extension Finding {
  static func drivers(_ survey: Survey) -> [Finding] {
    survey.pfs.flatMap { [driver($0, survey.host), rdmaDevice($0), netdev($0, survey)] }
  }

  /// By what the PF offers, not by the brand (mlx5.md 2).
  private static func driver(_ pf: SurveyedPF, _ host: Host) -> Finding {
    let version = (try? host.files.readLine("/sys/module/mlx5_core/version")).map { " \($0)" } ?? ""
    switch pf.hasFiles {
    case true?: return ID.driver.ok(pf.address, "mlx5_core\(version) with MLNX_OFED's files")
    case false?:
      let userspace = ["/etc/infiniband/info", "/etc/infiniband/openib.conf"] as [FilePath]
      guard let trace = userspace.first(where: { (try? host.disk.read($0)) != nil }) else {
        return ID.driver.ok(pf.address, "mlx5_core\(version), the kernel's own: VFs are set up by netlink")
      }
      return ID.driver.warning(
        pf.address, "MLNX_OFED is installed (\(trace)), and the kernel runs its own mlx5_core\(version)",
        remedy: "the initrd may have brought it: run: update-initramfs -u, or dracut -f; then reboot")
    case nil:
      return ID.driver.unknown(pf.address, "the PF's folder cannot be read", remedy: "see: journalctl -k -g mlx5")
    }
  }

  private static func rdmaDevice(_ pf: SurveyedPF) -> Finding {
    if let name = pf.pf.rdmaDevice { return ID.rdmaDevice.ok(pf.address, name) }
    if let bond = pf.pf.bond {
      return ID.rdmaDevice.warning(
        pf.address, "the bond \(bond) has it: VFs would take the bond's RDMA device away",
        remedy: "take the PF out of the bond")
    }
    return ID.rdmaDevice.problem(pf.address, "none here", remedy: "is mlx5_ib loaded? run: modprobe mlx5_ib")
  }

  /// Docker's networks are on it; with the kernel's own driver the VFs are set up through it as well.
  private static func netdev(_ pf: SurveyedPF, _ survey: Survey) -> Finding {
    if let name = pf.pf.netdev { return ID.netdev.ok(pf.address, name) }
    if let owner = survey.docker.answer?.reading.pfOwners[pf.address] {
      return ID.netdev.ok(pf.address, "the container \(owner) has it, by a network of mode passthrough")
    }
    let isEthernet = pf.pf.linkLayer == .ethernet
    let remedy =
      isEthernet
      ? "has a container or another network namespace taken it? run: lsns -t net"
      : "is IPoIB loaded? run: modprobe ib_ipoib; rdma-core does at each boot"
    return pf.hasFiles == true && !isEthernet
      ? ID.netdev.warning(pf.address, "no IPoIB netdev here: a Docker network needs one", remedy: remedy)
      : ID.netdev.problem(
        pf.address, "no \(isEthernet ? "netdev" : "IPoIB netdev") here: VFs are set up through it", remedy: remedy)
  }
}
