import Model
import SystemPackage

/// The words on the kernel's command line.
package struct KernelCommandLine: Sendable {
  private let words: [String]

  /// - Parameter text: As `/proc/cmdline` has it. A quote hides blanks up to the next one of its kind, as systemd has it.
  package init(_ text: String) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character.isWhitespace {
        if let word { words.append(word) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    self.words = words + (word.map { [$0] } ?? [])
  }

  /// The running kernel's; empty where it cannot be read.
  package init(of files: any FileTree) { self.init((try? files.readLine("/proc/cmdline")) ?? "") }

  package func contains(_ word: String) -> Bool { words.contains(word) }

  /// The value of a switch of systemd's (`proc_cmdline_get_bool` of `src/basic/proc-cmdline.c`, 252): the last value counts, a
  /// switch without a value is on, and `-` in its name is as good as `_`. Nil for one that is not there, and for a value that is
  /// no boolean.
  package func systemdSwitch(_ name: String) -> Bool? {
    var isThere = false
    var value: String?
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts[0].replacing("-", with: "_") == name.replacing("-", with: "_") else { continue }
      isThere = true
      if parts.count == 2 { value = parts[1].lowercased() }
    }
    switch value {
    case "1", "yes", "y", "true", "t", "on": return true
    case "0", "no", "n", "false", "f", "off": return false
    case nil: return isThere ? true : nil
    default: return nil
    }
  }

  /// False where systemd.restore_state= says that services restore no state in this boot, as systemd's own for rfkill and
  /// backlight heed it (kernel-command-line(7)).
  package var allowsRestoringState: Bool { systemdSwitch("systemd.restore_state") ?? true }
}
