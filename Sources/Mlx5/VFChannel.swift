import HostInterface
import Model
import SystemPackage

/// One way to read and write the attributes of a PF's VFs. Chosen by what the PF offers, never by the driver's brand.
protocol VFChannel {
  /// What is said of each of these VFs, by their numbers.
  func read(_ vfs: [Int]) -> [Int: [VFAttribute: Reading]]

  /// What is said of one attribute.
  func read(_ attribute: VFAttribute, vf: Int) -> Reading

  /// - Throws: `FileError` or `NetlinkError` when the kernel refuses; `Failure` (`unavailable`) where there is no way.
  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws

  /// Whether a GUID that it does not know may be there all the same, and the VF's own RDMA device is to be asked.
  var forgetsGUIDs: Bool { get }

  /// The netdev that it goes through, if it does.
  var netdev: String? { get }

  /// Why it can neither read nor write; nil when it can.
  var obstacle: String? { get }
}

extension VFChannel {
  var forgetsGUIDs: Bool { false }
  var netdev: String? { nil }
  var obstacle: String? { nil }

  func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    read([vf])[vf]?[attribute] ?? .notVisible("there is no such VF")
  }
}

/// A PF whose VFs' attributes cannot be reached.
struct NoChannel: VFChannel {
  let pf: PCIFunction
  let linkLayer: LinkLayer?
  let reason: String

  var obstacle: String? { reason }
  var forgetsGUIDs: Bool { true }

  func read(_ vfs: [Int]) -> [Int: [VFAttribute: Reading]] {
    vfs.readings(on: linkLayer) { _, _ in .notVisible(reason) }
  }

  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws {
    throw Failure(.unavailable, "\(pf.address): VF \(vf): \(attribute.name) cannot be written: \(reason)")
  }
}

extension [Int] {
  /// One reading of each attribute that the VFs with these numbers have.
  func readings(on linkLayer: LinkLayer?, _ read: (VFAttribute, Int) -> Reading) -> [Int: [VFAttribute: Reading]] {
    Dictionary(
      uniqueKeysWithValues: self.map { vf in
        (vf, Dictionary(uniqueKeysWithValues: VFAttribute.all(on: linkLayer).map { ($0, read($0, vf)) }))
      })
  }
}
