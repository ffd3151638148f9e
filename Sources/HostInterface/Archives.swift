package import Model
package import SystemPackage

/// Archives for people to send.
package protocol Archives: Sendable {
  /// - Throws: The `Failure` of `create` where something is called `path`.
  func requireAbsence(of path: FilePath) throws(Failure)

  /// Packs texts into a new tar file, compressed by gzip, that only its owner may read (0600). Nothing is left where that
  /// fails.
  ///
  /// - Parameters:
  ///   - path: Not there before.
  ///   - folder: In which all files of the archive are.
  ///   - deadline: Of `Tasks.now`.
  /// - Throws: `Failure` that says what could not be written, or which program did not do its part.
  func create(
    _ path: FilePath, folder: String, of files: [ArchivedFile], until deadline: Duration
  ) throws(Failure)
}

/// One text in an archive.
package struct ArchivedFile: Equatable, Sendable {
  /// Relative to the archive's folder, such as `generations/000007.json`.
  package let name: String
  package let text: String

  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}
