import HostInterface

/// A section of an INI file.
struct Section {
  let name: String
  private var entries: [(key: String, value: String)] = []

  /// What was last said of `key`; nil where that is nothing.
  subscript(key: String) -> String? {
    entries.last { $0.key == key }.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  var keys: Set<String> { Set(entries.map(\.key)) }

  /// All values of a list that may be written in several lines; an empty one empties it.
  func list(_ key: String) -> [String] {
    values(key).split(separator: "", omittingEmptySubsequences: false).last.map { Array($0) } ?? []
  }

  /// All that was said of `key`, the empty ones too.
  func values(_ key: String) -> [String] { entries.filter { $0.key == key }.map(\.value) }

  static func all(in file: ConfigurationFile) -> [Section] {
    var sections: [Section] = []
    for line in file.lines(comments: "#;") {
      if line.hasPrefix("["), line.hasSuffix("]") {
        sections.append(Section(name: String(line.dropFirst().dropLast())))
      } else if let equals = line.firstIndex(of: "="), !sections.isEmpty {
        let value = line[line.index(after: equals)...].trimmed
        sections[sections.count - 1].entries.append((line[..<equals].trimmed, value))
      }
    }
    return sections
  }

  private init(name: String) { self.name = name }
}
