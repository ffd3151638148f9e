import HostInterface
import Model
import SystemPackage

/// One way to read and write the attributes of a PF's VFs. Chosen by what the PF offers, never by the driver's brand.
protocol VFChannel {
  func read(_ attribute: VFAttribute, vf: Int) -> Reading
  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws(FileError)
}

/// MLNX_OFED's files below the PF: `sriov/<n>/node`, `port`, `policy` (core/sriov_sysfs.c; mlx5.md 4).
struct OFEDSysfsChannel: VFChannel {
  let pf: PCIFunction

  func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    let text: String
    do {
      text = try pf.readLine(name(of: attribute, vf: vf))
    } catch {
      return .unreadable(error.errno.name)
    }
    switch attribute {
    case .nodeGUID, .portGUID: return Reading(guid: text)
    case .policy: return VFPolicy(rawValue: text).map { .value(.policy($0)) } ?? .invalid("\"\(text)\"")
    }
  }

  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws(FileError) {
    try pf.files.store(value.description, in: pf.path(name(of: attribute, vf: vf)))
  }

  private func name(of attribute: VFAttribute, vf: Int) -> String { "sriov/\(vf)/\(fileName(of: attribute))" }

  private func fileName(of attribute: VFAttribute) -> String {
    switch attribute {
    case .nodeGUID: "node"
    case .portGUID: "port"
    case .policy: "policy"
    }
  }
}

/// A PF whose VFs' attributes cannot be reached.
struct NoChannel: VFChannel {
  let pf: PCIFunction
  let reason: String

  func read(_ attribute: VFAttribute, vf: Int) -> Reading { .notVisible(reason) }

  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws(FileError) {
    throw FileError(.write, pf.path("sriov/\(vf)"), .noSuchFileOrDirectory)
  }
}

extension Reading {
  /// What a file that holds a GUID says; zero is how the driver says that it was never set.
  init(guid text: String) {
    do {
      self = .value(.guid(try GUID(text)))
    } catch {
      self = error.reason == .zero ? .unset : .invalid("\(error)")
    }
  }
}
