import FoundationEssentials
import Glibc
package import HostInterface
package import Model
package import SystemPackage

/// tar(1) at work in a folder of its own, which nobody else may look into and which is gone afterwards.
package struct LinuxArchives: Archives {
  private let programs: any Programs

  package init(programs: any Programs) { self.programs = programs }

  package func requireAbsence(of path: FilePath) throws(Failure) {
    var status = stat()
    if unsafe lstat(path.string, &status) == 0 { throw Self.failure(FileError(.create, path, .fileExists)) }
  }

  package func create(
    _ path: FilePath, folder: String, of files: [ArchivedFile], until deadline: Duration
  ) throws(Failure) {
    let place = try makePlace()
    defer { try? FileManager.default.removeItem(atPath: place.string) }
    let packed = try pack(files, in: folder, at: place, until: deadline)
    do throws(FileError) {
      try copy(packed, to: path)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: FileError) -> Failure {
    let exists = error.errno == .fileExists
    return Failure(
      error.errno == .permissionDenied ? .notPermitted : .writeFailed, "\(error)",
      remedy: exists ? "nothing is overwritten; name another with --output" : "name another place with --output",
      errno: error.errno)
  }

  /// Makes a folder with mode 0700.
  private func makePlace() throws(Failure) -> FilePath {
    var name = Array((FileManager.default.temporaryDirectory.path + "/sriov-persist-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&name) != nil else {
      let errno = Errno(rawValue: errno)
      throw Failure(
        .writeFailed, "cannot make a temporary folder: \(errno.explained)", remedy: "set TMPDIR", errno: errno)
    }
    return FilePath(String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }

  private func pack(
    _ files: [ArchivedFile], in folder: String, at place: FilePath, until deadline: Duration
  ) throws(Failure) -> FilePath {
    let packed = place.appending("packed")
    let result: ProgramResult
    do {
      for file in files {
        let path = place.appending(folder).appending(file.name)
        try FileManager.default.createDirectory(
          atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
        try Data(file.text.utf8).write(to: URL(filePath: path.string))
      }
      // Nobody's name and umask are in the archive.
      result = try programs.run(
        "/usr/bin/tar",
        [
          "--create", "--gzip", "--force-local", "--file=\(packed)", "--directory=\(place)", "--sort=name",
          "--owner=root:0",
          "--group=root:0", "--mode=u=rwX,go=rX", "--", folder,
        ], outputLimit: 4096, until: deadline)
    } catch let error as ProgramError {
      throw Failure(.unavailable, "\(error)", remedy: "are tar and gzip installed, and is there room in \(place)?")
    } catch {
      throw Failure(.writeFailed, "cannot write below \(place): \(error)", remedy: "is there room? set TMPDIR")
    }
    guard result.status == 0 else {
      throw Failure(
        .writeFailed, "tar ended with \(result.status)", remedy: "is gzip installed, and is there room in \(place)?")
    }
    return packed
  }

  /// Not by a rename: it would overwrite, and may lead to another file system.
  private func copy(_ packed: FilePath, to path: FilePath) throws(FileError) {
    let source = try onFile(.read, packed) { try FileDescriptor.open(packed, .readOnly, options: .closeOnExec) }
    defer { try? source.close() }
    let file = try onFile(.create, path) {
      try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
    }
    do throws(FileError) {
      try onFile(.write, path) {
        try file.closeAfter {
          var part = [UInt8](repeating: 0, count: 1 << 16)
          while true {
            let count = unsafe try part.withUnsafeMutableBytes { unsafe try source.read(into: $0) }
            guard count > 0 else { break }
            try file.writeAll(part.prefix(count))
          }
          try check(fsync(file.rawValue))
        }
      }
    } catch {
      _ = unsafe unlink(path.string)
      throw error
    }
  }
}
