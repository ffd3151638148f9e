package import HostInterface
package import SystemPackage

/// What an administrator may set: how long things may take, and where Docker is. Everything else is in the snapshot, or
/// fixed.
package struct Configuration: Equatable, Sendable {
  /// How long a write of the VF count, and what waits for one, may take before it is called stuck.
  package var vfCountLimit = Duration.seconds(300)
  /// How long a PF's netdev is waited for where the VFs' attributes go through it.
  package var netdevLimit = Duration.seconds(30)
  /// How long a PF's port is waited for; zero where none is, and its state no failure.
  package var subnetManagerLimit = Duration.seconds(120)
  /// How long Docker and its network plugin are waited for, each.
  package var dockerLimit = Duration.seconds(120)
  package var dockerSocket: FilePath = "/run/docker.sock"
  /// What is wrong with the file. A mistake in it costs the value it stands for, never the boot.
  package var warnings: [String] = []

  package static let path: FilePath = "/etc/sriov-persist/config.json"

  /// Reads the file; all defaults where there is none.
  package init(_ disk: any Disk) {
    let file: DiskFile
    do {
      file = try disk.read(Self.path)
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return
    } catch {
      warn("\(error)")
      return
    }
    guard file.isTrustworthy else {
      warn("only root may write it; run: chown root: \(Self.path); chmod 644 \(Self.path)")
      return
    }
    do {
      for (key, value) in try JSONText.decode([String: JSONValue].self, from: file.contents).sorted(by: {
        $0.key < $1.key
      }) {
        set(key, to: value, in: file.contents)
      }
    } catch {
      warn(error.description)
    }
  }

  private mutating func set(_ key: String, to value: JSONValue, in text: String) {
    switch key {
    case "vfCountSeconds": set(\.vfCountLimit, to: value, key, within: 1...3600, text)
    case "netdevSeconds": set(\.netdevLimit, to: value, key, within: 0...3600, text)
    case "subnetManagerSeconds": set(\.subnetManagerLimit, to: value, key, within: 0...3600, text)
    case "dockerSeconds": set(\.dockerLimit, to: value, key, within: 1...3600, text)
    case "dockerSocket":
      guard case .text(let path) = value, path.hasPrefix("/") else {
        return warn(
          "\"\(key)\" takes an absolute path; using \"\(dockerSocket)\"", line: text.line(of: key))
      }
      dockerSocket = FilePath(path)
    default: warn("there is no \"\(key)\"", line: text.line(of: key))
    }
  }

  private mutating func set(
    _ limit: WritableKeyPath<Self, Duration>, to value: JSONValue, _ key: String, within range: ClosedRange<Int>,
    _ text: String
  ) {
    guard case .number(let number) = value, let seconds = Int(exactly: number), range.contains(seconds) else {
      return warn(
        "\"\(key)\" takes \(range.lowerBound) to \(range.upperBound), in seconds; using \(self[keyPath: limit].components.seconds)",
        line: text.line(of: key))
    }
    self[keyPath: limit] = .seconds(seconds)
  }

  private mutating func warn(_ problem: String, line: Int? = nil) {
    warnings.append("\(Self.path)\(line.map { ", line \($0)" } ?? ""): \(problem)")
  }
}

extension String {
  /// The number of the first line that has the key, from 1.
  fileprivate func line(of key: String) -> Int? {
    split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("\"\(key)\"") }.map { $0 + 1 }
  }
}
