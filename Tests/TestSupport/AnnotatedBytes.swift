/// The bytes of a fixture: hexadecimal, and on each line a comment behind `#`.
package func bytes(_ annotated: String) -> [UInt8] {
  annotated.split(separator: "\n").flatMap { line in
    line.prefix { $0 != "#" }.split(separator: " ").map { byte in
      guard let byte = UInt8(byte, radix: 16) else { preconditionFailure("no byte: \(byte)") }
      return byte
    }
  }
}
