import Model

/// By which words the configuration of others means a PF.
extension PhysicalFunction {
  /// udev's ID_PATH of what sits on it.
  var idPath: String { "pci-\(pciAddress)" }

  /// Unknown while its RDMA device is not there.
  func speaks(_ layer: LinkLayer) -> Certainty { linkLayer.map { Certainty($0 == layer) } ?? .perhaps }

  /// Whether a pattern for the name of a device means the netdev or the RDMA device. Not by today's names only: where udev
  /// has replaced the kernel's own, that cannot be known any more.
  func isNamed(_ pattern: some StringProtocol) -> Certainty {
    if [netdev, rdmaDevice].compactMap(\.self).contains(where: { $0.matches(glob: pattern) }) { return .yes }
    let netdevs = (speaks(.infiniBand) > .no ? ["ib"] : []) + (speaks(.ethernet) > .no ? ["eth"] : [])
    let replaced =
      (netdev.map { $0.isKernelName(of: netdevs) } == true ? [] : netdevs)
      + (rdmaDevice.map { $0.isKernelName(of: ["mlx5_"]) } == true ? [] : ["mlx5_"])
    return replaced.contains { kind in (0..<32).contains { "\(kind)\($0)".matches(glob: pattern) } } ? .perhaps : .no
  }

  /// One of systemd's lists of patterns, which `!` in front turns round as a whole.
  func matches(_ list: String, _ certainty: (Substring) -> Certainty) -> Certainty {
    let isInverted = list.hasPrefix("!")
    let patterns = list.drop { $0 == "!" }.split(whereSeparator: \.isWhitespace)
    let any = patterns.map(certainty).any
    return isInverted ? !any : any
  }

  /// Whether a path to a file below the PF's folder in /sys is this PF's.
  func isIn(_ path: String) -> Certainty {
    let parts = path.filter { $0 != "\\" }.split(separator: "/")
    let addresses = parts.compactMap { PCIAddress(String($0)) }
    if let address = addresses.last { return Certainty(address == pciAddress) }
    if let drivers = parts.firstIndex(of: "drivers"), drivers + 1 < parts.count,
      !"mlx5_core".matches(glob: parts[drivers + 1]), !parts[drivers + 1].contains("$")
    {
      return .no
    }
    guard let folder = parts.firstIndex(where: { ["net", "infiniband", "devices", "mlx5_core"].contains($0) }),
      folder + 1 < parts.count, !parts[folder + 1].contains(where: { "$%`{".contains($0) })
    else { return .perhaps }
    let name = parts[folder + 1]
    return Certainty(pciAddress.description.matches(glob: name)) == .yes ? .yes : isNamed(name)
  }
}

extension String {
  /// `eth0`, `ib1`, `mlx5_2`: what a device is called until udev gives it a name.
  fileprivate func isKernelName(of kinds: [String]) -> Bool {
    kinds.contains { hasPrefix($0) && Int(dropFirst($0.count)) != nil }
  }
}
