import CVerbs
import Glibc
import SystemPackage

/// The RDMA devices that libibverbs can open: ibv_get_device_list(3).
@safe struct VerbsDeviceList: ~Copyable {
  private let devices: UnsafeMutablePointer<UnsafeMutablePointer<ibv_device>?>
  private let count: Int

  /// Nil where the kernel offers no RDMA device to programs at all.
  init?() {
    var count: Int32 = 0
    guard let devices = unsafe ibv_get_device_list(&count) else { return nil }
    unsafe self.devices = unsafe devices
    self.count = Int(count)
  }

  deinit { unsafe ibv_free_device_list(devices) }

  /// Nil where the list has no device of this name.
  func open(_ name: String) throws(Errno) -> VerbsContext? {
    for place in 0..<count {
      guard let device = unsafe devices[place], unsafe String(cString: ibv_get_device_name(device)) == name else {
        continue
      }
      return unsafe try VerbsContext(opening: device)
    }
    return nil
  }
}

/// An open RDMA device: ibv_open_device(3).
@safe struct VerbsContext: ~Copyable, @unchecked Sendable {
  private let context: UnsafeMutablePointer<ibv_context>

  fileprivate init(opening device: UnsafeMutablePointer<ibv_device>) throws(Errno) {
    errno = 0
    guard let context = unsafe ibv_open_device(device) else { throw Errno(rawValue: errno == 0 ? EIO : errno) }
    unsafe self.context = unsafe context
  }

  deinit { unsafe ibv_close_device(context) }

  /// Readable when an event is there.
  var descriptor: Int32 { unsafe context.pointee.async_fd }

  /// Lets `takeEvent` return at once when there is none.
  func makeNonBlocking() throws(Errno) {
    let flags = try check(fcntl(descriptor, F_GETFL))
    try check(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK))
  }

  /// The next event's type, acknowledged; nil when there is none now.
  func takeEvent() throws(Errno) -> ibv_event_type? {
    var event = unsafe ibv_async_event()
    do throws(Errno) {
      unsafe try check(ibv_get_async_event(context, &event))
    } catch let error where error == .wouldBlock || error == .interrupted {
      return nil
    }
    // The device cannot be closed before (mlx5.md 10.2).
    unsafe ibv_ack_async_event(&event)
    return unsafe event.event_type
  }
}
