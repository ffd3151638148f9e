import HostInterface
import Mlx5
import Model

extension Failure {
  static func unsupported(_ what: String) -> Failure {
    Failure(
      .notFound, "\(what) is a ConnectX-3 or older, which the driver mlx4 has: it is not supported",
      remedy: "use a ConnectX-4 or newer; see the model: lspci -d 15b3:")
  }
}

extension Discovery {
  /// The PFs that a person named, or all.
  ///
  /// - Throws: `Failure` (`notFound`) that says which name is unknown, or why this host has no PF for us.
  func select(_ names: [String]) throws(Failure) -> [PhysicalFunction] {
    if let failure = absence { throw failure }
    for name in names where !pfs.contains(where: { $0.isCalled(name) }) {
      throw Failure(
        .notFound, "no mlx5 PF with SR-IOV is called \(name)",
        remedy: "this host has: \(pfs.map(\.description).joined(separator: ", "))")
    }
    return names.isEmpty ? pfs : pfs.filter { pf in names.contains { pf.isCalled($0) } }
  }

  /// Why there is no PF that could have VFs; nil when there is one.
  var absence: Failure? {
    guard pfs.isEmpty else { return nil }
    if let address = withoutSRIOV.first {
      return .sriovOff("the PF \(address) cannot have VFs", at: address)
    }
    if let address = unsupported.first, withoutDriver.isEmpty { return .unsupported("the adapter \(address)") }
    if let address = withoutDriver.first {
      return Failure(
        .notFound, "the NVIDIA adapter \(address) is there, but mlx5_core does not have it",
        remedy: "run: modprobe mlx5_core; then: lspci -s \(address) -k")
    }
    if let address = vfsOfOthers.first {
      return Failure(
        .notFound, "this host has no mlx5 PF: \(address) is a VF of another host's",
        remedy: "run it on the host of this virtual machine")
    }
    return Failure(
      .notFound, "this host has no mlx5 adapter", remedy: "look whether the adapter is seated: lspci -d 15b3:")
  }
}
