import HostInterface
import LinuxHost
import SystemPackage
import Testing

/// The real libibverbs. The machine that runs this has an RDMA device rarely, and never one of these names.
@Suite struct LinuxPortEventsTests {
  /// A /sys with the folders that are given, and nothing else.
  private struct Folders: FileTree {
    let names: [String: [String]]

    func list(_ path: FilePath) throws(FileError) -> [String] {
      guard let names = names[path.string] else { throw FileError(.list, path, .noSuchFileOrDirectory) }
      return names
    }

    func read(_ path: FilePath) throws(FileError) -> String { throw FileError(.read, path, .noSuchFileOrDirectory) }
    func store(_ text: String, in path: FilePath) throws(FileError) {}
    func link(_ path: FilePath) throws(FileError) -> FilePath { throw FileError(.link, path, .noSuchFileOrDirectory) }
    func inode(_ path: FilePath) throws(FileError) -> UInt64 { throw FileError(.read, path, .noSuchFileOrDirectory) }
  }

  private static let device = "/sys/class/infiniband/absent_0/device"
  private static let verbs = device + "/infiniband_verbs"

  @Test(arguments: [
    ([:], NoPortEvents.Reason.noSuchDevice, "there is no such RDMA device"),
    ([device: []], .noUserAccess, "modprobe ib_uverbs"),
    ([device: [], verbs: ["uverbs7"], "/dev/infiniband": ["uverbs0"]], .noUserAccess, "modprobe ib_uverbs"),
    ([device: [], verbs: ["uverbs7"], "/dev/infiniband": ["uverbs7"]], .noProvider, "ibverbs-providers"),
  ])
  func `what libibverbs does not list is told apart by the kernel's files`(
    folders: [String: [String]], reason: NoPortEvents.Reason, words: String
  ) throws {
    let tasks = LinuxTasks()
    let events = LinuxPortEvents(files: Folders(names: folders), tasks: tasks)
    let error = #expect(throws: NoPortEvents.self) { try events.watch("absent_0", ringing: tasks.makeBell()) }
    #expect(error == NoPortEvents("absent_0", reason))
    #expect(error?.description.contains(words) == true)
  }

  @Test func `with the kernel's own files the answer is a clear one`() {
    let host = Host.linux()
    #expect(throws: NoPortEvents("absent_0", .noSuchDevice)) {
      try host.ports.watch("absent_0", ringing: host.tasks.makeBell())
    }
  }
}
