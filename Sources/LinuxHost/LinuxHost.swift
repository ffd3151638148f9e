package import HostInterface
import Glibc

extension Host {
  /// The machine that the process runs on.
  package static func linux() -> Host {
    let tasks = LinuxTasks()
    let files = LinuxFileTree()
    let programs = LinuxPrograms(tasks: tasks)
    return Host(
      files: files, disk: LinuxDisk(tasks: tasks), devices: LinuxDeviceEvents(tasks: tasks),
      ports: LinuxPortEvents(files: files, tasks: tasks), netlink: LinuxNetlink(),
      http: LinuxHTTPTransport(tasks: tasks), programs: programs, archives: LinuxArchives(programs: programs),
      tasks: tasks, notifier: SystemdNotifier(), journal: SystemdJournal(), isPrivileged: geteuid() == 0,
      machineID: SystemdMachineID.forThisProgram)
  }
}
