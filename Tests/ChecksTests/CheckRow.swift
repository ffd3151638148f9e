import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Checks

/// A host that is as the guide wants it, and one thing that is changed: what is then found.
struct Row: CustomTestStringConvertible, Sendable {
  let id: Finding.ID
  let verdict: Finding.Verdict
  /// In what was seen, or in the remedy.
  let words: [String]
  let change: @Sendable (GuideHost) throws -> Void

  init(
    _ id: Finding.ID, _ verdict: Finding.Verdict, _ words: String...,
    change: @escaping @Sendable (GuideHost) throws -> Void = { _ in }
  ) {
    self.init(id, verdict, words, change)
  }

  private init(
    _ id: Finding.ID, _ verdict: Finding.Verdict, _ words: [String],
    _ change: @escaping @Sendable (GuideHost) throws -> Void
  ) {
    self.id = id
    self.verdict = verdict
    self.words = words
    self.change = change
  }

  /// By a change of the machine.
  static func machine(
    _ id: Finding.ID, _ verdict: Finding.Verdict, _ words: String...,
    change: @escaping @Sendable (inout Machine) -> Void
  ) -> Row {
    Row(id, verdict, words) { host in host.simulation.kernel.update { change(&$0) } }
  }

  /// By files of others.
  static func files(
    _ id: Finding.ID, _ verdict: Finding.Verdict, _ words: String..., files: [String: String]
  ) -> Row {
    Row(id, verdict, words) { host in
      for (path, text) in files { host.simulation.disk.files[path] = .init(contents: text) }
    }
  }

  var testDescription: String { "\(id.rawValue) is \(verdict.rawValue): \(words.joined(separator: ", "))" }
}
