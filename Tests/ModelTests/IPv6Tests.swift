import Model
import Testing

@Suite struct IPv6Tests {
  @Test(arguments: [
    ("::", "::"), ("::1", "::1"), ("fd00::", "fd00::"), ("FD00:0:0::00a1", "fd00::a1"),
    ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:0:2:0:0:3:4", "1::2:0:0:3:4"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:2:3:0:5:6:7:8", "1:2:3:0:5:6:7:8"), ("64:ff9b::10.10.1.4", "64:ff9b::a0a:104"),
    ("1:2:3:4:5:6:10.10.1.4", "1:2:3:4:5:6:a0a:104"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ]) func `an address is read, and written as RFC 5952 has it`(text: String, written: String) {
    #expect(IPv6Address(text)?.description == written)
  }

  @Test(arguments: [
    "", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4::5:6:7:8", "fd00::g", "fd00::12345",
    "fd00:::1", ":1::", "fe80::1%eth0", "10.10.1.4", "::10.10.1.4:1", "fd00::+1",
  ]) func `what is no address is refused`(text: String) { #expect(IPv6Address(text) == nil) }

  @Test(arguments: [
    ("fd00:0::/64", "fd00::/64", "fd00::1"), ("fd00::5:7/64", "fd00::/64", "fd00::1"), ("::/0", "::/0", "::1"),
    ("fd00::2/127", "fd00::2/127", "fd00::2"), ("fd00::7/128", "fd00::7/128", "fd00::7"),
  ]) func `a subnet drops host bits and knows its first host`(text: String, written: String, first: String) {
    #expect(IPv6Subnet(text)?.description == written)
    #expect(IPv6Subnet(text)?.firstHost.description == first)
  }

  @Test(arguments: ["fd00::", "fd00::/129", "fd00::/-1", "fd00::/064", "10.10.1.0/24", "/64"])
  func `what is no subnet is refused`(text: String) { #expect(IPv6Subnet(text) == nil) }

  @Test func `a subnet contains its addresses only`() throws {
    let subnet = try #require(IPv6Subnet("fd00:1::/64"))
    #expect(try subnet.contains(#require(IPv6Address("fd00:1::ffff:1"))))
    #expect(try !subnet.contains(#require(IPv6Address("fd00:1:0:1::1"))))
  }
}
