/// Replaces what names a host and its adapters in texts of one report: GUIDs, MACs, IP addresses, host names, serial
/// numbers, ids of machines and containers, and people. PCI addresses, and names of devices and networks, stay.
///
/// First all texts are learnt, then each is redacted: an address in a notation that could be something else is known by then
/// from another place. Addresses come before names: a host may be called `b1`.
package struct Redaction: Sendable {
  private var standIns = StandIns()
  private var hosts = HostNames([])
  private var people = PersonalNames()

  /// - Parameters:
  ///   - texts: Whose addresses are known from the start.
  ///   - hostNames: Names of hosts, each of which may also be written without its domain.
  ///   - otherNames: Names with their domains, of which no part alone names anybody.
  package init(learning texts: [String], hostNames: [String] = [], otherNames: [String] = []) {
    for text in texts { _ = replaceSpelled(in: Array(text.utf8).withoutEscapes) }
    var hosts = HostNames(hostNames, others: otherNames)
    hosts.add { replaceAddresses(in: $0) }
    self.hosts = hosts
    standIns.forgetUse()
  }

  /// Known ones come first: one that is grown together with something else would be taken for another.
  package mutating func redact(_ text: String) -> String {
    let addressed = replaceAddresses(in: people.replaced(in: Array(text.utf8).withoutEscapes))
    let numbered = SerialNumbers.replaced(in: addressed, by: &standIns)
    return String(decoding: hosts.replaced(in: numbered), as: UTF8.self)
  }

  /// How many of each were replaced in what was redacted, such as `GUIDs: 8`.
  package var summary: String {
    let used = standIns.used
    return """
      GUIDs: \(used.guids.count), MAC addresses: \(used.macAddresses.count), \
      IPv4 addresses: \(used.ipAddresses.count), serial numbers: \(used.serialNumbers.count), \
      ids: \(used.identifiers.count), host names: \(hosts.used.count), people: \(people.count)
      """
  }

  private mutating func replaceAddresses(in text: [UInt8]) -> [UInt8] {
    replaceSpelled(in: KnownDigits(standIns).replaced(in: text, by: &standIns))
  }

  private mutating func replaceSpelled(in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      if text[place].isDecimalDigit, let address = IPv4Text(text, at: place) {
        result += address.replaced(by: &standIns)
        place = address.range.upperBound
      } else if text[place].isHexDigit, let uuid = UUIDText(text, at: place) {
        result += uuid.replaced(by: &standIns)
        place = uuid.range.upperBound
      } else if text[place].isHexDigit, let bytes = HexBytes(dashed: text, at: place) {
        result += bytes.replaced(by: &standIns, separator: .dash)
        place += bytes.length
      } else if let run = HexRun(text, at: place) {
        result += run.replaced(by: &standIns)
        place = run.range.upperBound
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }
}
