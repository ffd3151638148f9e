package import HostInterface
import Synchronization
package import SystemPackage

/// A simulated host, and the processes that run on it one after another or together.
package final class Simulation: Sendable {
  package let tasks: SimulatedTasks
  package let kernel: SimulatedKernel
  package let disk: SimulatedDisk
  package let sockets: SimulatedSockets
  /// Nil where Docker is not installed.
  package let docker: SimulatedDocker?
  package let notifier: SimulatedNotifier
  package let journal: SimulatedJournal
  private let privileged = Mutex(true)
  private let machine = Mutex<String?>(String(repeating: "5a1d0c42", count: 4))
  package static let dockerSocket: FilePath = "/run/docker.sock"

  /// - Parameters:
  ///   - isService: Whether the agent runs as a unit: a service manager and the journal listen.
  ///   - release: Docker's, nil where it is not installed.
  package init(
    _ machine: Machine = .guide, files: [String: SimulatedDisk.File] = [:], isService: Bool = false,
    docker release: DockerRelease? = nil
  ) {
    tasks = SimulatedTasks()
    kernel = SimulatedKernel(machine, tasks: tasks)
    disk = SimulatedDisk(files, tasks: tasks)
    sockets = SimulatedSockets(tasks: tasks)
    docker = release.map { [kernel, disk, tasks] release in
      let plugin = SimulatedPlugin(kernel: kernel, disk: disk)
      return SimulatedDocker(DockerState(release: release), plugin: plugin, tasks: tasks)
    }
    if let docker {
      sockets.put(docker, at: Self.dockerSocket)
      disk.files[Self.dockerSocket.string] = SimulatedDisk.File(contents: "")
      sockets.put(docker.plugin, at: "/run/docker/plugins/sriov.sock")
    }
    notifier = SimulatedNotifier(isConnected: isService)
    journal = SimulatedJournal(isConnected: isService)
  }

  package var isPrivileged: Bool {
    get { privileged.withLock(\.self) }
    set { privileged.withLock { $0 = newValue } }
  }

  package var machineID: String? {
    get { machine.withLock(\.self) }
    set { machine.withLock { $0 = newValue } }
  }

  package var host: Host {
    Host(
      files: kernel, disk: disk, devices: kernel, ports: kernel, netlink: kernel, http: sockets, programs: kernel,
      archives: disk, tasks: tasks, notifier: notifier, journal: journal, isPrivileged: isPrivileged,
      machineID: machineID)
  }

  /// A cold reboot after a clean shutdown, or after a power cut that lost what was not durable.
  package func reboot(cuttingPower: Bool = false) {
    disk.restart(surviving: cuttingPower ? 0 : .max)
    docker?.reboot()
    if docker != nil { disk.files[Self.dockerSocket.string] = SimulatedDisk.File(contents: "") }
    kernel.update { $0.reboot() }
    kernel.forgetStores()
    kernel.startProcess()
  }
}

/// Keeps what it was told.
package final class SimulatedNotifier: Notifier {
  package let isConnected: Bool
  private let messages = Mutex<[[String]]>([])

  init(isConnected: Bool) { self.isConnected = isConnected }

  /// Each message's assignments.
  package var sent: [[String]] { messages.withLock(\.self) }

  package func send(_ assignments: [String]) { messages.withLock { $0.append(assignments) } }
  package func flush() {}
}

/// Keeps what it was told.
package final class SimulatedJournal: Journal {
  package let isConnected: Bool
  private let entries = Mutex<[JournalEntry]>([])

  init(isConnected: Bool) { self.isConnected = isConnected }

  package var recorded: [JournalEntry] { entries.withLock(\.self) }

  package func record(_ entry: JournalEntry) { entries.withLock { $0.append(entry) } }
}
