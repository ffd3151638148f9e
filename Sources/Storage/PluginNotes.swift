package import HostInterface
import SystemPackage

/// The plugin's own notes of its networks, which an old Docker lets it keep (docker.md 2.2). They lack options: a network
/// that it has from them gives containers an interface called `0`, and one with a VLAN cannot be told again.
package struct PluginNotes: Sendable {
  private static let folder: FilePath = "/etc/docker/mellanox/docker-sriov-plugin"
  /// No netdev can have so long a name.
  private static let noNetdev = "told-again-by-sriov-persist"

  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Makes the plugin start without a network, which it is then told again. Never while it runs. The note is replaced in one
  /// piece by one of a netdev that cannot be, as the plugin passes over a network that it cannot make: an entry without a
  /// file, as a power cut in the middle of a removal would leave it, keeps it from starting for ever.
  package func forget(_ networkID: String) throws(FileError) {
    let path = Self.folder.appending(networkID).appending("config.json")
    do {
      _ = try disk.read(path)
    } catch let error where error.isAbsence {
      return
    }
    let note = """
      {"Version":1,"Netdevice":"\(Self.noNetdev)","Mode":"sriov","Subnet":"","Gateway":"","vlan":0,"Privileged":false}

      """
    try disk.replace(path, with: note)
  }
}
