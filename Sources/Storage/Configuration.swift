package import HostInterface
package import Model
package import SystemPackage

/// What an administrator may set: how long things may take, and where Docker is. Everything else is in the snapshot, or
/// fixed: nothing in it decides what is written to the kernel.
package struct Configuration: Equatable, Sendable {
  /// How long a write of one PF's VF count, and what waits for one, may take before it is called stuck.
  package var vfCountLimit = Duration.seconds(300)
  /// How long a PF's netdev is waited for where the VFs' attributes go through it.
  package var netdevLimit = Duration.seconds(30)
  /// How long a PF's port is waited for; zero where none is, and its state no failure.
  package var subnetManagerLimit = Duration.seconds(120)
  /// How long Docker and its network plugin are waited for, each.
  package var dockerLimit = Duration.seconds(120)
  package var dockerSocket: FilePath = "/run/docker.sock"
  /// What is wrong with the file, and what to do about it. A mistake in it costs the value it stands for, never the boot.
  package private(set) var mistakes: [ConfigurationMistake] = []

  package static let path: FilePath = "/etc/sriov-persist/config.json"
  /// In bytes. Every look reads it.
  private static let sizeLimit = 1 << 16
  private static let manual = "its keys are in sriov-persist(5)"

  /// How long a count write may take where the other PFs of `snapshot` may be written at the same time: newer kernels
  /// make the VFs of one PF after those of another (PCI's lock of rescans in sriov_numvfs_store of drivers/pci/iov.c).
  package func vfCountLimit(among snapshot: Snapshot) -> Duration { vfCountLimit * max(1, snapshot.adapters.count) }

  /// Reads the file; all defaults where there is none.
  package init(_ disk: any Disk) {
    let file: DiskFile
    do {
      file = try disk.read(Self.path)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    } catch {
      add("\(error); using the defaults", remedy: Self.remedy(for: error.errno))
      return
    }
    read(file)
  }

  /// The mistakes without their remedies.
  package var warnings: [String] { mistakes.map(\.message) }

  private mutating func read(_ file: DiskFile) {
    guard file.isTrustworthy else {
      return add(
        "\(Self.path): only root may write it, and others may, too; using the defaults",
        remedy: "look at what is in it, then run: chown root: \(Self.path); chmod 644 \(Self.path)")
    }
    guard file.contents.utf8.count <= Self.sizeLimit else {
      return add(
        "\(Self.path): larger than \(Self.sizeLimit) bytes; using the defaults", remedy: "write it anew: \(Self.manual)"
      )
    }
    let text = ConfigurationText(file.contents)
    let values: [(key: String, value: JSONValue)]
    do {
      values = try text.values()
    } catch {
      return add(
        "\(text.place(error.line)): \(error.description); using the defaults",
        remedy: "correct it, or remove it: \(Self.manual)")
    }
    for (key, value) in values { set(key, to: value, in: text) }
    for key in text.duplicates {
      add(
        "\(text.place(key.line)): \"\(key.path.shortened)\" is a duplicate; using the one in line \(key.firstLine)",
        remedy: "remove one of the two: \(Self.manual)")
    }
  }

  private mutating func set(_ key: String, to value: JSONValue, in text: ConfigurationText) {
    switch key {
    case "vfCountSeconds": set(\.vfCountLimit, to: value, key, within: 1...3600, text)
    case "netdevSeconds": set(\.netdevLimit, to: value, key, within: 0...3600, text)
    case "subnetManagerSeconds": set(\.subnetManagerLimit, to: value, key, within: 0...3600, text)
    case "dockerSeconds": set(\.dockerLimit, to: value, key, within: 1...3600, text)
    case "dockerSocket":
      guard case .text(let path) = value, path.hasPrefix("/"), !path.contains("\0") else {
        return add(key, "takes an absolute path; using \"\(dockerSocket)\"", in: text)
      }
      dockerSocket = FilePath(path)
    default: add(key, "is no key; nothing is made of it", in: text)
    }
  }

  private mutating func set(
    _ limit: WritableKeyPath<Self, Duration>, to value: JSONValue, _ key: String, within range: ClosedRange<Int>,
    _ text: ConfigurationText
  ) {
    guard case .number(let number) = value, let seconds = Int(exactly: number), range.contains(seconds) else {
      let used = self[keyPath: limit].components.seconds
      return add(
        key, "takes \(range.lowerBound) to \(range.upperBound), in seconds; using \(used)", in: text)
    }
    self[keyPath: limit] = .seconds(seconds)
  }

  private mutating func add(_ key: String, _ problem: String, in text: ConfigurationText) {
    add(
      "\(text.place(text.line(of: key))): \"\(key.shortened)\" \(problem)",
      remedy: "correct the line, or take it out: \(Self.manual)")
  }

  private mutating func add(_ message: String, remedy: String) {
    mistakes.append(ConfigurationMistake(message, remedy: remedy))
  }

  private static func remedy(for errno: Errno) -> String {
    switch errno {
    case .tooManySymbolicLinkLevels: "put a file there, which only root may write: no link is followed"
    case .permissionDenied: "let all read it: chmod 644 \(path)"
    default: "put a file there, or nothing: \(manual)"
    }
  }
}
