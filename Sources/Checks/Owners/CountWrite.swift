import HostInterface
import Model
import SystemPackage

/// A write of a VF count, such as `echo 4 > /sys/class/net/ens1/device/sriov_numvfs`, in something that is run.
struct CountWrite: Hashable {
  static let files = ["sriov_numvfs", "mlx5_num_vfs"]

  /// The file that it stands in.
  let place: FilePath
  /// Where it writes: a pattern, and with the variables whose values are not known.
  let path: String
  /// Nil where it cannot be told.
  let count: Int?
  /// False where it may as well be something else, as in a language that is not understood.
  var isSure = true

  static func isCountFile(_ path: some StringProtocol) -> Bool {
    path.split(separator: "/").last.map { files.contains(String($0)) } ?? false
  }
}

extension ConfigurationFile {
  /// Whether it can write a count at all. Nearly none can, and then its lines need not be looked at, which takes much longer.
  var namesCount: Bool { text.namesCount }
}

extension StringProtocol {
  /// Whether one of the files that have the count is named in it.
  var namesCount: Bool {
    // Character by character it would take ten times as long.
    CountWrite.files.contains { utf8.contains($0.utf8) }
  }
}
