import Model
import SystemPackage

/// Which container is the network plugin's. Plugins of other drivers have the same folder from the host, so what it runs,
/// or what it is called, has to say `sriov`.
extension ContainerReply {
  var servesSRIOV: Bool {
    let folder = SRIOVPlugin.defaultSocket.removingLastComponent()
    guard let bind = recordedAsPlugin.bind(at: folder), bind.hostPath(of: folder) == folder else { return false }
    // A folder far above says little: whoever speaks with Docker may have it.
    let isNear = bind.target.starts(with: folder.removingLastComponent())
    return runsSRIOV || isNear && name.contains("sriov")
  }

  /// By its image or its program, and not just by its name.
  var runsSRIOV: Bool {
    ([recordedAsPlugin.image] + recordedAsPlugin.command + program).contains { $0.contains("sriov") }
  }
}

extension PluginContainer {
  /// What a container sees at `path` is of this bind, the nearest one at or above it.
  fileprivate func bind(at path: FilePath) -> Bind? {
    binds.compactMap(Bind.init).filter { path.starts(with: $0.target) }
      .max { $0.target.components.count < $1.target.components.count }
  }
}

/// One of a container's binds, `SOURCE:TARGET[:OPTIONS]`.
private struct Bind {
  /// Nil for a volume, which has a name and is no folder of the host's.
  let source: FilePath?
  let target: FilePath

  init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2 else { return nil }
    source = parts[0].hasPrefix("/") ? FilePath(String(parts[0])).asMeant : nil
    target = FilePath(String(parts[1])).asMeant
  }

  /// Where the host has what the container sees at `path`, which is at or below the target.
  func hostPath(of path: FilePath) -> FilePath? {
    var rest = path
    guard let source, rest.removePrefix(target) else { return nil }
    return source.appending(rest.components)
  }
}

extension FilePath {
  /// The same place in one spelling: without `.`, `..` and superfluous slashes, and below /run, which /var/run is a link to.
  var asMeant: FilePath {
    let path = lexicallyNormalized()
    var rest = path
    return rest.removePrefix("/var/run") ? FilePath("/run").appending(rest.components) : path
  }
}
