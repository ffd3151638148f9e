import Glibc
import HostInterface
import LinuxHost
import SystemPackage
import Testing

/// Runs `body` with a fresh folder below /tmp.
private func inFolder(_ body: (LinuxDisk, FilePath) throws -> Void) throws {
  let tasks = LinuxTasks()
  let disk = LinuxDisk(tasks: tasks)
  let folder = FilePath("/tmp/sriov-persist-tests-\(getpid())-\(UInt64.random(in: .min ... .max))")
  try disk.makeFolder(folder.appending("a").appending("b"))
  defer {
    for name in (try? disk.list(folder.appending("a/b"))) ?? [] {
      try? disk.remove(folder.pushing(FilePath("a/b")).appending(name))
    }
    for name in ["a/b", "a", ""] { _ = unsafe rmdir(folder.pushing(FilePath(name)).string) }
  }
  try body(disk, folder.pushing("a/b"))
}

@Suite struct LinuxDiskTests {
  @Test func `files are made with 0644, whatever the umask`() throws {
    try inFolder { disk, folder in
      let file = folder.appending("file")
      try disk.create(file, contents: "text\n")
      let read = try disk.read(file)
      #expect(read.contents == "text\n")
      #expect(read.mode == 0o644)
      #expect(read.ownerID == getuid())
    }
  }

  @Test func `only a file is read, and none that never ends`() throws {
    try inFolder { disk, folder in
      let pipe = folder.appending("pipe")
      #expect(unsafe mkfifo(pipe.string, 0o644) == 0)
      #expect(unsafe symlink("/nowhere", folder.appending("link").string) == 0)
      let huge = folder.appending("huge")
      try disk.create(huge, contents: "")
      #expect(unsafe truncate(huge.string, DiskFile.sizeLimit + 1) == 0)
      let expected: [(FilePath, Errno)] = [
        (folder, .isDirectory), (pipe, .invalidArgument), ("/dev/zero", .invalidArgument),
        (folder.appending("link"), .tooManySymbolicLinkLevels), (huge, .fileTooLarge),
      ]
      for (path, errno) in expected {
        #expect(throws: FileError(.read, path, errno)) { try disk.read(path) }
      }
    }
  }

  @Test func `a file that exists is not made again`() throws {
    try inFolder { disk, folder in
      try disk.create(folder.appending("file"), contents: "1")
      #expect { try disk.create(folder.appending("file"), contents: "2") } throws: {
        ($0 as? FileError)?.errno == .fileExists
      }
      #expect(try disk.read(folder.appending("file")).contents == "1")
    }
  }

  @Test func `a link is not followed, and says where it leads`() throws {
    try inFolder { disk, folder in
      let link = folder.appending("link")
      try #require(unsafe symlink("/dev/null", link.string) == 0)
      #expect { try disk.read(link) } throws: { ($0 as? FileError)?.errno == .tooManySymbolicLinkLevels }
      #expect(try disk.link(link) == "/dev/null")
      #expect(try disk.read("/dev/null").contents == "")
    }
  }

  @Test func `rename replaces, remove removes, list lists`() throws {
    try inFolder { disk, folder in
      try disk.create(folder.appending("old"), contents: "old")
      try disk.create(folder.appending("new"), contents: "new")
      try disk.rename(folder.appending("new"), to: folder.appending("old"))
      try disk.sync(folder: folder)
      #expect(try disk.list(folder) == ["old"])
      #expect(try disk.read(folder.appending("old")).contents == "new")
      try disk.remove(folder.appending("old"))
      #expect(try disk.list(folder).isEmpty)
    }
  }

  @Test func `a link in a file's place is not followed`() throws {
    try inFolder { disk, folder in
      #expect(unsafe symlink("/etc/hostname", folder.appending("link").string) == 0)
      #expect { try disk.read(folder.appending("link")) } throws: {
        ($0 as? FileError)?.errno == .tooManySymbolicLinkLevels
      }
    }
  }

  @Test func `a lock is held once, asked about without being taken, and gone afterwards`() throws {
    try inFolder { disk, folder in
      let lock = folder.appending("lock")
      #expect(try disk.holder(ofLock: lock) == nil)
      try disk.withLock(lock) {
        let holder = try disk.holder(ofLock: lock)
        #expect(holder?.processID == getpid())
        #expect(throws: LockHolder.self) { try disk.withLock(lock) {} }
      }
      #expect(try disk.holder(ofLock: lock) == nil)
      try disk.withLock(lock) {}
    }
  }

  @Test func `errors name the file and the errno`() {
    let disk = LinuxDisk(tasks: LinuxTasks())
    #expect { try disk.read("/nonexistent/file") } throws: {
      "\($0)" == "cannot read /nonexistent/file: ENOENT"
    }
  }
}

@Suite struct LinuxTasksTests {
  @Test func `a bell rung early is not lost, and rings that nobody heard are one`() {
    let tasks = LinuxTasks()
    let bell = tasks.makeBell()
    bell.ring()
    bell.ring()
    #expect(bell.wait(until: tasks.now() + .seconds(60)))
    #expect(!bell.wait(until: tasks.now() + .milliseconds(20)))
  }

  @Test func `a bell wakes a thread`() {
    let tasks = LinuxTasks()
    let bell = tasks.makeBell()
    let start = tasks.now()
    tasks.start { bell.ring() }
    #expect(bell.wait(until: start + .seconds(60)))
    #expect(tasks.now() - start < .seconds(30))
  }

  @Test func `work is spread over threads and all of it is done`() {
    let tasks = LinuxTasks()
    let results = Results()
    tasks.concurrently(100, atMost: 4) { results.add($0) }
    #expect(results.all == Array(0..<100))
  }

  private final class Results: @unchecked Sendable {
    private var numbers: [Int] = []
    private let lock = LinuxTasks().makeBell()

    init() { lock.ring() }

    func add(_ number: Int) {
      lock.wait(until: .forever)
      numbers.append(number)
      lock.ring()
    }

    var all: [Int] { numbers.sorted() }
  }
}

@Suite struct LinuxFileTreeTests {
  @Test func `the kernel's files are read, listed and linked`() throws {
    let files = LinuxFileTree()
    #expect(try files.readLine("/proc/sys/kernel/ostype") == "Linux")
    #expect(try files.list("/proc/self/task").contains("\(getpid())"))
    #expect(try files.linkName("/proc/self") == "\(getpid())")
    #expect(try files.linkName("/proc/nonexistent") == nil)
    #expect { try files.store("x", in: "/proc/version") } throws: {
      [.permissionDenied, .ioError].contains(($0 as? FileError)?.errno)
    }
  }

  @Test func `who watches for files is told when one is put in place, and when it goes`() throws {
    try inFolder { disk, folder in
      let tasks = LinuxTasks()
      let bell = tasks.makeBell()
      try disk.watch(folder, for: .files, ringing: bell)
      try disk.create(folder.appending("new"), contents: "{}")
      #expect(!bell.wait(until: tasks.now() + .milliseconds(100)))
      try disk.rename(folder.appending("new"), to: folder.appending("outcome"))
      #expect(bell.wait(until: tasks.now() + .seconds(10)))
      try disk.remove(folder.appending("outcome"))
      #expect(bell.wait(until: tasks.now() + .seconds(10)))
    }
  }

  @Test func `who watches for locks is told when one is let go`() throws {
    try inFolder { disk, folder in
      let tasks = LinuxTasks()
      let bell = tasks.makeBell()
      try disk.watch(folder, for: .locks, ringing: bell)
      for _ in 0..<100 {
        try disk.withLock(folder.appending("lock")) {}
        #expect(bell.wait(until: tasks.now() + .seconds(10)))
        #expect(try disk.holder(ofLock: folder.appending("lock")) == nil)
      }
    }
  }

  @Test func `a watch tells of a socket that is made`() throws {
    try inFolder { disk, folder in
      let tasks = LinuxTasks()
      let bell = tasks.makeBell()
      try disk.watch(folder, for: .sockets, ringing: bell)
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let path = folder.appending("plugin.sock").string
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
      let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
          unsafe bind(socket, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(result == 0)
      #expect(bell.wait(until: tasks.now() + .seconds(10)))
    }
  }
}
