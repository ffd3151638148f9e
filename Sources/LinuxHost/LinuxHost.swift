package import HostInterface
import Glibc

extension Host {
  /// The machine that the process runs on.
  package static func linux() -> Host {
    let tasks = LinuxTasks()
    let files = LinuxFileTree()
    return Host(
      files: files, disk: LinuxDisk(tasks: tasks), devices: LinuxDeviceEvents(tasks: tasks),
      ports: LinuxPortEvents(files: files, tasks: tasks), netlink: LinuxNetlink(),
      http: LinuxHTTPTransport(tasks: tasks), programs: LinuxPrograms(tasks: tasks), tasks: tasks,
      notifier: SystemdNotifier(),
      journal: SystemdJournal(), isPrivileged: geteuid() == 0)
  }
}
