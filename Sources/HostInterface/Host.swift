/// Everything that the agent touches outside itself.
package struct Host: Sendable {
  package let files: any FileTree
  package let disk: any Disk
  package let devices: any DeviceEvents
  package let netlink: any NetlinkSocket
  package let ports: any PortEvents
  package let tasks: any Tasks
  package let notifier: any Notifier
  package let journal: any Journal
  /// Whether the process may write what the agent writes: root.
  package let isPrivileged: Bool

  package init(
    files: any FileTree, disk: any Disk, devices: any DeviceEvents, ports: any PortEvents,
    netlink: any NetlinkSocket, tasks: any Tasks,
    notifier: any Notifier, journal: any Journal, isPrivileged: Bool
  ) {
    self.files = files
    self.disk = disk
    self.devices = devices
    self.netlink = netlink
    self.ports = ports
    self.tasks = tasks
    self.notifier = notifier
    self.journal = journal
    self.isPrivileged = isPrivileged
  }
}

extension Host {
  /// The same host, with somebody else to tell.
  package func telling(_ notifier: any Notifier) -> Host {
    Host(
      files: files, disk: disk, devices: devices, ports: ports, netlink: netlink, tasks: tasks, notifier: notifier,
      journal: journal, isPrivileged: isPrivileged)
  }
}
