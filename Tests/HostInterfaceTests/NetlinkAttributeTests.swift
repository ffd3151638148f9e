import HostInterface
import Testing
import TestSupport

/// A device's handle and the first entry of its summary, as a little-endian kernel writes them.
private let fixture = bytes(
  """
  08 00 01 00  05 00 00 00                      # DEV_INDEX 5
  0b 00 02 00  6d 6c 78 35 5f 30 00 00          # DEV_NAME mlx5_0, one byte of padding
  1c 00 0f 80                                   # RES_SUMMARY, with NLA_F_NESTED as newer kernels set it
    18 00 10 00                                 # RES_SUMMARY_ENTRY
      08 00 11 00  63 74 78 00                  # ENTRY_NAME ctx
      0c 00 12 00  02 00 00 00 00 00 00 00      # ENTRY_CURR 2
  04 00 10 00                                   # RES_SUMMARY_ENTRY, empty, beside the table
  """)

@Suite struct NetlinkAttributeTests {
  @Test func `attributes are read`() {
    let attributes = [NetlinkAttribute](bytes: fixture)
    #expect(attributes.map(\.type) == [1, 2, 15, 16])
    #expect(attributes[type: 1]?.number() == UInt32(5))
    #expect(attributes[type: 2]?.text == "mlx5_0")
    let entry = attributes[type: 15]?.attributes[type: 16]?.attributes
    #expect(entry?[type: 17]?.text == "ctx")
    #expect(entry?[type: 18]?.number() == UInt64(2))
    #expect(attributes[type: 16]?.attributes.isEmpty == true)
    #expect(attributes[type: 3] == nil)
  }

  @Test func `attributes are written`() {
    let entry = NetlinkAttribute(16, [NetlinkAttribute(17, "ctx"), NetlinkAttribute(18, UInt64(2))])
    let attributes = [
      NetlinkAttribute(1, UInt32(5)), NetlinkAttribute(2, "mlx5_0"), NetlinkAttribute(15 | 0x8000, [entry]),
      NetlinkAttribute(16, [UInt8]()),
    ]
    #expect(attributes.bytes == fixture)
  }

  @Test func `the last attribute may lack its padding`() {
    #expect([NetlinkAttribute](bytes: bytes("05 00 01 00 07")) == [NetlinkAttribute(1, UInt8(7))])
  }

  @Test func `a number of another length is none`() {
    #expect(NetlinkAttribute(1, UInt16(5)).number(UInt32.self) == nil)
    #expect(NetlinkAttribute(1, UInt64(5)).number(UInt32.self) == nil)
    #expect(NetlinkAttribute(1, Int32.min).number() == Int32.min)
    #expect(NetlinkAttribute(1, UInt64.max - 1).number() == UInt64.max - 1)
  }

  @Test(arguments: ["03 00 01 00", "00 00 00 00", "09 00 01 00 00 00 00 00", "ff ff 01 00", "04 00 01", "04", ""])
  func `what cannot be an attribute ends the list`(broken: String) {
    let whole = bytes("04 00 07 00")
    #expect([NetlinkAttribute](bytes: whole + bytes(broken)).map(\.type) == [7])
  }

  @Test func `a message cut short gives the attributes before the cut`() {
    let whole = [NetlinkAttribute](bytes: fixture)
    for length in fixture.indices {
      let attributes = [NetlinkAttribute](bytes: fixture.prefix(length))
      #expect(attributes == Array(whole.prefix(attributes.count)))
      #expect(attributes.bytes.count <= length + 3)
    }
  }

  @Test func `no bytes make it crash or run for ever, and none are made up`() {
    var dice = Dice(seed: 20)
    for _ in 0..<5000 {
      var garbage = (0..<Int.random(in: 0...80, using: &dice)).map { _ in UInt8.random(in: 0...40, using: &dice) }
      // Half of them begin like the real thing.
      if Bool.random(using: &dice) { garbage = fixture.prefix(Int.random(in: 0...60, using: &dice)) + garbage }
      let attributes = [NetlinkAttribute](bytes: garbage)
      #expect(attributes.bytes.count <= garbage.count + 3)
      for attribute in attributes {
        _ = (attribute.text, attribute.number(UInt64.self), attribute.attributes.map(\.attributes))
      }
      #expect([NetlinkAttribute](bytes: attributes.bytes) == attributes)
    }
  }
}
