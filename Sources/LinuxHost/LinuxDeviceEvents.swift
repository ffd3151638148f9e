import CCompat
import Glibc
package import HostInterface

/// The kernel's uevents by netlink (lib/kobject_uevent.c): `ACTION@DEVPATH`, then `KEY=value` texts, each with a zero
/// byte behind it.
package struct LinuxDeviceEvents: DeviceEvents {
  private let tasks: LinuxTasks

  package init(tasks: LinuxTasks) { self.tasks = tasks }

  /// Where no socket can be had there are no events: whoever waits looks by itself now and then.
  package func watch(_ notice: @escaping @Sendable (DeviceEvent?) -> Void) {
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
        if length < 0 {
          notice(nil)
        } else if let event = DeviceEvent(uevent: message.prefix(length)) {
          notice(event)
        }
      }
      close(descriptor)
    }
  }
}

extension DeviceEvent {
  package init?(uevent message: some Sequence<UInt8>) {
    var (subsystem, path) = ("", "")
    for text in Array(message).split(separator: 0) {
      if let value = Self.value(of: "SUBSYSTEM=", in: text) { subsystem = value }
      if let value = Self.value(of: "DEVPATH=", in: text) { path = value }
    }
    self.init(subsystem: subsystem, path: path)
  }

  private static func value(of key: String, in text: ArraySlice<UInt8>) -> String? {
    text.starts(with: key.utf8) ? String(decoding: text.dropFirst(key.utf8.count), as: UTF8.self) : nil
  }
}
