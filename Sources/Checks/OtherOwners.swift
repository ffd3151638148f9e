import HostInterface
import Model

/// Whether other programs are set up to make VFs on a PF as well.
extension Finding {
  static func otherOwners(_ survey: Survey) -> [Finding] {
    survey.pfs.flatMap { pf in
      let owners = Owner.others(of: pf.pf, on: survey.host)
      guard !owners.isEmpty else {
        return [
          Owner.closedFile(on: survey.host.disk).map {
            ID.otherOwners.unknown(pf.address, "nobody else is seen, but \($0)", remedy: "run it as root")
          } ?? ID.otherOwners.ok(pf.address, "nobody else is set up to make VFs here")
        ]
      }
      return owners.map { owner in
        ID.otherOwners.warning(
          pf.address, "others are set up to make VFs here: \(owner)",
          remedy: "let one of the two do it: take it out of \(owner.place), or leave the PF to it")
      }
    }
  }
}
