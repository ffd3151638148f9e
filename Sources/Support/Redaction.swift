/// Replaces what names a host and its adapters in texts of one report: GUIDs, MACs, IP addresses, host names and serial
/// numbers. PCI addresses, and names of devices and networks, stay.
///
/// First all texts are learnt, then each is redacted: an address in a notation that could be something else is known by then
/// from another place.
package struct Redaction: Sendable {
  private var standIns = StandIns()
  private let hosts: HostNames

  package init(hostNames: [String] = []) { hosts = HostNames(hostNames) }

  /// Takes note of the addresses of a text.
  package mutating func learn(_ text: String) { _ = replaceSpelled(in: withoutNames(text)) }

  /// Known ones come first: one that is grown together with something else would be taken for another.
  package mutating func redact(_ text: String) -> String {
    let known = KnownDigits(standIns).replaced(in: withoutNames(text))
    return String(decoding: replaceSpelled(in: known), as: UTF8.self)
  }

  /// How many of each there are, such as `GUIDs: 8`.
  package var summary: String {
    """
    GUIDs: \(standIns.guids.count), MAC addresses: \(standIns.macAddresses.count), \
    IPv4 addresses: \(standIns.ipAddresses.count), serial numbers: \(standIns.serialNumbers.count), \
    host names: \(hosts.count)
    """
  }

  private mutating func withoutNames(_ text: String) -> [UInt8] {
    SerialNumbers.replaced(in: hosts.replaced(in: Array(text.utf8).withoutEscapes), by: &standIns)
  }

  private mutating func replaceSpelled(in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      if text[place].isDecimalDigit, let address = IPv4Text(text, at: place) {
        result += address.replaced(by: &standIns)
        place = address.range.upperBound
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
