import HostInterface
import SystemPackage

/// A file of another program's configuration.
struct ConfigurationFile {
  let path: FilePath
  let text: String
  let isExecutable: Bool
  /// Where the links that `path` may be led to.
  let end: FilePath

  var name: String { path.name }

  /// Its lines without white space around them; empty ones and comments are left out, and a line that ends in `\` goes
  /// on in the next.
  func lines(comments: String = "#") -> [String] {
    var lines: [String] = []
    var start = ""
    // Character by character it would take ten times as long.
    for bytes in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
      let part = Substring(bytes).trimmed
      if start.isEmpty && (part.first.map(comments.contains) ?? true) { continue }
      if part.hasSuffix("\\") {
        start += part.dropLast()
      } else {
        lines.append(start + part)
        start = ""
      }
    }
    return start.isEmpty ? lines : lines + [start]
  }
}

extension Disk {
  /// The files whose names end in `suffix`, in the order of their names. One in an earlier folder replaces those of its
  /// name in later ones.
  func configuration(_ suffix: String, in folders: [String]) -> [ConfigurationFile] {
    var paths: [String: FilePath] = [:]
    for folder in folders {
      for name in (try? list(FilePath(folder))) ?? [] where name.hasSuffix(suffix) && paths[name] == nil {
        paths[name] = FilePath(folder).appending(name)
      }
    }
    return paths.sorted { $0.key < $1.key }.compactMap { configuration(at: $0.value) }
  }

  /// The files whose paths match, in the order of their names. One that an earlier pattern finds replaces those of its name
  /// that later ones find.
  func configuration(matching patterns: [String]) -> [ConfigurationFile] {
    var paths: [String: [FilePath]] = [:]
    for pattern in patterns {
      let found = Dictionary(grouping: self.paths(matching: pattern)) { $0.name }
      paths.merge(found) { earlier, _ in earlier }
    }
    return paths.sorted { $0.key < $1.key }.flatMap(\.value).compactMap { configuration(at: $0) }
  }

  /// Patterns may be in any part of the path.
  private func paths(matching pattern: String) -> [FilePath] {
    pattern.split(separator: "/").reduce([""]) { folders, part in
      guard part.contains(where: { "*?[".contains($0) }) else { return folders.map { "\($0)/\(part)" } }
      return folders.flatMap { folder in
        ((try? list(FilePath(folder))) ?? []).filter { $0.matches(glob: part) && !$0.hasPrefix(".") }.sorted()
          .map { "\(folder)/\($0)" }
      }
    }.map { FilePath($0) }
  }

  /// Nil where it cannot be read.
  ///
  /// - Parameter limit: In bytes: what is larger is not read.
  func configuration(at path: FilePath, limit: Int = DiskFile.sizeLimit) -> ConfigurationFile? {
    var end = path
    // As often as the kernel follows links.
    for _ in 0..<40 {
      do throws(FileError) {
        let file = try read(end, limit: limit)
        return ConfigurationFile(
          path: path, text: file.contents, isExecutable: file.mode & 0o111 != 0, end: end.lexicallyNormalized())
      } catch {
        guard error.errno == .tooManySymbolicLinkLevels, let target = try? link(end) else { return nil }
        end = end.removingLastComponent().pushing(target)
      }
    }
    return nil
  }
}

extension StringProtocol {
  /// Without white space and quotes around it.
  var unquoted: String {
    let text = trimmed
    guard text.count > 1, let quote = text.first, "\"'".contains(quote), text.last == quote else { return text }
    return String(text.dropFirst().dropLast())
  }
}
