import Model
import Testing

@Suite struct IPv4Tests {
  @Test(arguments: ["0.0.0.0", "10.10.1.4", "255.255.255.255"]) func `an address is read and written`(text: String) {
    #expect(IPv4Address(text)?.description == text)
  }

  @Test(arguments: ["", "10.10.1", "10.10.1.4.5", "10.10.1.256", "10.10.01.4", "+1.0.0.0", "10.10.1.", "a.b.c", "::1"])
  func `what is no address is refused`(text: String) { #expect(IPv4Address(text) == nil) }

  @Test(arguments: [
    ("10.10.1.0/24", "10.10.1.0/24", "10.10.1.1"), ("10.10.9.5/24", "10.10.9.0/24", "10.10.9.1"),
    ("0.0.0.0/0", "0.0.0.0/0", "0.0.0.1"), ("10.0.0.2/31", "10.0.0.2/31", "10.0.0.2"),
    ("10.0.0.7/32", "10.0.0.7/32", "10.0.0.7"),
  ]) func `a subnet drops host bits and knows its first host`(text: String, written: String, first: String) {
    #expect(IPv4Subnet(text)?.description == written)
    #expect(IPv4Subnet(text)?.firstHost.description == first)
  }

  @Test(arguments: ["10.10.1.0", "10.10.1.0/33", "10.10.1.0/-1", "10.10.1.0/+8", "10.10.1.0/08", "fd00::/64", "/24"])
  func `what is no subnet is refused`(text: String) { #expect(IPv4Subnet(text) == nil) }

  @Test(arguments: [
    ("10.10.1.0/24", "10.10.1.0", true), ("10.10.1.0/24", "10.10.1.255", true), ("10.10.1.0/24", "10.10.2.0", false),
    ("10.10.1.0/24", "10.10.10.4", false), ("10.10.1.0/25", "10.10.1.128", false), ("0.0.0.0/0", "1.2.3.4", true),
    ("1.2.3.4/32", "1.2.3.5", false),
  ]) func `a subnet contains its addresses only`(subnet: String, address: String, contains: Bool) throws {
    #expect(try #require(IPv4Subnet(subnet)).contains(#require(IPv4Address(address))) == contains)
  }

  @Test(arguments: [
    ("10.10.1.0/24", "10.10.1.0/24", true), ("10.10.0.0/16", "10.10.1.0/24", true),
    ("10.10.0.0/24", "10.10.1.0/24", false), ("10.10.1.0/25", "10.10.1.128/25", false),
    ("0.0.0.0/0", "10.10.1.0/24", true),
  ]) func `subnets overlap either way`(one: String, other: String, overlap: Bool) throws {
    let (one, other) = (try #require(IPv4Subnet(one)), try #require(IPv4Subnet(other)))
    #expect(one.overlaps(other) == overlap)
    #expect(other.overlaps(one) == overlap)
  }
}

@Suite struct IPAddressTests {
  @Test(arguments: [
    ([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x0a, 0, 0x0b], "2001:db8:0:1::a:b"),
    ([UInt8](repeating: 0, count: 15) + [1], "::1"), ([UInt8](repeating: 0, count: 16), "::"),
    ([0xfe, 0x80] + [UInt8](repeating: 0, count: 14), "fe80::"),
    ([0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0, 0, 5], "1:0:2:3:4::5"),
    ([0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7], "1:0:2:3:4:5:6:7"),
  ]) func `an IPv6 address is written as inet_ntop does`(bytes: [UInt8], text: String) {
    #expect(IPAddress(family: 10, bytes)?.description == text)
  }

  @Test func `bytes of another family are no address`() {
    #expect(IPAddress(family: 2, [10, 0, 0, 5])?.description == "10.0.0.5")
    #expect(IPAddress(family: 10, [10, 0, 0, 5]) == nil)
    #expect(IPAddress(family: 128, [10, 0, 0, 5]) == nil)
    #expect(IPAddress(family: 128) == nil)
  }
}
