package import HostInterface
package import SystemPackage

extension Disk {
  /// Puts a file in place so that a power cut at any instant leaves what was there before or all of the new content:
  /// written beside its place, synced, renamed, and the folder synced. The caller holds the lock of what it writes.
  package func replace(_ path: FilePath, with contents: String) throws(FileError) {
    let folder = path.folder
    let temporary = folder.appending(".\(path.name).new")
    try makeFolder(folder)
    try removeIfPresent(temporary)  // Left by a run that was killed.
    try create(temporary, contents: contents)
    try rename(temporary, to: path)
    try sync(folder: folder)
  }

  /// Makes a file durable that is in place: nobody knows who put it there, and whether that came through.
  func makeDurable(_ path: FilePath) throws(FileError) {
    try sync(file: path)
    try sync(folder: path.folder)
  }

  func removeIfPresent(_ path: FilePath) throws(FileError) {
    do {
      try remove(path)
    } catch let error where error.errno == .noSuchFileOrDirectory {}
  }

  /// The names in a folder; none where there is no such folder.
  func listIfPresent(_ path: FilePath) throws(FileError) -> [String] {
    do {
      return try list(path)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return []
    }
  }
}
