package import HostInterface
package import SystemPackage

/// Whether Docker runs, found out without touching its socket: systemd listens there while Docker is stopped, and a
/// connection would start it (docker.md 8). The kernel is asked: docker.service runs while its control group has a process.
/// A pid file outlives a daemon that was killed, and a sandboxed unit sees no other process in /proc.
package struct DockerService: Sendable {
  private let files: any FileTree

  package init(_ files: any FileTree) { self.files = files }

  /// Whether a connection to `socket` starts nothing. Only one that systemd listens on starts something.
  package func mayBeAsked(over socket: FilePath) -> Bool {
    let isActivated = [DockerEngine.defaultSocket, "/var/run/docker.sock"].contains(socket)
    return !isActivated || isRunning
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

  private var isRunning: Bool {
    Self.groups.contains { group in (try? files.readLine(group.appending("cgroup.procs")))?.isEmpty == false }
  }

  /// With the unified hierarchy, and before it.
  private static let groups: [FilePath] = [
    "/sys/fs/cgroup/system.slice/docker.service", "/sys/fs/cgroup/systemd/system.slice/docker.service",
  ]
}
