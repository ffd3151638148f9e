import HostInterface
import Model

/// Whether programs can use the PF's RDMA device: libibverbs is asked to open it, for a moment.
extension Finding {
  static func verbs(_ survey: Survey) -> [Finding] {
    survey.pfs.compactMap { pf in
      guard let device = pf.pf.rdmaDevice else { return nil }
      do throws(NoPortEvents) {
        try survey.host.ports.watch(device, ringing: survey.host.tasks.makeBell()).stop()
        return ID.verbs.ok(pf.address, "libibverbs opens \(device)")
      } catch {
        switch error.reason {
        case .noProvider, .noUserAccess:
          return ID.verbs.problem(pf.address, "\(device): \(error.cause)", remedy: error.remedy ?? "")
        case .noSuchDevice, .failed:
          return ID.verbs.unknown(
            pf.address, "\(device): \(error.cause)", remedy: "see for yourself: ibv_devinfo -d \(device)")
        }
      }
    }
  }
}
