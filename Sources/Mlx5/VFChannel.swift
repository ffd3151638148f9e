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

  /// Nil where the PF has no `sriov` folder. It is there from the driver's probe of the PF on, empty while there is no
  /// VF.
  init?(of pf: PCIFunction) throws(FileError) {
    do {
      _ = try pf.files.list(pf.path("sriov"))
    } catch  where error.errno == .noSuchFileOrDirectory {
      return nil
    }
    self.pf = pf
  }

  func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    let text: String
    do {
      text = try pf.readLine(name(of: attribute, vf: vf))
    } catch  where error.errno == .noSuchFileOrDirectory {
      // On an Ethernet PF the folder has neither `port` nor `policy`.
      return .notVisible("the driver has no \(fileName(of: attribute)) file for this VF")
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

/// A PF whose VFs' attributes cannot be reached: the driver has no `sriov` folder.
struct NoChannel: VFChannel {
  let pf: PCIFunction

  func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    .notVisible("this driver has no sriov folder; only the VF count is kept")
  }

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
