import HostInterface
import Mlx5
import Model
import Planning
import SystemPackage

/// One saved adapter that a run is about, and the PF that it was found to be.
struct Target: Sendable {
  let adapter: Adapter
  let match: Match

  /// - Parameter otherHost: Why the snapshot is another host's, if it is.
  init(adapter: Adapter, on discovery: Discovery, of otherHost: Failure?, files: any FileTree) {
    self.adapter = adapter
    match = discovery.locate(adapter.pf, of: otherHost, files: files)
  }

  /// All adapters of a snapshot.
  static func all(of snapshot: Snapshot, on discovery: Discovery, _ host: Host) -> [Target] {
    let otherHost = snapshot.otherHost(than: host, with: discovery.pfs)
    return snapshot.adapters.map { Target(adapter: $0, on: discovery, of: otherHost, files: host.files) }
  }

  /// The adapters that `names` mean, each with what it is on this host; all of them without a name.
  ///
  /// - Throws: `Failure`: `notFound` for an unknown name, `notSaved` for a PF of which nothing is saved, `unavailable` for
  ///   one that may be a saved PF, but cannot be told.
  static func choose(
    _ names: [String], in snapshot: Snapshot, on discovery: Discovery, _ host: Host
  ) throws(Failure) -> [Target] {
    let all = Self.all(of: snapshot, on: discovery, host)
    guard !names.isEmpty else { return all }
    var chosen: Set<Int> = []
    for name in names {
      let meant = indexes(of: name, in: all, on: discovery)
      if meant.isEmpty {
        let pfs = try discovery.select([name])
        if all.allSatisfy({ $0.found == nil }), let other = snapshot.otherHost(than: host, with: discovery.pfs) {
          throw other.about("the PF \(pfs.map(\.description).joined(separator: ", ")) was not saved")
        }
        throw unsaved(name, pfs, all)
      }
      chosen.formUnion(meant)
    }
    return chosen.sorted().map { all[$0] }
  }

  /// What a name means: first the saved PF that is called so today; then one that was and is not here, or that is not taken
  /// for what is in its place or has its GUID. A name that moved to a PF of which nothing is saved never means the one that
  /// had it.
  private static func indexes(of name: String, in all: [Target], on discovery: Discovery) -> [Int] {
    let today = all.indices.filter { all[$0].found?.isCalled(name) == true }
    if !today.isEmpty { return today }
    let saved = all.indices.filter { all[$0].adapter.pf.isCalled(name) }
    let called = discovery.pfs.first { $0.isCalled(name) }
    let lost = all.indices.filter { index in
      all[index].found == nil
        && (saved.contains(index) || called?.isSameByIdentity(as: all[index].adapter.pf) == true)
    }
    return lost.isEmpty && called == nil ? saved : lost
  }

  /// Chooses what a run is about. Waits a while where a PF is there and its RDMA device is not yet, without which nobody
  /// can tell which card it is.
  ///
  /// - Throws: `Failure`, as `choose`.
  static func find(_ names: [String], in snapshot: Snapshot, _ wait: Wait) throws -> [Target] {
    let host = wait.host
    var discovery = try Discovery(host.files, host.netlink)
    var nameless: [PhysicalFunction] {
      discovery.pfs.filter { pf in pf.nodeGUID == nil && (names.isEmpty || names.contains { pf.isCalled($0) }) }
    }
    var isUndecided: Bool {
      !nameless.isEmpty
        && Target.all(of: snapshot, on: discovery, host).contains { target in
          // A MAC is told sooner than a node GUID, and is enough only where there is nothing better.
          target.found == nil
            || target.adapter.pf.nodeGUID != nil && nameless.contains { $0.pciAddress == target.found?.pciAddress }
        }
    }
    if isUndecided {
      host.devices.watch(ringing: wait.bell)
      let deadline = host.tasks.now() + rdmaDeviceLimit
      _ = try wait(
        for: { "waiting for the RDMA device of \(nameless.map(\.description).joined(separator: ", "))" },
        deadline: { deadline },
        until: {
          discovery = try Discovery(host.files, host.netlink)
          return !isUndecided || host.tasks.isTerminating
        })
    }
    return try choose(names, in: snapshot, on: discovery, host)
  }

  /// Waits a while where attributes are saved that can only be written through the PF's netdev, and that is not there yet:
  /// ib_ipoib may be loaded long after the RDMA device came (mlx5.md 10.3). What came of it shows when the PF is read.
  static func awaitNetdevs(of targets: [Target], within limit: Duration, _ wait: Wait) throws {
    let host = wait.host
    let concerned = targets.filter { target in target.adapter.vfs.contains { !$0.attributes.isEmpty } }
      .compactMap(\.found)
    var missing = try concerned.withoutNetdev(on: host)
    guard !missing.isEmpty else { return }
    host.devices.watch(ringing: wait.bell)
    let deadline = host.tasks.now() + limit
    _ = try wait(
      for: { "waiting for the netdev of \(missing.map(\.description).joined(separator: ", "))" },
      deadline: { deadline },
      until: {
        missing = try missing.withoutNetdev(on: host)
        return missing.isEmpty || host.tasks.isTerminating
      })
  }

  /// How long a PF's RDMA device may come after the PF's other devices.
  private static let rdmaDeviceLimit = Duration.seconds(30)

  var found: PhysicalFunction? {
    if case .found(let pf, _) = match { pf } else { nil }
  }

  /// Why it was not found.
  var absence: Failure? {
    switch match {
    case .found: nil
    case .absent(let failure), .refused(let failure): failure
    }
  }

  private static func unsaved(_ name: String, _ pfs: [PhysicalFunction], _ all: [Target]) -> Failure {
    let pf = pfs.map(\.description).joined(separator: ", ")
    let away = all.filter { $0.found == nil }.map(\.adapter.pf)
    if pfs.contains(where: { pf in away.contains { $0.isSameByIdentity(as: pf) == nil } }) {
      return .unidentified("cannot tell whether the PF \(pf) is a saved one")
    }
    return Failure(
      .notSaved, "the PF \(pf) was not saved", remedy: "set its VFs up, then run: sriov-persist save --pf \(name)")
  }
}

extension Discovery {
  /// Finds a saved PF on this host; one that is not there with the reason that the host shows for it.
  ///
  /// - Parameter otherHost: Why the snapshot is another host's, if it is: then nothing is taken for the PF by its place.
  func locate(_ saved: PhysicalFunction, of otherHost: Failure?, files: any FileTree) -> Match {
    if let otherHost, !saved.isHere(among: pfs) {
      let unknown = pfs.first { $0.pciAddress == saved.pciAddress && $0.isSameByIdentity(as: saved) == nil }
      guard let unknown else { return .refused(otherHost.about("the saved PF \(saved)")) }
      return .absent(.unidentified("cannot tell whether the PF \(unknown) is the saved one", bond: unknown.bond))
    }
    let match = Match(saved, among: pfs)
    guard case .absent(let failure) = match, failure.kind == .notFound else { return match }
    let address = saved.pciAddress
    if withoutSRIOV.contains(address) {
      return .absent(.sriovOff("the saved PF \(saved) cannot have VFs", at: address))
    }
    if vfsOfOthers.contains(address) {
      return .absent(
        Failure(
          .notFound, "the saved PF \(saved) is not on this host: in its place is a VF of another host's",
          remedy: "run it on the host of this virtual machine"))
    }
    guard (try? files.list(FilePath("/sys/bus/pci/devices/\(address)"))) != nil else {
      return .absent(
        Failure(
          .notFound, "the saved PF \(saved) is not on this host: there is no PCI function",
          remedy: "look whether the adapter is seated and powered: lspci -d 15b3:"))
    }
    if Self.isUnsupported(at: address, files) {
      return .absent(.unsupported("the saved PF \(saved) is not on this host: the adapter in its place"))
    }
    return .absent(
      Failure(
        .notFound, "the saved PF \(saved) has no driver",
        remedy: "run: modprobe mlx5_core; then look: lspci -s \(address) -k"))
  }
}

extension [PhysicalFunction] {
  fileprivate func withoutNetdev(on host: Host) throws(FileError) -> [PhysicalFunction] {
    var those: [PhysicalFunction] = []
    for pf in self where try PFDevice(pf, on: host).needsNetdev { those.append(pf) }
    return those
  }
}
