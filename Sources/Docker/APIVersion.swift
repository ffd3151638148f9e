/// A version of Docker's Engine API, such as 1.41.
package struct APIVersion: Hashable, Sendable {
  /// What this program speaks: no version fits both 20.10, which has up to 1.41, and 29.0, which has from 1.44 on
  /// (docker.md 5.1).
  package static let newest = APIVersion(1, 44)

  package let major: Int
  package let minor: Int

  package init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
    self.init(major, minor)
  }

  /// What is spoken with a daemon: the newest of ours that it has; its lowest, should all of ours be too old for it.
  static func spoken(highest: APIVersion, lowest: APIVersion) -> APIVersion { max(min(highest, .newest), lowest) }
}

extension APIVersion: Comparable {
  package static func < (left: APIVersion, right: APIVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

extension APIVersion: CustomStringConvertible {
  package var description: String { "\(major).\(minor)" }
}
