package import HostInterface
package import Model
package import SystemPackage

/// An archive on a simulated disk: its files one after the other, each below its name, and not packed.
extension SimulatedDisk: Archives {
  package func requireAbsence(of path: FilePath) throws(Failure) {
    guard files[path.string] != nil else { return }
    throw Failure(.writeFailed, "\(FileError(.create, path, .fileExists))", errno: .fileExists)
  }

  package func create(
    _ path: FilePath, folder: String, of files: [ArchivedFile], until deadline: Duration
  ) throws(Failure) {
    do throws(FileError) {
      try create(path, contents: files.map { "==> \(folder)/\($0.name) <==\n\($0.text)\n" }.joined())
    } catch {
      throw Failure(.writeFailed, "\(error)", errno: error.errno)
    }
    self.files[path.string]?.mode = 0o600
  }
}
