import HostInterface
import Model

/// A shell command that writes a VF count, such as `echo 4 > /sys/class/net/ens1/device/sriov_numvfs`.
struct CountWrite {
  static let files = ["sriov_numvfs", "mlx5_num_vfs"]

  /// Where it writes, variables and all.
  let path: String
  /// Nil where it is in a variable.
  let count: Int?

  /// Those in one line. A file that is read or compared is not written.
  static func all(in line: String) -> [CountWrite] {
    line.replacing("||", with: ";").split { ";&".contains($0) }.compactMap { CountWrite(command: $0) }
  }

  private init?(command: Substring) {
    guard let name = Self.files.compactMap({ command.firstRange(of: $0) }).first else { return nil }
    let before = command[..<name.lowerBound]
    let start = before.lastIndex { $0.isWhitespace || ">\"'=".contains($0) }.map { before.index(after: $0) }
    path = String(command[(start ?? command.startIndex)..<name.upperBound])
    let head = command[..<(start ?? command.startIndex)].filter { !"\"'".contains($0) }.trimmed
    if head.hasSuffix(">") {
      count = Self.count(in: head.dropLast())
    } else if let pipe = head.lastIndex(of: "|"),
      head[pipe...].dropFirst().split(whereSeparator: \.isWhitespace).contains("tee")
    {
      count = Self.count(in: head[..<pipe])
    } else {
      return nil
    }
  }

  /// The number that `echo 4` says.
  private static func count(in command: Substring) -> Int? {
    command.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
  }

  /// What a file makes on a PF, of all its lines. A count of 0 is on the way to another, unless there is no other.
  ///
  /// - Parameter isRun: Whether something runs the file without a person.
  static func owner(
    _ kind: Owner.Kind, file: ConfigurationFile, lines: @autoclosure () -> [String], of pf: PhysicalFunction,
    isRun: Bool = true
  ) -> Owner? {
    guard file.namesCount else { return nil }
    let writes = lines().flatMap { all(in: $0) }.map { (write: $0, certainty: pf.isIn($0.path)) }
    guard let certainty = writes.map(\.certainty).max(), certainty > .no else { return nil }
    let own = writes.filter { $0.certainty == certainty }.map(\.write)
    guard let write = own.last(where: { $0.count != 0 }) ?? own.last else { return nil }
    return Owner(
      kind: kind, place: file.path, setting: "\(write.count.map(String.init) ?? "a count") > \(write.path)",
      count: write.count, isCertain: isRun && certainty == .yes)
  }
}

extension ConfigurationFile {
  /// Whether it can write a count at all. Nearly none can, and then its lines need not be looked at, which takes much longer.
  var namesCount: Bool { CountWrite.files.contains { text.contains($0) } }
}
