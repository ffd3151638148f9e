/// A function's place on the PCI bus: domain, bus, device, function, written `0000:b1:00.0` as in
/// `/sys/bus/pci/devices`.
package struct PCIAddress: Hashable, Sendable {
  package let domain: UInt32
  package let bus: UInt8
  package let device: UInt8
  package let function: UInt8

  /// Reads `0000:b1:00.0`, or `b1:00.0` for domain 0; nil for anything else.
  package init?(_ text: String) {
    let parts = text.parts(separatedBy: ":")
    guard parts.count == 2 || parts.count == 3 else { return nil }
    let slot = parts[parts.count - 1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard slot.count == 2, slot[0].count == 2, slot[1].count == 1, parts[parts.count - 2].count == 2,
      let bus = UInt8(hexadecimal: parts[parts.count - 2]),
      let device = UInt8(hexadecimal: slot[0]), device < 32,
      let function = UInt8(hexadecimal: slot[1]), function < 8
    else { return nil }
    // Domains above ffff exist: Intel VMD numbers its own from 10000 up.
    guard parts.count == 2 || (4...8).contains(parts[0].count),
      let domain = parts.count == 2 ? 0 : UInt32(hexadecimal: parts[0])
    else { return nil }
    self.init(domain: domain, bus: bus, device: device, function: function)
  }

  /// - Precondition: `device` is below 32 and `function` below 8.
  package init(domain: UInt32, bus: UInt8, device: UInt8, function: UInt8) {
    precondition(device < 32 && function < 8)
    self.domain = domain
    self.bus = bus
    self.device = device
    self.function = function
  }
}

extension PCIAddress: CustomStringConvertible {
  package var description: String { "\(domain.hexadecimal(width: 4)):\(withinDomain)" }

  /// The form that firmware tools take: without the domain where that is 0.
  package var short: String { domain == 0 ? withinDomain : description }

  private var withinDomain: String {
    "\(bus.hexadecimal(width: 2)):\(device.hexadecimal(width: 2)).\(function.hexadecimal(width: 1))"
  }
}

extension PCIAddress: Comparable {
  package static func < (left: PCIAddress, right: PCIAddress) -> Bool {
    (left.domain, left.bus, left.device, left.function) < (right.domain, right.bus, right.device, right.function)
  }
}

extension PCIAddress: Codable {
  package init(from decoder: any Decoder) throws {
    self = try decoder.parsed("a PCI address such as 0000:b1:00.0") { PCIAddress($0) }
  }

  package func encode(to encoder: any Encoder) throws {
    try encoder.encodeText(self)
  }
}
