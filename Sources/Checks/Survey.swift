import Docker
import Fabric
import HostInterface
import Mlx5
import Model
import SystemPackage

/// What is read once of a host for all that is checked.
struct Survey: Sendable {
  let host: Host
  let discovery: Result<Discovery, FileError>
  let pfs: [SurveyedPF]
  let docker: DockerSurvey

  init(of host: Host, dockerSocket: FilePath, saved: Snapshot?, holder: (PCIAddress) -> LockHolder?) {
    self.host = host
    discovery = Result { () throws(FileError) in try Discovery(host.files) }
    pfs = ((try? discovery.get())?.pfs ?? []).map { SurveyedPF($0, on: host, saved: saved, holder: holder) }
    docker = DockerSurvey(of: host, over: dockerSocket)
  }

  /// PFs whose firmware has SR-IOV switched off.
  var withoutSRIOV: [PCIAddress] { (try? discovery.get())?.withoutSRIOV ?? [] }

  /// Docker's networks on a PF or one of its VFs.
  ///
  /// - Parameter isPassthrough: Whether those of mode `passthrough` are meant, which need no VF, or all others.
  func networks(on pf: SurveyedPF, passthrough isPassthrough: Bool = false) -> [String] {
    docker.answer?.networks.filter { $0.netdevice?.pf == pf.address && $0.isPassthrough == isPassthrough }.map(\.name)
      ?? []
  }

  /// Whether another PF is there for VFs and this one is not: it is then as it is meant to be without any.
  func isUnused(_ pf: SurveyedPF) -> Bool { !isUsed(pf) && pfs.contains(where: isUsed) }

  private func isUsed(_ pf: SurveyedPF) -> Bool {
    pf.vfCount > 0 || pf.isBeingRestored || pf.savedCount > 0 || !networks(on: pf).isEmpty
  }

  /// Where a person finds what the machine is set to.
  var placeOfSettings: String {
    Processor.isInVirtualMachine(host.files) ? "on the host of this virtual machine" : "in the BIOS"
  }
}

/// What is read once of a PF.
struct SurveyedPF: Sendable {
  let pf: PhysicalFunction
  /// Made without its lock: `sriov_numvfs` is never read.
  let observation: Result<Observation, Unseen>
  let port: PortReading
  /// Whether its driver has MLNX_OFED's files; nil where that cannot be told.
  let hasFiles: Bool?
  /// How many VFs a restore makes.
  let savedCount: Int

  /// Why its VFs could not be looked at.
  enum Unseen: Error {
    /// What is seen meanwhile is not what will be.
    case beingRestored(LockHolder)
    case unreadable(FileError)
  }

  init(_ pf: PhysicalFunction, on host: Host, saved: Snapshot?, holder: (PCIAddress) -> LockHolder?) {
    self.pf = pf
    let device = PFDevice(pf, on: host)
    let before = holder(pf.pciAddress)
    let found = Result { () throws(FileError) in try device.observe(holdingLock: false) }
    let current = before ?? holder(pf.pciAddress)
    observation = current.map { .failure(.beingRestored($0)) } ?? found.mapError(Unseen.unreadable)
    port = PortFiles(of: pf.pciAddress, files: host.files).read()
    hasFiles = try? device.hasFiles
    savedCount = saved?.adapters.first { $0.pf.isSame(as: pf) }?.vfs.count ?? 0
  }

  var address: PCIAddress { pf.pciAddress }

  /// 0 where it cannot be told.
  var vfCount: Int { (try? observation.get())?.vfCount ?? 0 }

  var isBeingRestored: Bool {
    if case .failure(.beingRestored) = observation { true } else { false }
  }

  /// What one finding is made of the VFs; *unknown* where they cannot be looked at.
  func vfs(_ id: Finding.ID, _ find: (Observation) -> [Finding]) -> [Finding] {
    switch observation {
    case .success(let observation): find(observation)
    case .failure(.unreadable(let error)): [id.unknown(address, "\(error)", remedy: "see: journalctl -k -g mlx5")]
    case .failure(.beingRestored(let holder)):
      [id.unknown(address, "a restore is under way (\(holder))", remedy: "check again once it has ended")]
    }
  }
}
