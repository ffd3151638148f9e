import CCompat
import Glibc
package import HostInterface

/// The kernel's uevents by netlink (lib/kobject_uevent.c): `ACTION@DEVPATH`, then `KEY=value` texts, each with a zero
/// byte behind it.
package struct LinuxDeviceEvents: DeviceEvents {
  private static let subsystems: Set<String> = ["SUBSYSTEM=pci", "SUBSYSTEM=infiniband", "SUBSYSTEM=net"]

  private let tasks: LinuxTasks

  package init(tasks: LinuxTasks) { self.tasks = tasks }

  /// Where no socket can be had the bell stays silent: whoever waits looks by itself now and then.
  package func watch(ringing bell: any Bell) {
    let descriptor = compat_uevent_socket()
    guard descriptor >= 0 else { return }
    // Until the process ends: whoever waits for devices has nothing else to do.
    tasks.start {
      var message = [UInt8](repeating: 0, count: 8192)
      while true {
        let length = unsafe recv(descriptor, &message, message.count, 0)
        if length < 0 && errno == EINTR { continue }
        // ENOBUFS: events were lost, of whatever kind.
        guard length >= 0 || errno == ENOBUFS else { break }
        let texts = message.prefix(max(0, length)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        if length < 0 || texts.contains(where: Self.subsystems.contains) { bell.ring() }
      }
      close(descriptor)
    }
  }
}
