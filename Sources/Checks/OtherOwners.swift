import HostInterface
import Model

/// Whether other software is configured to create VFs on a PF as well.
extension Finding {
  static func otherOwners(_ survey: Survey) -> [Finding] {
    guard !survey.pfs.isEmpty else { return [] }
    let writes = BootWrite.all(on: survey.host.disk)
    return survey.pfs.flatMap { pf in
      let owners = Owner.others(of: pf.pf, on: survey.host.disk, writes)
      guard !owners.isEmpty else {
        return [
          Owner.closedFile(on: survey.host.disk).map {
            ID.otherOwners.unknown(
              pf.address, "no other software is seen that creates VFs here, but \($0)", remedy: "run it as root")
          } ?? ID.otherOwners.ok(pf.address, "no other software creates VFs here")
        ]
      }
      return owners.map { owner in
        ID.otherOwners.warning(
          pf.address, owner.warning,
          remedy: "configure only one of them to create VFs: remove it from \(owner.place), "
            + "or leave the PF to it: sriov-persist forget \(pf.address)")
      }
    }
  }
}
