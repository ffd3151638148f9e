import HostInterface
import SystemPackage

/// A file of another program's configuration.
struct ConfigurationFile {
  let path: FilePath
  let text: String
  let isExecutable: Bool

  var name: String { path.lastComponent?.string ?? "" }

  /// Its lines without white space around them; empty ones and comments are left out, and a line that ends in `\` goes
  /// on in the next.
  func lines(comments: String = "#") -> [String] {
    var lines: [String] = []
    var start = ""
    for part in text.split(whereSeparator: \.isNewline).map(\.trimmed) {
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

  /// Nil where it cannot be read.
  func configuration(at path: FilePath) -> ConfigurationFile? {
    var end = path
    // As often as the kernel follows links.
    for _ in 0..<40 {
      do throws(FileError) {
        let file = try read(end)
        return ConfigurationFile(path: path, text: file.contents, isExecutable: file.mode & 0o111 != 0)
      } catch {
        guard error.errno == .tooManySymbolicLinkLevels, let target = try? link(end) else { return nil }
        end = end.removingLastComponent().pushing(target)
      }
    }
    return nil
  }
}
