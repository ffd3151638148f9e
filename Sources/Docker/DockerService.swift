package import HostInterface
package import SystemPackage

/// Whether a connection to Docker's socket would start Docker. systemd alone does that: it listens there, by docker.socket,
/// while docker.service is stopped or is being stopped (docker.md 8). Any other Docker is asked: that of a snap, one that was
/// started by hand, one in another slice. Where nobody listens, the kernel refuses the connection.
package struct DockerService: Sendable {
  private let host: Host

  package init(on host: Host) { self.host = host }

  /// Whether a connection to `socket` starts nothing. Where systemd does not answer, as where it does not run, it listens
  /// on nothing.
  package func mayBeAsked(over socket: FilePath) -> Bool {
    // A host that is busy stopping Docker answers late. Taking it for a host without systemd would start Docker again.
    let limit = host.tasks.now() + .seconds(10)
    let answer = try? host.programs.run(
      "/usr/bin/systemctl", ["show", "--property=Id,ActiveState,Listen", Self.socketUnit, Self.unit],
      outputLimit: 10_000, until: limit)
    guard let answer, answer.status == 0 else { return true }
    let units = UnitProperties.read(answer.output)
    guard let listener = units[Self.socketUnit], listener.state == "active", listener.listens(on: target(of: socket))
    else { return true }
    return units[Self.unit].map { ["active", "activating", "reloading", "refreshing"].contains($0.state) } ?? true
  }

  /// Whether something has the name of its socket, which is not touched. One that is stopped has none where systemd does not
  /// listen. Where that cannot be told, a connection tells.
  package static func hasSocket(_ socket: FilePath, on disk: any Disk) -> Bool {
    do throws(FileError) {
      return try disk.list(socket.removingLastComponent()).contains(socket.lastComponent?.string ?? "")
    } catch {
      return !error.isAbsence
    }
  }

  /// What a configured socket is a link to.
  private func target(of socket: FilePath) -> FilePath {
    guard let link = try? host.disk.link(socket) else { return socket }
    return socket.removingLastComponent().pushing(link)
  }

  private static let unit = "docker.service"
  private static let socketUnit = "docker.socket"
}

/// What `systemctl show` prints of one unit: a property a line, and an empty line before the next unit.
private struct UnitProperties {
  private var id = ""
  private(set) var state = ""
  private var listening: [FilePath] = []

  /// By the units' names.
  static func read(_ text: String) -> [String: UnitProperties] {
    let units = text.split(separator: "\n\n").map { UnitProperties($0) }
    return Dictionary(units.map { ($0.id, $0) }) { first, _ in first }
  }

  private init(_ text: Substring) {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "Id": id = String(parts[1])
      case "ActiveState": state = String(parts[1])
      // `/run/docker.sock (Stream)`
      case "Listen": listening.append(FilePath(String(parts[1].prefix { $0 != " " })))
      default: break
      }
    }
  }

  func listens(on socket: FilePath) -> Bool { listening.contains { $0.asMeant == socket.asMeant } }
}
