import SystemPackage
import Testing

@testable import LinuxHost

@Suite struct ContentsTests {
  @Test("a text of any length is read to its end", arguments: [0, 1, 4095, 4096, 4097, 10_000])
  func wholeText(length: Int) throws {
    let text = String(repeating: "x", count: length)
    #expect(try read(text, endsShort: false) == text)
    #expect(try read(text, endsShort: true) == text)
  }

  @Test("a short read is the last one of an attribute, and of nothing else")
  func shortRead() throws {
    // The other end stays open: one more read would find nothing, and not the end.
    let (readEnd, writeEnd) = try FileDescriptor.pipe(options: .nonBlocking)
    defer {
      try? readEnd.close()
      try? writeEnd.close()
    }
    try writeEnd.writeAll("4\n".utf8)
    #expect(try contents(of: readEnd, endsShort: true) == "4\n")
    try writeEnd.writeAll("4\n".utf8)
    #expect(throws: Errno.wouldBlock) { try contents(of: readEnd) }
  }

  private func read(_ text: String, endsShort: Bool) throws -> String {
    let (readEnd, writeEnd) = try FileDescriptor.pipe()
    defer { try? readEnd.close() }
    try writeEnd.closeAfter { _ = try writeEnd.writeAll(text.utf8) }
    return try contents(of: readEnd, endsShort: endsShort)
  }
}
