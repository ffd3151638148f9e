package import Model

/// How one of Docker's networks differs from what a snapshot has. The only place where the two are compared.
package struct NetworkDrift: Equatable, Sendable {
  /// One line each: `subnet is 10.10.2.0/24, wanted 10.10.1.0/24`.
  package private(set) var differences: [String] = []

  package var isEmpty: Bool { differences.isEmpty }

  /// - Parameters:
  ///   - wanted: With the address that its PF has today.
  ///   - found: Of the same name.
  package init(wanted: ContainerNetwork, found: ContainerNetwork) {
    compare("driver", wanted.driver, found.driver)
    compare("address management", wanted.ipam.driver, found.ipam.driver)
    compare("address options", wanted.ipam.options.words, found.ipam.options.words)
    compare(
      "pools", wanted.ipam.pools.words(beside: found.ipam.pools), found.ipam.pools.words(beside: wanted.ipam.pools))
    compare("options", wanted.options.words, found.options.words)
    compare("labels", wanted.labels.words, found.labels.words)
    compare("internal", wanted.isInternal, found.isInternal)
    compare("attachable", wanted.isAttachable, found.isAttachable)
    compare("IPv6", wanted.hasIPv6, found.hasIPv6)
    if let wanted = wanted.hasIPv4, let found = found.hasIPv4 { compare("IPv4", wanted, found) }
    compare("configuration only", wanted.isConfigOnly, found.isConfigOnly)
    compare("configuration", wanted.configFrom ?? "its own", found.configFrom ?? "its own")
    // The one that was saved cannot have changed: only what its netdev's name means has, and the plugin is told today's.
    if wanted.id != found.id { compare("netdevice", wanted.netdevice.words, found.netdevice.words) }
  }

  private mutating func compare<Value: Equatable>(_ name: String, _ wanted: Value, _ found: Value) {
    if wanted != found { differences.append("\(name) is \(found), wanted \(wanted)") }
  }
}

extension [String: String] {
  fileprivate var words: String {
    isEmpty ? "none" : sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}

extension [AddressPool] {
  /// Docker hides a gateway that it chose by itself until it is started again: one that only one side tells is no
  /// difference. Of IPv4 both tell it.
  fileprivate func words(beside others: [AddressPool]) -> String {
    let words = map { pool in
      var pool = pool
      if others.contains(where: { $0.subnet == pool.subnet && $0.gateway == nil }) { pool.gateway = nil }
      return pool.words
    }
    return isEmpty ? "none" : words.sorted().joined(separator: ", ")
  }
}

extension AddressPool {
  /// 20.10 keeps a subnet as it was typed, host bits included.
  fileprivate var words: String {
    let more = [
      range.map { " range \($0)" }, gateway.map { " gateway \($0)" },
      auxiliaryAddresses.isEmpty ? nil : " without \(auxiliaryAddresses.words)",
    ]
    return subnetAsMeant + more.compactMap(\.self).joined()
  }
}

extension NetworkDevice? {
  fileprivate var words: String {
    guard let self else { return "none of this host" }
    return self.vf.map { "VF \($0) of \(self.pf)" } ?? self.pf.description
  }
}
