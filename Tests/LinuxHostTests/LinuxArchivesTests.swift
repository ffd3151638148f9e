import Foundation
import HostInterface
import LinuxHost
import Model
import SystemPackage
import Testing

/// tar itself, in a folder of this machine; in processes of their own, as in `LinuxProgramsTests`.
@Suite struct LinuxArchivesTests {
  @Test func `what went in comes out, for its owner only, and tells nobody's name`() async {
    await #expect(processExitsWith: .success) {
      try await inFolder { folder in
        try folder.create("a:b.tar.gz")
        let archive = folder.path("a:b.tar.gz").string
        #expect(try FileManager.default.attributesOfItem(atPath: archive)[.posixPermissions] as? Int == 0o600)
        for file in Folder.files {
          #expect(try folder.tar("--force-local", "-xzOf", archive, "report/\(file.name)") == file.text)
        }
        let lines = try folder.tar("--force-local", "-tvzf", archive).split(separator: "\n")
        #expect(lines.count == 4 && lines.allSatisfy { $0.contains(" root/root ") })
        #expect(folder.isLeftAlone, "nothing is left behind")
      }
    }
  }

  @Test func `a file that is there stays, and a link is not followed`() async {
    await #expect(processExitsWith: .success) {
      try await inFolder { folder in
        try "mine".write(toFile: folder.path("there").string, atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
          atPath: folder.path("link").string, withDestinationPath: folder.path("new").string)
        for name in ["there", "link"] {
          let failure = try #require(throws: Failure.self) { try folder.create(name) }
          #expect(failure.message == "cannot create \(folder.path(name)): EEXIST")
          #expect(failure.remedy == "nothing is overwritten; name another with --output")
          #expect(throws: failure) { try folder.archives().requireAbsence(of: folder.path(name)) }
        }
        try folder.archives().requireAbsence(of: folder.path("new"))
        #expect(try String(contentsOfFile: folder.path("there").string, encoding: .utf8) == "mine")
        #expect(!FileManager.default.fileExists(atPath: folder.path("new").string))
        #expect(throws: Failure.self) { try folder.create("no/such/folder") }
        #expect(folder.isLeftAlone)
      }
    }
  }

  @Test func `where tar is not there or fails, nothing is left`() async {
    await #expect(processExitsWith: .success) {
      try await inFolder { folder in
        for reason in [ProgramError.Reason.notThere, .deadline] {
          let failure = try #require(throws: Failure.self) { try folder.create("x", by: Broken(reason: reason)) }
          #expect(failure.kind == .unavailable && failure.message.hasPrefix("/usr/bin/tar: "))
        }
        let failure = try #require(throws: Failure.self) { try folder.create("x", by: Broken(reason: nil)) }
        #expect(failure.message == "tar ended with 2")
        #expect(!FileManager.default.fileExists(atPath: folder.path("x").string))
        #expect(folder.isLeftAlone)
      }
    }
  }
}

/// Calls `body` with a fresh folder, which is the one for temporary files too, on a thread that is none of Swift's.
private func inFolder(_ body: @escaping @Sendable (Folder) throws -> Void) async throws {
  let folder = try Folder()
  defer { try? FileManager.default.removeItem(atPath: folder.root.string) }
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
    folder.tasks.start { continuation.resume(with: Result { try body(folder) }) }
  }
}

private struct Folder: Sendable {
  static let files = [
    ArchivedFile(name: "README.txt", text: "Grüße\n"), ArchivedFile(name: "generations/0000:b1:00.0.json", text: "{}"),
  ]

  let tasks = LinuxTasks()
  let root: FilePath

  init() throws {
    root = FilePath(FileManager.default.temporaryDirectory.path).appending("archives-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: path("temporary").string, withIntermediateDirectories: true)
    unsafe setenv("TMPDIR", path("temporary").string, 1)
  }

  func path(_ name: String) -> FilePath { root.pushing(FilePath(name)) }

  func create(_ name: String, by programs: (any Programs)? = nil) throws {
    try archives(programs).create(
      path(name), folder: "report", of: Self.files, until: tasks.now() + .seconds(60))
  }

  func archives(_ programs: (any Programs)? = nil) -> LinuxArchives {
    LinuxArchives(programs: programs ?? LinuxPrograms(tasks: tasks))
  }

  func tar(_ arguments: String...) throws -> String {
    try LinuxPrograms(tasks: tasks).run(
      "/usr/bin/tar", arguments, outputLimit: 1 << 20, until: tasks.now() + .seconds(60)
    ).output
  }

  /// Whether nothing is left of the packing.
  var isLeftAlone: Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: path("temporary").string)) == []
  }
}

private struct Broken: Programs {
  let reason: ProgramError.Reason?

  func run(
    _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
  ) throws(ProgramError) -> ProgramResult {
    guard let reason else { return ProgramResult(status: 2, output: "") }
    throw ProgramError(program, reason)
  }
}
