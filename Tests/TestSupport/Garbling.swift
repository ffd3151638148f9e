package import HostInterface
package import SystemPackage

extension String {
  /// The text with a few bytes changed, cut, doubled or put in.
  package func garbled(_ dice: inout Dice) -> String {
    var bytes = Array(utf8)
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let place = Int.random(in: 0...bytes.count, using: &dice)
      switch Int.random(in: 0..<6, using: &dice) {
      case 0 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &dice)
      case 1 where place < bytes.count: bytes.remove(at: place)
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.insert(.random(in: 0...255, using: &dice), at: place)
      case 4: bytes.insert(contentsOf: bytes.prefix(place), at: place)
      case 5: bytes.insert(contentsOf: Array("-99999999999999999999".utf8), at: place)
      default: break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  /// With some bytes changed, and perhaps cut, doubled or put together anew.
  package func garbled(_ dice: inout Dice) -> [UInt8] {
    var bytes = self
    for _ in 0..<Int.random(in: 1...4, using: &dice) {
      let place = Int.random(in: bytes.indices, using: &dice)
      switch Int.random(in: 0..<8, using: &dice) {
      case 0: bytes = Array(bytes.prefix(place + 1))
      case 1: bytes.insert(contentsOf: bytes.suffix(place), at: place)
      case 2: bytes.removeSubrange(place..<Swift.min(place + 4, bytes.count - 1))
      default: bytes[place] = .random(in: 0...255, using: &dice)
      }
    }
    return bytes
  }
}

/// The kernel's files, of which some answer nonsense or fail.
package final class GarbledFileTree: FileTree, @unchecked Sendable {
  private let files: any FileTree
  private var dice: Dice
  /// How many answers were changed.
  package private(set) var changed = 0

  /// Used by one thread at a time.
  package init(_ files: any FileTree, seed: UInt64) {
    self.files = files
    dice = Dice(seed: seed)
  }

  private var isGarbled: Bool {
    let isIt = Int.random(in: 0..<8, using: &dice) == 0
    changed += isIt ? 1 : 0
    return isIt
  }

  private func fail(_ operation: FileError.Operation, _ path: FilePath) throws(FileError) {
    let errnos: [Errno] = [.noSuchFileOrDirectory, .operationNotSupportedByDevice, .ioError, .invalidArgument]
    guard Int.random(in: 0..<3, using: &dice) == 0, let errno = errnos.randomElement(using: &dice) else { return }
    throw FileError(operation, path, errno)
  }

  package func read(_ path: FilePath) throws(FileError) -> String {
    let text = try files.read(path)
    guard isGarbled else { return text }
    try fail(.read, path)
    return text.garbled(&dice)
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    let names = try files.list(path)
    guard isGarbled else { return names }
    try fail(.list, path)
    return names.map { Bool.random(using: &dice) ? $0 : $0.garbled(&dice) } + [
      "virtfn-1", "virtfn99999999999", "virtfn",
    ]
  }

  package func inode(_ path: FilePath) throws(FileError) -> UInt64 {
    if isGarbled { try fail(.read, path) }
    return try files.inode(path)
  }

  package func link(_ path: FilePath) throws(FileError) -> FilePath {
    let target = try files.link(path)
    guard isGarbled else { return target }
    try fail(.link, path)
    return FilePath(target.string.garbled(&dice))
  }
}
