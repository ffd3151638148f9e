package import HostInterface

/// One text of a report: what was read, or why it could not be.
package struct ReportPart: Equatable, Sendable {
  /// The file in the archive.
  package var name: String
  package var text: String
  /// In one line; nil where all of it is there.
  package var problem: String?

  package init(_ name: String, _ text: String, problem: String? = nil) {
    self.name = name
    self.text = text
    self.problem = problem
  }

  /// What fails costs this part only.
  package init(_ name: String, read: () throws -> String) {
    do {
      self.init(name, try read())
    } catch {
      self.init(name, "could not be read: \(error)\n", problem: "\(error)")
    }
  }

  package var file: ArchivedFile { ArchivedFile(name: name, text: text) }
}

/// Why a part has nothing to tell.
struct PartError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
