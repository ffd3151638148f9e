import HostInterface
import SystemPackage

/// What the plugin writes down of its networks, and so less than it was told: docker.md 2.2, 2.5.
extension SimulatedPlugin {
  private static let folder: FilePath = "/etc/docker/mellanox/docker-sriov-plugin"

  var noted: [String] { ((try? disk.list(Self.folder)) ?? []).sorted() }

  /// Nil for an entry without a file that it can read.
  func note(of id: String) -> Network? {
    guard let file = try? disk.read(path(id)), let body = JSONBody(parsing: Array(file.contents.utf8)),
      let netdevice = body["Netdevice"], let mode = body["Mode"], let gateway = body["Gateway"]
    else { return nil }
    let options = [
      "netdevice": netdevice, "mode": mode, "vlan": "\(body.number("vlan") ?? 0)",
      "privileged": body.flag("Privileged") ? "1" : "0",
    ]
    return Network(netdevice: netdevice, options: options, gateway: gateway)
  }

  func note(_ network: Network, of id: String) {
    let entry: [String: Any] = [
      "Version": 1, "Netdevice": network.netdevice, "Mode": network.options["mode"] ?? "sriov", "Subnet": "",
      "Gateway": network.gateway, "vlan": network.vlan, "Privileged": network.options["privileged"] == "1",
    ]
    disk.put(SimulatedDisk.File(contents: JSONBody(entry).text), at: path(id))
  }

  func forgetNote(of id: String) { disk.put(nil, at: path(id)) }

  /// As after a power cut.
  package func forgetNotes() { for id in noted { forgetNote(of: id) } }

  private func path(_ id: String) -> FilePath { Self.folder.appending(id).appending("config.json") }
}
