import Glibc
import HostInterface
import LinuxHost
import SystemPackage
import Testing

/// Against a server on a Unix socket of this machine.
@Suite struct LinuxHTTPTests {
  private let tasks = LinuxTasks()
  private var http: LinuxHTTPTransport { LinuxHTTPTransport(tasks: tasks) }

  private func exchange(
    _ request: HTTPRequest = HTTPRequest(.get, "/_ping"), over socket: FilePath, within limit: Duration = .seconds(20)
  ) throws(HTTPError) -> HTTPReply {
    try http.exchange(request, over: socket, until: tasks.now() + limit)
  }

  private func reason(
    _ request: HTTPRequest = HTTPRequest(.get, "/_ping"), over socket: FilePath, within limit: Duration = .seconds(20)
  ) -> HTTPError.Reason? {
    do throws(HTTPError) {
      _ = try exchange(request, over: socket, within: limit)
      return nil
    } catch {
      return error.reason
    }
  }

  private static func reason(_ error: any Error) -> HTTPError.Reason? { (error as? HTTPError)?.reason }

  private static let chunked = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n"

  // MARK: Replies

  @Test func `a request has what Docker asks for, and its reply is given whole`() throws {
    let server = try UnixServer(.send("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
    let request = HTTPRequest(
      .post, "/networks/create", headers: ["Content-Type": "application/json"], body: Array(#"{"Name":"n"}"#.utf8))
    let reply = try exchange(request, over: server.socket)
    #expect(reply.status == 201)
    #expect(String(decoding: reply.body, as: UTF8.self) == "{}")
    for part in [
      "POST /networks/create HTTP/1.1\r\n", "Host: docker\r\n", "Connection: close\r\n", "Content-Length: 12\r\n",
      "Content-Type: application/json\r\n", "\r\n\r\n{\"Name\":\"n\"}",
    ] {
      #expect(server.requests.contains(part))
    }
  }

  @Test(arguments: 1...20) func `chunks of any size make one body, wherever the packets end`(size: Int) throws {
    let text = String(repeating: "0123456789", count: 7)
    let chunks = stride(from: 0, to: text.count, by: size).map { start in
      let chunk = text.dropFirst(start).prefix(size)
      return "\(String(chunk.count, radix: 16))\r\n\(chunk)\r\n"
    }
    let all = Self.chunked + chunks.joined() + "0\r\n\r\n"
    let server = try UnixServer(
      .send(String(all.prefix(60 + size))), .pause(milliseconds: 5), .send(String(all.dropFirst(60 + size))))
    let reply = try exchange(over: server.socket)
    #expect(String(decoding: reply.body, as: UTF8.self) == text)
    #expect(reply.headers["api-version"] == "1.41")
  }

  @Test func `a reply without length ends with its connection, and one without body is complete`() throws {
    let open = try UnixServer(.send("HTTP/1.0 200 OK\r\n\r\nOK"), .pause(milliseconds: 20), .close)
    #expect(String(decoding: try exchange(over: open.socket).body, as: UTF8.self) == "OK")
    let empty = try UnixServer(.send("HTTP/1.1 304 Not Modified\r\n\r\n"))
    #expect(try exchange(over: empty.socket).status == 304)
  }

  // MARK: Failures

  @Test(arguments: [
    ("", HTTPError.Reason.cut(.unanswered)),
    ("HTTP/1.1 200", .cut(.unanswered)),
    ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", .cut(.answering)),
    (chunked + "9\r\nhalf", .cut(.answering)),
    (chunked + "4\r\nhalf\r\n", .cut(.answering)),
    ("SSH-2.0-OpenSSH_9.2\r\n", .malformed),
    (chunked + "no chunk size\r\n", .malformed),
  ]) func `a connection that ends early is cut, and nonsense is malformed`(
    answer: String, expected: HTTPError.Reason
  ) throws {
    let server = try UnixServer(.send(answer), .pause(milliseconds: 5), .close)
    #expect(reason(over: server.socket) == expected)
  }

  @Test func `the deadline ends every wait, and says how far it came`() throws {
    let start = tasks.now()
    let silent = try UnixServer()
    #expect(reason(over: silent.socket, within: .seconds(1)) == .deadline(.unanswered))
    let slow = try UnixServer(.send(Self.chunked + "4\r\nhalf\r\n"))
    #expect(reason(over: slow.socket, within: .seconds(1)) == .deadline(.answering))
    #expect(tasks.now() - start < .seconds(20))
  }

  @Test(arguments: [chunked + "4000000\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n"])
  func `a reply above the limit is given up`(head: String) throws {
    let server = try UnixServer(.send(head), .flood(mebibytes: 64))
    #expect(reason(over: server.socket) == .tooLarge)
  }

  @Test func `a reply may be as large as the limit, and no larger`() throws {
    let server = try UnixServer(.send("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"), .flood(mebibytes: 1))
    #expect(reason(HTTPRequest(.get, "/", replyLimit: 1 << 20), over: server.socket) == nil)
    #expect(reason(HTTPRequest(.get, "/", replyLimit: (1 << 20) - 1), over: server.socket) == .tooLarge)
  }

  @Test func `no socket, a stale one, a file, and too long a path are told apart`() throws {
    let path = UnixServer.newPath
    #expect(reason(over: path) == .noSocket)
    #expect(reason(over: path.appending("below")) == .noSocket)
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.string.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
    }
    #expect(bound == 0)
    close(descriptor)
    defer { unsafe unlink(path.string) }
    #expect(reason(over: path) == .refused)
    let long = FilePath("/tmp/" + String(repeating: "s", count: 103))
    #expect(long.length == 108)
    #expect(reason(over: long) == .notConnected(.fileNameTooLong))
    #expect(reason(over: "/proc/version") == .refused)
  }

  @Test func `what may have been carried out is told from what cannot have been`() throws {
    let request = HTTPRequest(.post, "/networks/create")
    let reasons: [(HTTPError.Reason, Bool)] = [
      (.noSocket, false), (.refused, false), (.notConnected(.permissionDenied), false),
      (.deadline(.notConnected), false), (.deadline(.unanswered), true), (.cut(.unanswered), true),
      (.cut(.answering), true), (.tooLarge, true), (.malformed, true),
    ]
    for (reason, may) in reasons { #expect(HTTPError(request, "/s", reason).mayHaveActed == may) }
    #expect(
      "\(HTTPError(request, "/run/docker.sock", .deadline(.unanswered)))"
        == "POST /networks/create over /run/docker.sock: no answer before the deadline")
  }

  // MARK: Streams

  @Test func `lines are given as they come, wherever the packets end, and the bell rings for them`() throws {
    let server = try UnixServer(
      .send(Self.chunked), .pause(milliseconds: 20), .send("6\r\none\ntw"), .send("\r\n"), .pause(milliseconds: 20),
      .send("2\r\no\n\r\n"), .send("3\r\nthr\r\n"), .pause(milliseconds: 300), .close)
    let bell = tasks.makeBell()
    let lines = try http.open(
      HTTPRequest(.get, "/events"), over: server.socket, until: tasks.now() + .seconds(20), ringing: bell)
    #expect(lines.status == 200)
    var read: [String] = []
    while read.count < 2 {
      #expect(bell.wait(until: tasks.now() + .seconds(20)))
      while let line = try lines.next(until: tasks.now()) { read.append(line) }
    }
    #expect(read == ["one", "two"])
    #expect(try lines.next(until: tasks.now() + .milliseconds(20)) == nil)
    #expect { try lines.next(until: tasks.now() + .seconds(20)) } throws: { Self.reason($0) == .cut(.answering) }
  }

  @Test func `a stream that ends well has ended too, and one that nobody reads is given up`() throws {
    let ended = try UnixServer(.send(Self.chunked + "4\r\none\n\r\n0\r\n\r\n"))
    let flooded = try UnixServer(.send("HTTP/1.1 200 OK\r\n\r\n"), .flood(mebibytes: 9))
    for (server, expected) in [(ended, HTTPError.Reason.cut(.answering)), (flooded, .tooLarge)] {
      let deadline = tasks.now() + .seconds(20)
      let lines = try http.open(
        HTTPRequest(.get, "/events"), over: server.socket, until: deadline, ringing: tasks.makeBell())
      #expect { while try lines.next(until: deadline) != nil {} } throws: { Self.reason($0) == expected }
      lines.close()
    }
  }

  // MARK: What is left behind

  @Test func `sockets are given back, whatever became of their requests`() throws {
    let before = try LinuxFileTree().list("/proc/self/fd").count
    let silent = try UnixServer()
    let good = try UnixServer(.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    for _ in 0..<100 {
      _ = try exchange(over: good.socket)
      #expect(reason(over: silent.socket, within: .milliseconds(1)) != nil)
      #expect(reason(over: "/tmp/no-such-socket") == .noSocket)
    }
    #expect(try LinuxFileTree().list("/proc/self/fd").count < before + 100)
  }

  /// In a process of its own, whose threads take signals; those of the test runner do not.
  @Test func `no signal comes to the thread that serves the sockets`() async {
    await #expect(processExitsWith: .success) {
      var none = sigset_t()
      unsafe sigemptyset(&none)
      unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
      let (tasks, files) = (LinuxTasks(), LinuxFileTree())
      _ = try? LinuxHTTPTransport(tasks: tasks).exchange(
        HTTPRequest(.get, "/"), over: "/tmp/no-such-socket", until: tasks.now() + .seconds(20))
      let threads = try files.list("/proc/self/task").compactMap { thread in
        try? files.read(FilePath("/proc/self/task/\(thread)/status"))
      }
      let server = threads.filter { $0.contains("Name:\tNIO-") }
      let masks = server.flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("SigBlk:") }
        .compactMap { UInt64($0.suffix(16), radix: 16) }
      precondition(!masks.isEmpty && masks.allSatisfy { $0 & 1 << UInt64(SIGTERM - 1) != 0 }, "\(masks)")
    }
  }

  @Test func `threads ask at the same time, each for itself`() throws {
    let server = try UnixServer(.pause(milliseconds: 20), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"))
    let start = tasks.now()
    tasks.concurrently(20, atMost: 20) { _ in #expect(reason(over: server.socket) == nil) }
    #expect(tasks.now() - start < .seconds(20))
  }
}
