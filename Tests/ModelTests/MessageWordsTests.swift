import Foundation
import Model
import SystemPackage
import Testing

@Suite struct MessageWordsTests {
  private struct Document: Decodable {
    let name: String
    let count: Int
    let isOn: Bool
    let parts: [Part]
    let policy: VFPolicy

    struct Part: Decodable {
      let address: PCIAddress
    }
  }

  @Test(arguments: [
    "{": "not valid JSON", "": "not valid JSON", "[1]": "the document is not an object",
    #"{"count": 1}"#: #"has no "name""#, #"{"name": 1}"#: "name is not a string",
    #"{"name": null}"#: "name is null, not a string", #"{"name": "a", "count": "b"}"#: "count is not a number",
    #"{"name": "a", "count": 1, "isOn": 1}"#: "isOn is not true or false",
    #"{"name": "a", "count": 1, "isOn": true, "parts": 1}"#: "parts is not a list",
    #"{"name": "a", "count": 1, "isOn": true, "parts": [1]}"#: "parts[0] is not an object",
    #"{"name": "a", "count": 1, "isOn": true, "parts": [{"address": "x"}]}"#:
      #"parts[0].address: "x" is not a PCI address such as 0000:b1:00.0"#,
  ]) func `a document that cannot be decoded is told without the names of Swift's types`(json: String, words: String) {
    let error = #expect(throws: (any Error).self) { try JSONDecoder().decode(Document.self, from: Data(json.utf8)) }
    #expect(error.map { DecodingError.words(for: $0) } == words)
  }

  @Test func `an errno that says nothing of a file comes with its meaning, and all have their names`() {
    #expect(Errno.readOnlyFileSystem.explained == "EROFS (the file system is read-only)")
    #expect(Errno.tooManySymbolicLinkLevels.explained.hasPrefix("ELOOP (it is a symbolic link, which is not followed"))
    #expect(Errno.ioError.explained == "EIO")
    #expect(Errno.staleNFSFileHandle.name == "ESTALE")
  }

  @Test(arguments: [
    "a\u{1b}[31mb": #"a\x1b[31mb"#, "a\nb\r\tc": #"a\nb\r\tc"#, "\u{0}\u{7f}\u{9b}": #"\x00\x7f\x9b"#,
    "\u{202e}\u{2028}\u{200f}": #"\u202e\u2028\u200f"#, "\u{e0041}": #"\ue0041"#, "größer 数据 👍": "größer 数据 👍", "": "",
  ]) func `what is invisible and changes what is shown is shown as an escape`(text: String, printable: String) {
    #expect(text.printable == printable)
    #expect(printable.printable == printable)
  }
}
