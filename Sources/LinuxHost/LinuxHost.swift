package import HostInterface
import Glibc

extension Host {
  /// The machine that the process runs on.
  package static func linux() -> Host {
    let tasks = LinuxTasks()
    return Host(
      files: LinuxFileTree(), disk: LinuxDisk(tasks: tasks), devices: LinuxDeviceEvents(tasks: tasks),
      netlink: LinuxNetlink(), tasks: tasks, notifier: SystemdNotifier(),
      journal: SystemdJournal(), isPrivileged: geteuid() == 0)
  }
}
