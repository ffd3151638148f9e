package import HostInterface
package import SystemPackage

/// Whether Docker runs, found out without touching its socket: systemd listens there while Docker is stopped or is being
/// stopped, and a connection would start it (docker.md 8). The kernel is asked: docker.service runs while its control group
/// has a process. A pid file outlives a daemon that was killed, and a sandboxed unit sees no other process in /proc.
package struct DockerService: Sendable {
  private let host: Host

  package init(on host: Host) { self.host = host }

  /// Whether a connection to `socket` starts nothing. Only one that systemd listens on starts something.
  package func mayBeAsked(over socket: FilePath) -> Bool {
    let isActivated = [DockerEngine.defaultSocket, "/var/run/docker.sock"].contains(socket)
    return !isActivated || isRunning && !isBeingStopped
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
    Self.groups.contains { group in (try? host.files.readLine(group.appending("cgroup.procs")))?.isEmpty == false }
  }

  /// Its processes are there until the last container has ended. Where systemd does not tell, it is taken for running.
  private var isBeingStopped: Bool {
    let limit = host.tasks.now() + .seconds(2)
    let state = try? host.programs.run(
      "/usr/bin/systemctl", ["show", "--property=ActiveState", "docker.service"], outputLimit: 100, until: limit)
    return state?.output == "ActiveState=deactivating\n"
  }

  /// With the unified hierarchy, and before it.
  private static let groups: [FilePath] = [
    "/sys/fs/cgroup/system.slice/docker.service", "/sys/fs/cgroup/systemd/system.slice/docker.service",
  ]
}
