import HostInterface
import SystemPackage

extension ConfigurationFile {
  enum Language { case shell, other }

  /// Without a first line that says so, whoever starts it takes it for a shell's.
  var language: Language {
    guard text.hasPrefix("#!") else { return .shell }
    let line = text.prefix { !$0.isNewline }
    let names = line.dropFirst(2).split { $0.isWhitespace || $0 == "/" }
    return names.contains { $0.hasSuffix("sh") || $0 == "openrc-run" } ? .shell : .other
  }

  /// In another language than a shell's: lines that name a count file and seem to write.
  var possibleWrites: [CountWrite] {
    guard namesCount else { return [] }
    return lines().filter { !$0.hasPrefix("//") && $0.namesCount && $0.seemsToWrite }.compactMap { line in
      let words = line.split { $0.isWhitespace || "\"'`(),;>".contains($0) }
      return words.first(where: \.namesCount).map {
        CountWrite(place: path, path: String($0), count: nil, isSure: false)
      }
    }
  }
}

extension String {
  fileprivate var seemsToWrite: Bool { ["write", "'w'", "\"w\"", ">"].contains(where: contains) }
}
