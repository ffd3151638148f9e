import Model
import SystemPackage
import Testing

@Suite struct TextFormTests {
  @Test(arguments: [
    ("0000:b1:00.0", "0000:b1:00.0"), ("b1:00.0", "0000:b1:00.0"), ("10000:01:1f.7", "10000:01:1f.7"),
    ("0000:B1:00.0", "0000:b1:00.0"),
  ]) func `PCI addresses are read`(text: String, canonical: String) {
    #expect(PCIAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "mlx5_0", "b1:00", "b1:00.8", "b1:20.0", "1:00.0", "0000:b1:00.0:1", "0000:b1:0.0", "+000:b1:00.0", ":b1:00.0",
    "0000:b1:00.0 ", "bind",
  ]) func `what is no PCI address is not`(text: String) {
    #expect(PCIAddress(text) == nil)
  }

  @Test func `PCI addresses are in order`() throws {
    let texts = ["0000:b1:00.0", "0000:b1:00.1", "0000:b1:01.0", "0000:b2:00.0", "0001:00:00.0"]
    #expect(texts.reversed().compactMap { PCIAddress($0) }.sorted().map(\.description) == texts)
  }

  @Test(arguments: ["0c:42:a1:03:00:5e:10:00", "0C:42:A1:03:00:5E:10:00", "0c42:a103:005e:1000"])
  func `GUIDs are read in both forms`(text: String) throws {
    #expect(try GUID(text).description == "0c:42:a1:03:00:5e:10:00")
  }

  @Test(arguments: [
    ("00:00:00:00:00:00:00:00", InvalidGUID.Reason.zero), ("0000:0000:0000:0000", .zero),
    ("ff:ff:ff:ff:ff:ff:ff:ff", .allOnes), ("0d:42:a1:03:00:5e:10:00", .multicast),
    ("0c:42:a1:03:00:5e:10", .malformed), ("c:42:a1:03:00:5e:10:00", .malformed), ("0x0c42a103005e1000", .malformed),
    ("", .malformed), ("0g:42:a1:03:00:5e:10:00", .malformed), ("-c:42:a1:03:00:5e:10:00", .malformed),
  ]) func `GUIDs that identify nothing cannot be made`(text: String, reason: InvalidGUID.Reason) {
    #expect(throws: InvalidGUID.self) { try GUID(text) }
    #expect { try GUID(text) } throws: { ($0 as? InvalidGUID)?.reason == reason }
  }

  @Test(arguments: [
    (Errno.resourceBusy, "EBUSY"), (Errno(rawValue: 524), "ENOTSUPP (524)"), (Errno(rawValue: 777), "errno 777"),
  ])
  func `errnos have names`(errno: Errno, name: String) {
    #expect(errno.name == name)
  }

  @Test(arguments: [([], ""), ([3], "3"), ([0, 1, 2, 3, 6], "0-3, 6"), ([0, 2, 3], "0, 2-3")] as [([Int], String)])
  func `numbers are put in ranges`(numbers: [Int], text: String) {
    #expect(numbers.ranges == text)
  }
}
