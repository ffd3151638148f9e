import Agent
import Foundation
import HostInterface
import Model
import Planning
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// A read that fails is no reason to touch a VF.
@Suite struct UnreliableReadTests {
  enum Kind: String, CaseIterable {
    case files, netlink, ethernetFiles, ethernetNetlink

    func setUp() throws -> Simulation {
      switch self {
      case .files: try .setUp()
      case .netlink: try .setUpInbox()
      case .ethernetFiles: try .setUpEthernet(files: true)
      case .ethernetNetlink: try .setUpEthernet(files: false)
      }
    }

    fileprivate func saved() throws -> Simulation {
      let simulation = try setUp()
      _ = try Save(on: simulation.host).run([], acceptLoss: false)
      simulation.kernel.forgetStores()
      return simulation
    }
  }

  private func restore(
    _ simulation: Simulation, files: (any FileTree)? = nil, netlink: (any NetlinkSocket)? = nil,
    on authority: Authority = .person
  ) throws -> Report {
    var host = simulation.host
    if let files { host.files = files }
    if let netlink { host.netlink = netlink }
    return try RestoreVFs(on: host).run([], on: authority).reports[0]
  }

  /// - Parameter times: How often it fails; nil means always.
  private func failing(_ simulation: Simulation, times: Int?, _ errno: Errno) -> Meddler {
    let (kernel, failures) = (simulation.kernel, Counter())
    return Meddler { request throws(NetlinkError) in
      if request.command.name == "RTM_GETLINK", failures.next(below: times ?? .max) != nil {
        throw NetlinkError(request, errno)
      }
      return try kernel.exchange(request)
    }
  }

  @Test(
    arguments: [Kind.netlink, .ethernetNetlink],
    [Errno.ioError, .noBufferSpace, .interrupted, .operationNotSupportedByDevice])
  func `replies by netlink that fail are asked for again`(kind: Kind, errno: Errno) throws {
    let simulation = try kind.saved()
    let report = try restore(simulation, netlink: failing(simulation, times: 3, errno))
    #expect(report.result == .unchanged, "\(report.failure?.description ?? "")")
    #expect(report.notVisible.isEmpty)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test(arguments: [Kind.netlink, .ethernetNetlink], [true, false])
  func `a netlink that fails for good is named, and no VF is touched`(kind: Kind, isPerson: Bool) throws {
    let simulation = try kind.saved()
    let before = simulation.kernel.machine
    let report = try restore(
      simulation, netlink: failing(simulation, times: nil, .ioError), on: isPerson ? .person : .unattended)
    #expect(report.result == .failed)
    #expect(report.failure?.kind == .unavailable)
    let attribute = kind == .netlink ? "policy" : "MAC"
    #expect(report.failure?.message.contains("VF 0: \(attribute) cannot be read: EIO") == true, "\(report.failure!)")
    #expect(simulation.kernel.stores.isEmpty)
    #expect(simulation.kernel.machine == before)
  }

  /// A file that cannot be read, below the PF or VF 1, and what is said of it.
  private static let places: [(Kind, String, String)] = [
    (.files, "sriov/1/node", "VF 1: node GUID cannot be read: EIO"),
    (.files, "sriov/1/port", "VF 1: port GUID cannot be read: EIO"),
    (.files, "sriov/1/policy", "VF 1: policy cannot be read: EIO"),
    (.files, "0000:b1:00.2/infiniband/mlx5_2/node_guid", "VF 1: identity of its RDMA device cannot be read: EIO"),
    (
      .netlink, "0000:b1:00.2/infiniband/mlx5_2/ports/1/gids/0", "VF 1: identity of its RDMA device cannot be read: EIO"
    ),
    (.ethernetFiles, "sriov/1/config", "VF 1: MAC cannot be read: EIO"),
    (
      .ethernetNetlink, "0000:b1:00.2/infiniband/mlx5_2/node_guid",
      "VF 1: identity of its RDMA device cannot be read: EIO"
    ),
    (.files, "sriov_numvfs", "sriov_numvfs: EIO"),
    (.netlink, "sriov_drivers_autoprobe", "sriov_drivers_autoprobe: EIO"),
    (.ethernetFiles, "sriov_totalvfs", "sriov_totalvfs: EIO"), (.netlink, "netns_mode", "netns_mode: EIO"),
  ]

  @Test(arguments: places, [0, 3, Int.max])
  func `a file that cannot be read is read again, then named, and no VF is touched`(
    place: (kind: Kind, file: String, words: String), times: Int
  ) throws {
    let simulation = try place.kind.saved()
    let failures = Counter()
    let files = MeddledFiles(simulation.host.files) { path throws(Errno) in
      if path.string.hasSuffix("/\(place.file)"), failures.next(below: times) != nil { throw .ioError }
    }
    // The choice of PFs reads some of these, too, and a run ends where they cannot be read.
    let report: Report?
    do { report = try restore(simulation, files: files) } catch {
      #expect(Failure(error).message.contains(place.words) && times > 0)
      report = nil
    }
    #expect(simulation.kernel.stores.isEmpty)
    if let report {
      #expect((report.result == .unchanged) == (times < 5), "\(report.failure?.description ?? "")")
      #expect(
        (report.failure?.message.contains(place.words) == true) == (times >= 5), "\(report.failure?.description ?? "")")
    }
  }

  @Test(arguments: [
    ("sriov_numvfs", ""), ("sriov_numvfs", "four\n"), ("sriov_drivers_autoprobe", ""), ("sriov/1/policy", "Foll"),
  ])
  func `an answer that is none is an error too`(file: String, text: String) throws {
    let simulation = try Kind.files.saved()
    let files = AnsweringFiles(files: simulation.host.files, suffix: "/\(file)", answer: text)
    let report = try restore(simulation, files: files)
    #expect(report.failure?.kind == .unavailable)
    #expect(simulation.kernel.stores.isEmpty)
  }

  /// As long as the failure lasts, a VF that really differs is not touched either, and the others are mended.
  @Test func `one VF that cannot be read costs no other one its repair`() throws {
    let simulation = try Kind.files.saved()
    simulation.kernel.update { machine in
      for vf in 1...2 { machine.adapters[0].vfs[vf].probedNodeGUID = 0 }
    }
    let files = MeddledFiles(simulation.host.files) { path throws(Errno) in
      if path.string.hasSuffix("/sriov/1/port") { throw .ioError }
    }
    let report = try restore(simulation, files: files)
    #expect(report.failure?.message.contains("VF 1: port GUID cannot be read: EIO") == true)
    #expect(report.steps.map(\.words) == ["VF 2: unbind from mlx5_core", "VF 2: bind to mlx5_core"])
    #expect(try restore(simulation).steps.map(\.words) == ["VF 1: unbind from mlx5_core", "VF 1: bind to mlx5_core"])
  }

  @Test func `an identity that was written and cannot be read back costs the VF no driver`() throws {
    let simulation = try Kind.files.saved()
    for vf in 0..<4 { simulation.kernel.update { $0.adapters[0].contexts[vf].nodeGUID ^= 0xff } }
    let kernel = simulation.kernel
    let files = MeddledFiles(simulation.host.files) { path throws(Errno) in
      let isWritten = kernel.stores.contains { $0.path.lastComponent?.string == "node" }
      if isWritten && path.lastComponent?.string == "node" { throw .ioError }
    }
    let report = try restore(simulation, files: files)
    #expect(report.failure?.message.contains("was written and cannot be read back: EIO") == true, "\(report.failure!)")
    #expect(report.result == .failed)
    #expect(kernel.machine.adapters[0].vfs.allSatisfy { $0.driver == "mlx5_core" })
    #expect(kernel.stores.filter { $0.path.lastComponent?.string == "unbind" }.count == 1)
    #expect(try restore(simulation).result == .restored)
  }

  @Test(arguments: Kind.allCases) func `nothing is saved without what a second read shows`(kind: Kind) throws {
    let simulation = try kind.setUp()
    let whole = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters
    let failures = Counter()
    var host = simulation.host
    host.netlink = failing(simulation, times: 2, .ioError)
    host.files = MeddledFiles(simulation.host.files) { path throws(Errno) in
      if path.string.contains("/sriov/2/"), failures.next(below: 2) != nil { throw .ioError }
    }
    let again = try Save(on: host).run([], acceptLoss: true)
    #expect(again.snapshot.adapters == whole)
  }

  // MARK: Whatever fails, and wherever

  /// As saved, with the time before, of which stale answers are.
  private static let hosts: [Kind: Saved] = {
    var hosts: [Kind: Saved] = [:]
    for kind in Kind.allCases {
      guard let simulation = try? kind.saved() else { preconditionFailure("\(kind) cannot be set up") }
      let (machine, files) = (simulation.kernel.machine, simulation.disk.files)
      simulation.reboot()
      let blank = simulation.kernel.machine
      // VFs just made, bound, and with nothing of their own.
      try? simulation.write("4", to: "sriov_numvfs", of: blank.adapters[0])
      hosts[kind] = Saved(machine: machine, disk: files, earlier: [blank, simulation.kernel.machine])
    }
    return hosts
  }()

  private struct Saved {
    let machine: Machine
    let disk: [String: SimulatedDisk.File]
    let earlier: [Machine]
  }

  /// How many runs on each kind of host: `UNRELIABLE_READS=25000 swift test --filter UnreliableReadTests` for more.
  private static let runs = ProcessInfo.processInfo.environment["UNRELIABLE_READS"].flatMap { UInt64($0) } ?? 500

  @Test(arguments: Kind.allCases) func `whatever reads fail of a host as saved, nothing is unbound, written or removed`(
    kind: Kind
  ) throws {
    var faults = 0
    var results: [Report.Result: Int] = [:]
    for seed in 1...Self.runs {
      let host = try #require(Self.hosts[kind])
      let simulation = Simulation(host.machine, files: host.disk)
      let earlier = SimulatedKernel(host.earlier[Int(seed / 2 % 2)], tasks: simulation.tasks)
      let reads = UnreliableReads(simulation.kernel, earlier: earlier, seed: seed)
      do {
        let report = try restore(
          simulation, files: reads, netlink: reads, on: seed.isMultiple(of: 2) ? .unattended : .person)
        results[report.result, default: 0] += 1
        #expect(report.failure?.kind != .internalError, "\(kind) \(seed): \(report.failure?.description ?? "")")
        if report.result == .unchanged {
          let missed = report.notVisible.filter { $0.isFailure || $0.attribute?.isIdentity != false }
          #expect(missed.isEmpty, "\(kind) \(seed): \(missed)")
        }
      } catch {
        #expect(Failure(error).kind != .internalError, "\(kind) \(seed): \(error)")
      }
      #expect(
        simulation.kernel.stores.isEmpty, "\(kind) \(seed): \(simulation.kernel.stores.map { "\($0.path) \($0.text)" })"
      )
      #expect(simulation.kernel.machine == host.machine, "\(kind) \(seed)")
      faults += reads.faults
    }
    print("unreliable reads, \(kind): \(Self.runs) runs, \(faults) faults, \(results)")
    #expect(results[.unchanged] ?? 0 > Int(Self.runs) / 20)
    #expect(results[.restored] == nil)
  }
}

/// A kernel's files, one of which gives another answer.
private struct AnsweringFiles: FileTree {
  let files: any FileTree
  let suffix: String
  let answer: String

  func read(_ path: FilePath) throws(FileError) -> String {
    path.string.hasSuffix(suffix) ? answer : try files.read(path)
  }

  func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try files.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try files.link(path) }
  func inode(_ path: FilePath) throws(FileError) -> UInt64 { try files.inode(path) }
}
