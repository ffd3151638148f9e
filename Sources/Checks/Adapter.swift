import HostInterface
import Mlx5
import Model

extension Finding {
  /// An mlx5 adapter, and mlx5_core has it.
  static func adapters(_ survey: Survey) -> [Finding] {
    switch survey.discovery {
    case .failure(let error):
      [ID.adapter.unknown(nil, "\(error)", remedy: "run it as root, and outside containers")]
    case .success(let discovery):
      discovery.pfs.map { ID.adapter.ok($0.pciAddress, $0.words) }
        + discovery.withoutSRIOV.map { ID.adapter.ok($0, "an mlx5 PF, without SR-IOV as it is now") }
        + discovery.vfsOfOthers.map {
          ID.adapter.warning(
            $0, "a VF of another host's PF: it has no VFs of its own",
            remedy: "make and save VFs on the host of this virtual machine")
        }
        + absence(discovery)
    }
  }

  private static func absence(_ discovery: Discovery) -> [Finding] {
    guard discovery.pfs.isEmpty && discovery.withoutSRIOV.isEmpty else { return [] }
    let useless =
      discovery.withoutDriver.map {
        ID.adapter.problem(
          $0, "a network function of NVIDIA's that mlx5_core does not have",
          remedy: "run: modprobe mlx5_core; then see: journalctl -k -g mlx5")
      }
      + discovery.unsupported.map {
        ID.adapter.problem(
          $0, "a ConnectX-3 or older, which the driver mlx4 has: not supported", remedy: "use a ConnectX-4 or newer")
      }
    guard useless.isEmpty else { return useless }
    guard discovery.vfsOfOthers.isEmpty else { return [] }
    return [
      ID.adapter.problem(
        nil, "no mlx5 PF: no network function of NVIDIA's is on the PCI bus",
        remedy: "is the card in its slot, and the slot on in the BIOS? run: lspci -d 15b3:")
    ]
  }
}

extension PhysicalFunction {
  /// `ConnectX-5 (device 1017), mlx5_0, InfiniBand`
  fileprivate var words: String {
    let model = Self.models[deviceID].map { "\($0) (device \(deviceID))" } ?? "device \(deviceID)"
    return [model, rdmaDevice ?? netdev, linkLayer?.rawValue].compactMap(\.self).joined(separator: ", ")
  }

  /// By PCI device ids of PFs: mlx5.md 8.
  private static let models = [
    "1013": "ConnectX-4", "1015": "ConnectX-4 Lx", "1017": "ConnectX-5", "1019": "ConnectX-5 Ex", "101b": "ConnectX-6",
    "101d": "ConnectX-6 Dx", "101f": "ConnectX-6 Lx", "1021": "ConnectX-7", "1023": "ConnectX-8", "a2d2": "BlueField",
    "a2d6": "BlueField-2", "a2dc": "BlueField-3",
  ]
}
