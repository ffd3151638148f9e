import HostInterface
import SystemPackage

extension FilePath {
  /// Where people keep units of their own, and where `systemctl enable` makes its links.
  static var systemUnits: FilePath { "/etc/systemd/system" }
}

extension Disk {
  /// The units that others want or require: all that have a link there which leads to a file. An instance stands for its
  /// template as well, which its link leads to.
  var enabledUnits: Set<String> {
    let folders = paths(in: .systemUnits).filter { $0.extension == "wants" || $0.extension == "requires" }
    let links = folders.flatMap(paths).filter { configuration(at: $0) != nil }
    return Set(links.flatMap { [$0, (try? link($0)) ?? $0] }.compactMap(\.lastComponent?.string))
  }

  /// The paths of what a folder holds; none where it cannot be listed.
  private func paths(in folder: FilePath) -> [FilePath] {
    ((try? list(folder)) ?? []).map { folder.appending($0) }
  }
}
