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

  init(of host: Host, dockerSocket: FilePath) {
    self.host = host
    discovery = Result { () throws(FileError) in try Discovery(host.files) }
    pfs = ((try? discovery.get())?.pfs ?? []).map { SurveyedPF($0, on: host) }
    docker = DockerSurvey(of: host, over: dockerSocket)
  }

  /// PFs whose firmware has SR-IOV switched off.
  var withoutSRIOV: [PCIAddress] { (try? discovery.get())?.withoutSRIOV ?? [] }

  /// Whether somebody made VFs on any PF: one without is then as it is meant to be.
  var hasVFs: Bool { pfs.contains { $0.vfCount > 0 } }
}

/// What is read once of a PF.
struct SurveyedPF: Sendable {
  let pf: PhysicalFunction
  /// Made without its lock: `sriov_numvfs` is never read.
  let observation: Result<Observation, FileError>
  let port: PortReading
  /// Whether its driver has MLNX_OFED's files; nil where that cannot be told.
  let hasFiles: Bool?

  init(_ pf: PhysicalFunction, on host: Host) {
    self.pf = pf
    let device = PFDevice(pf, on: host)
    observation = Result { () throws(FileError) in try device.observe(holdingLock: false) }
    port = PortFiles(of: pf.pciAddress, files: host.files).read()
    hasFiles = try? device.hasFiles
  }

  var address: PCIAddress { pf.pciAddress }

  /// 0 where it cannot be told.
  var vfCount: Int { (try? observation.get())?.vfCount ?? 0 }

  /// What one finding is made of the VFs; *unknown* where they cannot be read.
  func vfs(_ id: Finding.ID, _ find: (Observation) -> [Finding]) -> [Finding] {
    switch observation {
    case .success(let observation): find(observation)
    case .failure(let error): [id.unknown(address, "\(error)", remedy: "see: journalctl -k -g mlx5")]
    }
  }
}
