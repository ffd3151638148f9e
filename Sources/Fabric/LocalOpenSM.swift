package import HostInterface
package import Model
import SystemPackage

/// An OpenSM on this host. Debian's opensm.service starts one instance for each port that it finds, and those of VFs that
/// were restored before it are among them (systemd.md 5).
package enum LocalOpenSM {
  /// What was seen, and what to do about it.
  package typealias Remark = (seen: String, remedy: String)

  /// What to say about it on a host whose VFs were restored; nil when there is nothing to say.
  ///
  /// - Parameter pfPorts: The port GUIDs of the PFs that a subnet manager may be wanted on. Looked for only where it
  ///   matters: few hosts have an OpenSM.
  package static func remark(pfPorts: @autoclosure () -> [GUID], on disk: any Disk) -> Remark? {
    // The settings stay when the package is removed, and other distributions' units start one instance only.
    guard let unit = try? disk.read("/lib/systemd/system/opensm.service"), unit.contents.contains("opensm@"),
      let settings = try? disk.read("/etc/default/opensm"), ports(in: settings.contents) == "ALL"
    else { return nil }
    let guids = pfPorts().map { "0x" + $0.description.filter { $0 != ":" } }.joined(separator: " ")
    guard !guids.isEmpty else { return nil }
    return (
      seen: "opensm.service starts a subnet manager on every port, those of restored VFs included",
      remedy: "name the PFs' ports alone in /etc/default/opensm: PORTS=\"\(guids)\""
    )
  }

  /// The last assignment counts, as it does for systemd.
  private static func ports(in settings: String) -> String? {
    settings.split(whereSeparator: \.isNewline).map { $0.drop(while: \.isWhitespace) }
      .last { $0.hasPrefix("PORTS=") }?.dropFirst("PORTS=".count)
      .filter { $0 != "\"" && $0 != "'" && !$0.isWhitespace }
  }
}
