import HostInterface
import Mlx5
import Model
import SystemPackage

/// What runs on a host, in which version: one line each. What cannot be read says why.
struct Versions {
  let host: Host

  /// - Parameter ours: This program's.
  func text(ours: String) -> String {
    let facts =
      [
        ("sriov-persist", ours), ("kernel", file("/proc/sys/kernel/osrelease")), ("operating system", distribution),
        ("mlx5_core, if it tells one", file("/sys/module/mlx5_core/version")), ("MLNX_OFED", ofed),
        ("Docker and its plugin", "see check.json"),
      ] + adapters
    return facts.map { "\($0): \($1)\n" }.joined()
  }

  private var distribution: String {
    said {
      let lines = try host.disk.read("/usr/lib/os-release").contents.split(separator: "\n")
      return lines.first { $0.hasPrefix("PRETTY_NAME=") }.map(String.init) ?? "without a name"
    }
  }

  private var ofed: String {
    said {
      let program: FilePath = "/usr/bin/ofed_info"
      let result = try host.programs.run(
        program, ["-s"], outputLimit: 4096, until: host.tasks.now() + .seconds(20))
      guard result.status == 0 else { throw PartError("\(program) ended with \(result.status)") }
      return result.output.trimmed
    }
  }

  /// The model and firmware of each, and whose driver it has.
  private var adapters: [(String, String)] {
    let pfs: [PhysicalFunction]
    do {
      pfs = try Discovery(host.files).pfs
    } catch {
      return [("adapters", "\(error)")]
    }
    return pfs.map { pf in
      let firmware = pf.rdmaDevice.map { file(FilePath("/sys/class/infiniband/\($0)/fw_ver")) } ?? "no RDMA device"
      let device = PFDevice(pf, on: host)
      let driver = said { try device.hasFiles ? "with MLNX_OFED's files" : "the kernel's own" }
      return (
        "\(pf)", "device \(pf.deviceID), board \(pf.boardID ?? "unknown"), firmware \(firmware), driver \(driver)"
      )
    }
  }

  private func file(_ path: FilePath) -> String { said { try host.files.readLine(path) } }

  private func said(_ read: () throws -> String) -> String {
    do {
      return try read()
    } catch {
      return "\(error)"
    }
  }
}
