package import SystemPackage

/// Something that could not be done, told so that a person can act on it: what, which device, which value, the errno by
/// name, and the remedy.
package struct Failure: Error, Hashable, Sendable {
  /// What sort of thing went wrong; `Commands` turns it into an exit status.
  package enum Kind: String, Sendable {
    /// What a person wrote on the command line makes no sense.
    case usage
    /// A generation that cannot be read or must not be restored.
    case badSnapshot
    /// No such PF, no mlx5 PF with SR-IOV, no such generation.
    case notFound
    /// Nothing was saved, or nothing of this PF. For a unit that is no failure: there is nothing to do.
    case notSaved
    /// Something needed was not there when its deadline came.
    case unavailable
    /// A mistake of ours.
    case internalError
    /// A write failed, or did not read back.
    case writeFailed
    /// Another run has the PF or the store.
    case busy
    case notPermitted
    /// A rule forbids it.
    case refused
    /// SIGTERM or SIGINT came.
    case terminated
  }

  package let kind: Kind
  package let message: String
  package let remedy: String?
  /// The error of the system call that failed, for the service manager.
  package let errno: Errno?

  package init(_ kind: Kind, _ message: String, remedy: String? = nil, errno: Errno? = nil) {
    self.kind = kind
    self.message = message
    self.remedy = remedy
    self.errno = errno
  }
}

extension Failure: CustomStringConvertible {
  package var description: String { remedy.map { "\(message); \($0)" } ?? message }
}

extension Failure {
  package static let nothingSaved = Failure(
    .notSaved, "nothing was saved yet", remedy: "set the VFs up, then run: sriov-persist save")

  /// Without its RDMA device nobody can tell which card a PF is.
  package static func unidentified(_ what: String, bond: String? = nil) -> Failure {
    Failure(
      .unavailable, "\(what): its node GUID cannot be read",
      remedy: bond.map { "the bond \($0) has its RDMA device; take it out of the bond" }
        ?? "its RDMA device is not there; is mlx5_ib loaded? run: modprobe mlx5_ib")
  }

  package static func sriovOff(_ what: String, at address: PCIAddress) -> Failure {
    Failure(
      .notFound, "\(what): SR-IOV is off in its firmware",
      remedy: "run: mstconfig -d \(address.short) set SRIOV_EN=1 NUM_OF_VFS=4, then reboot")
  }
}
