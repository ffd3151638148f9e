/// Everything that the agent touches outside itself. A copy may have one of them replaced.
package struct Host: Sendable {
  package var files: any FileTree
  package var disk: any Disk
  package var devices: any DeviceEvents
  package var netlink: any NetlinkSocket
  package var ports: any PortEvents
  package var http: any HTTPTransport
  package var programs: any Programs
  package var archives: any Archives
  package var tasks: any Tasks
  package var notifier: any Notifier
  package var journal: any Journal
  /// Whether the process may write what the agent writes: root.
  package var isPrivileged: Bool
  /// Which installation of an operating system this is, in 32 hexadecimal digits that are made from its machine-id for this
  /// program only; nil where it has none, as in some containers.
  package var machineID: String?

  package init(
    files: any FileTree, disk: any Disk, devices: any DeviceEvents, ports: any PortEvents,
    netlink: any NetlinkSocket, http: any HTTPTransport, programs: any Programs, archives: any Archives,
    tasks: any Tasks, notifier: any Notifier, journal: any Journal, isPrivileged: Bool,
    machineID: String?
  ) {
    self.files = files
    self.disk = disk
    self.devices = devices
    self.netlink = netlink
    self.ports = ports
    self.http = http
    self.programs = programs
    self.archives = archives
    self.tasks = tasks
    self.notifier = notifier
    self.journal = journal
    self.isPrivileged = isPrivileged
    self.machineID = machineID
  }
}
