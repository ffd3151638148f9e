import CCompat
import CVerbs
import Glibc
package import HostInterface
import Model
import Synchronization
import SystemPackage

/// libibverbs' asynchronous events, one reading thread for each device that is watched.
package struct LinuxPortEvents: PortEvents {
  private let files: any FileTree
  private let tasks: any Tasks

  package init(files: any FileTree, tasks: any Tasks) {
    self.files = files
    self.tasks = tasks
  }

  package func watch(_ device: String, ringing bell: any Bell) throws(NoPortEvents) -> any PortWatch {
    guard let watch = try open(device, ringing: bell) else {
      throw NoPortEvents(device, reasonForAbsence(of: device))
    }
    tasks.start { watch.read() }
    return watch
  }

  /// Nil where libibverbs does not list the device.
  private func open(_ device: String, ringing bell: any Bell) throws(NoPortEvents) -> VerbsWatch? {
    do throws(Errno) {
      // Listed anew each time: a list keeps the names of its moment.
      guard let context = try VerbsDeviceList()?.open(device) else { return nil }
      try context.makeNonBlocking()
      return VerbsWatch(context, ringing: bell)
    } catch {
      throw NoPortEvents(device, .failed(error.name))
    }
  }

  /// libibverbs leaves out without a word what it cannot use; the kernel's files tell why.
  private func reasonForAbsence(of device: String) -> NoPortEvents.Reason {
    let folder = FilePath("/sys/class/infiniband/\(device)/device")
    guard (try? files.list(folder)) != nil else { return .noSuchDevice }
    // udev makes the node in /dev, perhaps after it told of the device (mlx5.md 10.3).
    let nodes = (try? files.list("/dev/infiniband")) ?? []
    let offered = (try? files.list(folder.appending("infiniband_verbs"))) ?? []
    return offered.contains(where: nodes.contains) ? .noProvider : .noUserAccess
  }
}

/// One device's events. The reading thread and the caller share it; the device is closed when both have let go.
private final class VerbsWatch: PortWatch {
  private let context: VerbsContext
  private let bell: any Bell
  private let stopDescriptor: Int32
  private let isGone = Atomic(false)

  init(_ context: consuming VerbsContext, ringing bell: any Bell) {
    self.context = context
    self.bell = bell
    stopDescriptor = compat_eventfd()
    precondition(stopDescriptor >= 0, "no eventfd: errno \(errno)")
  }

  deinit { close(stopDescriptor) }

  var isDeviceGone: Bool { isGone.load(ordering: .acquiring) }

  func stop() { compat_eventfd_ring(stopDescriptor) }

  /// Runs in a thread of its own until it is stopped or the device is gone.
  func read() {
    while !isDeviceGone {
      var ready = [stopDescriptor, context.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      unsafe poll(&ready, nfds_t(ready.count), -1)
      guard ready[0].revents == 0 else { return }
      if ready[1].revents != 0 { takeEvents() }
    }
  }

  private func takeEvents() {
    do throws(Errno) {
      while let event = try context.takeEvent() {
        if event == IBV_EVENT_DEVICE_FATAL { isGone.store(true, ordering: .releasing) }
        bell.ring()
      }
    } catch {
      // The kernel ended the file: what it stood for is no more.
      isGone.store(true, ordering: .releasing)
      bell.ring()
    }
  }
}
