import HostInterface
import Model

extension PFDevice {
  /// A text that is another one once what the network plugin has read of the PF is no longer so (docker.md 11.2). It reads
  /// how many VFs there are, and looks their netdevs up at each start of a container. An Ethernet PF it knows by the index
  /// of its netdev, which is another one after the driver was loaded anew.
  package var readByPlugin: String {
    get throws(FileError) {
      let count = "count \(try vfIndexes.count)"
      guard pf.linkLayer == .ethernet, let index = try function.link?.index else { return count }
      return "\(count), link \(index)"
    }
  }
}
