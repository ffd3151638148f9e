import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage

/// The restore of networks, with Docker's lock held: look → plan → apply → look.
struct NetworkRestore {
  let session: DockerSession
  let configuration: Configuration
  let snapshot: Snapshot
  let generation: Int
  let places: Places

  var host: Host { session.host }
  private var isReplacing: Bool { session.authority == .replacing }

  var pluginStart: PluginStart {
    PluginStart(session: session, snapshot: snapshot, places: places, limit: configuration.dockerLimit)
  }

  func run(_ all: [ContainerNetwork]) throws -> RestoreDocker.Result {
    var result = RestoreDocker.Result(generation: generation)
    let networks = all.filter { !isAway($0, &result) }
    var problems: [String: Failure] = [:]
    for network in networks {
      problems[network.name] = try problem { try verifyVFs(below: network) }
    }
    for network in networks where problems[network.name] == nil {
      problems[network.name] = try problem {
        if let place = try places.place(of: network) { result.notes += try takeBack(on: place) }
      }
    }
    var obstacle: Failure?
    if problems.count < networks.count {
      obstacle = try problem { result.notes += try pluginStart.run() }
    }
    for network in networks {
      let pf = try? places.place(of: network)?.pf
      var report = RestoreDocker.NetworkReport(name: network.name, pf: pf)
      report.failure = try problems[network.name] ?? obstacle ?? problem { try restore(network, &report) }
      report.result =
        switch report.failure?.kind {
        case nil: report.steps.isEmpty ? .unchanged : .restored
        case .refused: .refused
        default: .failed
        }
      result.networks.append(report)
    }
    return result
  }

  /// Starts the containers on the networks that are usable, and verifies the VFs once more. Without Docker's lock: no other
  /// PF's networks wait for this one's containers. Whoever starts a PF's containers starts all of them.
  func startContainers(_ result: inout RestoreDocker.Result) throws {
    let usable = result.networks.filter { $0.failure == nil }
    let start = ContainerStart(session: session, snapshot: snapshot) { name in
      try usable.contains { $0.name == name } || isUsable(name)
    }
    result.obstacle = try problem {
      for pf in Set(usable.compactMap(\.pf?.pciAddress)).sorted() {
        let names = usable.filter { $0.pf?.pciAddress == pf }.map(\.name)
        do {
          try Locks(host.disk).withContainers(on: pf) { try start.run(on: names, &result) }
        } catch let failure as Failure where failure.kind == .busy {
          result.notes.append("the containers on \(pf) are not started: \(failure.message)")
        }
      }
    }
    if result.hasChanged { try verifyAgain(&result) }
  }

  /// A unit has nothing to do for a PF that is not there: its own units do when it comes.
  private func isAway(_ network: ContainerNetwork, _ result: inout RestoreDocker.Result) -> Bool {
    guard session.authority == .unattended else { return false }
    do throws(Failure) {
      _ = try places.place(of: network)
      return false
    } catch {
      if error.kind == .notFound { result.notes.append("network \(network.name): \(error.message)") }
      return error.kind == .notFound
    }
  }

  /// What goes wrong with one network is that network's; a signal ends all.
  func problem(_ body: () throws -> Void) throws(Failure) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      let failure = Failure(error)
      if failure.kind == .terminated { throw failure }
      guard failure.kind == .notFound else { return failure }
      // What was there a moment ago may be there again when a unit tries next.
      return Failure(.unavailable, failure.message, remedy: failure.remedy, errno: failure.errno)
    }
  }

  // MARK: VFs

  /// A network of mode `passthrough` needs none.
  func verifyVFs(below network: ContainerNetwork) throws {
    let place = try places.place(of: network)
    if let place, !network.isPassthrough { try verify(place) }
  }

  func verify(_ place: (adapter: Adapter, pf: PhysicalFunction)) throws {
    let host = host
    try session.ask("\(place.pf): verifying its VFs") { _ in
      try Locks(host.disk).withPF(place.pf) { try Self.check(place, host) }
    }
  }

  /// The look without which nothing is created: the caller holds the PF's lock then.
  static func check(
    _ place: (adapter: Adapter, pf: PhysicalFunction), holdingLock: Bool = true, _ host: Host
  ) throws {
    let found = try PFDevice(place.pf, on: host).observe(holdingLock: holdingLock)
    let drift = Drift(wanted: place.adapter, found: found)
    if let failure = drift.notVisible.failure(on: place.pf) { throw failure }
    guard drift.isEmpty else {
      throw Failure(
        .unavailable, "\(place.pf): its VFs are not as saved: \(drift.differences.lines.joined(separator: ", "))",
        remedy: "run: sriov-persist restore vfs --pf \(place.pf.pciAddress)")
    }
    guard found.vfCount > 0 else {
      throw Failure(
        .refused, "\(place.pf) was saved without VFs: the network plugin would make all of them",
        remedy: "make the VFs, then run: sriov-persist save")
    }
  }

  private func verifyAgain(_ result: inout RestoreDocker.Result) throws {
    for index in result.networks.indices where result.networks[index].failure == nil {
      let network = snapshot.networks?.first { $0.name == result.networks[index].name }
      result.networks[index].failure = try problem { if let network { try verifyVFs(below: network) } }
      if result.networks[index].failure != nil { result.networks[index].result = .failed }
    }
  }

  // MARK: Networks

  private func restore(_ network: ContainerNetwork, _ report: inout RestoreDocker.NetworkReport) throws {
    var findings = try look(at: network)
    let plan = try plan(network, findings)
    if let refusal = plan.refusal { throw refusal }
    for step in plan.steps {
      let record = try attempt(step, network)
      report.steps.append(record)
      if record.failure != nil { break }
    }
    if !plan.steps.isEmpty {
      // Neither success nor failure of a call proves anything: only what is there counts.
      findings = try look(at: network)
      let left = try self.plan(network, findings)
      let failure = report.steps.compactMap(\.failure).first
      guard left.steps.isEmpty, left.refusal == nil else {
        throw failure ?? left.refusal
          ?? Failure(.writeFailed, "network \(network.name): still to be done: \(left.steps[0])")
      }
      if let failure { report.notes.append("right all the same: \(failure.message)") }
    }
    if let problem = findings.problemOfForgottenContainers { report.notes.append("\(problem)") }
    try reconnect(network, &report)
  }

  func plan(_ network: ContainerNetwork, _ findings: NetworkFindings) throws -> NetworkPlan {
    var vfs: Observation?
    if isReplacing, let place = try places.place(of: network) {
      let host = host
      vfs = try session.ask("\(place.pf): looking for who uses its VFs") { _ in
        try PFDevice(place.pf, on: host).observe(holdingLock: false, lookingForUsers: true)
      }
    }
    return NetworkPlan(restoring: try places.today(network), findings, on: vfs, replacing: isReplacing)
  }

  func look(at network: ContainerNetwork) throws -> NetworkFindings {
    let (look, pf) = (session.look, try places.place(of: network)?.pf)
    return try session.ask("looking at network \(network.name)") { deadline in
      try look.findings(of: network, on: pf, until: deadline)
    }
  }

  /// Of a network that this run is not about. Its PF is another run's: nothing is held, or that one would fail.
  private func isUsable(_ name: String) throws -> Bool {
    guard let network = snapshot.networks?.first(where: { $0.name == name }) else { return true }
    let host = host
    return try problem {
      if let place = try places.place(of: network), !network.isPassthrough {
        if let holder = try Locks(host.disk).holder(ofPF: place.pf.pciAddress) {
          throw Failure(.busy, "\(place.pf): restore in progress (\(holder))")
        }
        try session.ask("\(place.pf): verifying its VFs") { _ in try Self.check(place, holdingLock: false, host) }
      }
      let plan = try plan(network, try look(at: network))
      if !plan.steps.isEmpty || plan.refusal != nil { throw Failure(.unavailable, "network \(name) is not usable") }
    } == nil
  }
}

extension RestoreDocker.Result {
  fileprivate var hasChanged: Bool { !containers.isEmpty || networks.contains { !$0.steps.isEmpty } }
}
