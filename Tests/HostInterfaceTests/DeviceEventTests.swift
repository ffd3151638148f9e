import HostInterface
import Model
import Testing

@Suite struct DeviceEventTests {
  @Test(arguments: [
    ("pci", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0", "0000:b1:00.0"),
    ("pci", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.2", "0000:b1:00.2"),
    ("infiniband", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/infiniband/mlx5_0", "0000:b1:00.0"),
    ("net", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.2/net/ibs21v0", "0000:b1:00.2"),
    ("infiniband", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/mlx5_core.sf.4/infiniband/mlx5_9", "0000:b1:00.0"),
    ("pci", "/devices/pci10000:00/10000:00:02.0/10000:01:00.0", "10000:01:00.0"),
  ]) func `an event names the PCI function that its device is, or sits on`(
    subsystem: String, path: String, function: String
  ) {
    #expect(DeviceEvent(subsystem: subsystem, path: path)?.function.description == function)
  }

  @Test(arguments: [
    ("net", "/devices/virtual/net/veth4c1d3a2"), ("net", "/devices/virtual/net/br-0a1b2c3d4e5f"),
    ("queues", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/net/ibs21/queues/rx-0"),
    ("infiniband_verbs", "/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/infiniband_verbs/uverbs0"),
    ("block", "/devices/pci0000:00/0000:00:04.0/virtio1/block/vda"), ("pci", "/devices/pci0000:b0"), ("net", ""),
    ("", ""),
  ]) func `what concerns neither a PF nor a VF is no event`(subsystem: String, path: String) {
    #expect(DeviceEvent(subsystem: subsystem, path: path) == nil)
  }
}
