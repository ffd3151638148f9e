import HostInterface
import LinuxHost
import Testing

@Suite struct LinuxDeviceEventTests {
  private func event(_ texts: String...) -> DeviceEvent? {
    DeviceEvent(uevent: texts.joined(separator: "\0").utf8 + [0])
  }

  @Test func `an event is read as the kernel sends it`() {
    let path = "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.2/net/ibs21v0"
    let event = event(
      "add@\(path)", "ACTION=add", "DEVPATH=\(path)", "SUBSYSTEM=net", "INTERFACE=ibs21v0", "IFINDEX=9", "SEQNUM=4711")
    #expect(event == DeviceEvent(subsystem: "net", path: path))
    #expect(event != nil)
  }

  @Test func `an event about a veth, one of udevd's, or nonsense is none`() {
    let path = "/devices/virtual/net/veth0"
    #expect(event("add@\(path)", "ACTION=add", "DEVPATH=\(path)", "SUBSYSTEM=net", "INTERFACE=veth0") == nil)
    #expect(event("libudev", "garbage") == nil)
    #expect(DeviceEvent(uevent: []) == nil)
    #expect(DeviceEvent(uevent: [0xff, 0, 0, 0x3d]) == nil)
  }
}
