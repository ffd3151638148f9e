import Model
import Planning
import Testing

/// One PF with VFs, for saying briefly what is wanted and what is found.
private struct Sketch {
  var vfs = 4
  var guids = true
  var policy = VFPolicy.follow
  var autoprobe = true
  var driver: String? = VirtualFunction.ownDriver

  static let pf: PhysicalFunction = {
    guard let address = PCIAddress("b1:00.0") else { preconditionFailure("an address") }
    return PhysicalFunction(
      pciAddress: address, nodeGUID: try? GUID(0x0c42_a103_00b1_0000), boardID: "MT_8", deviceID: "1017",
      linkLayer: .infiniBand, rdmaDevice: "mlx5_0", netdev: "ibs21")
  }()

  private func values(_ index: Int) -> [VFAttribute: VFValue] {
    var values: [VFAttribute: VFValue] = [.policy: .policy(policy)]
    if guids, let node = try? GUID(0x0c42_a103_00b1_0100 + UInt64(index)) {
      values[.nodeGUID] = .guid(node)
      values[.portGUID] = .guid(node)
    }
    return values
  }

  var wanted: Adapter {
    Adapter(
      pf: Self.pf, driversAutoprobe: autoprobe,
      vfs: (0..<vfs).map { SavedVF(index: $0, driver: driver, attributes: values($0)) })
  }

  var found: Observation {
    Observation(
      pf: Self.pf, totalVFs: 8, vfCount: vfs, driversAutoprobe: autoprobe, attributesHidden: nil,
      vfs: (0..<vfs).map { index in
        var attributes: [VFAttribute: Reading] = [.nodeGUID: .unset, .portGUID: .unset]
        for (attribute, value) in values(index) { attributes[attribute] = .value(value) }
        let probed = driver == nil ? [:] : attributes.filter { $0.key.isIdentity }
        return VirtualFunction(
          index: index, pciAddress: Self.pf.pciAddress, driver: driver, attributes: attributes, probed: probed)
      })
  }
}

private func plan(_ wanted: Adapter, _ found: Observation) -> Plan {
  Plan(repairing: Drift(wanted: wanted, found: found), of: found)
}

@Suite struct PlanTests {
  @Test func `no drift, nothing to do`() {
    #expect(plan(Sketch().wanted, Sketch().found) == .nothing)
  }

  @Test func `from nothing: autoprobe off, count, identity before policy, autoprobe as saved, bind`() throws {
    let wanted = Sketch(vfs: 2).wanted
    let guids = wanted.vfs.compactMap { $0.attributes[.nodeGUID] }
    #expect(
      plan(wanted, Sketch(vfs: 0).found)
        == .steps(
          .init(
            steps: [
              .setDriversAutoprobe(false), .setVFCount(2),
              .setAttribute(.nodeGUID, guids[0], vf: 0), .setAttribute(.portGUID, guids[0], vf: 0),
              .setAttribute(.policy, .policy(.follow), vf: 0),
              .setAttribute(.nodeGUID, guids[1], vf: 1), .setAttribute(.portGUID, guids[1], vf: 1),
              .setAttribute(.policy, .policy(.follow), vf: 1),
              .setDriversAutoprobe(true),
              .bind(vf: 0, driver: "mlx5_core", overriding: false),
              .bind(vf: 1, driver: "mlx5_core", overriding: false),
            ], cleanUp: [.setDriversAutoprobe(true)])))
  }

  @Test func `autoprobe that was saved off stays off, and binds go by override`() {
    let plan = plan(Sketch(vfs: 1, guids: false, autoprobe: false).wanted, Sketch(vfs: 0).found)
    #expect(
      plan
        == .steps(
          .init(
            steps: [
              .setDriversAutoprobe(false), .setVFCount(1), .setAttribute(.policy, .policy(.follow), vf: 0),
              .bind(vf: 0, driver: "mlx5_core", overriding: true),
            ], cleanUp: [])))
  }

  @Test func `a run that was killed leaves autoprobe off: the plan ends with what was saved, not with what is found`() {
    var found = Sketch(driver: nil).found
    found.driversAutoprobe = false
    guard case .steps(let steps) = plan(Sketch().wanted, found) else {
      Issue.record("no steps")
      return
    }
    #expect(steps.steps.first == .setDriversAutoprobe(true))
    #expect(steps.steps.count == 5)
  }

  @Test func `policy alone is written under a bound VF, and nothing else`() {
    var found = Sketch().found
    found.vfs[2].attributes[.policy] = .value(.policy(.down))
    #expect(
      plan(Sketch().wanted, found)
        == .steps(.init(steps: [.setAttribute(.policy, .policy(.follow), vf: 2)], cleanUp: [])))
  }

  @Test func `unset is never written and never drift`() {
    #expect(plan(Sketch(guids: false).wanted, Sketch(guids: true).found) == .nothing)
  }

  @Test func `a VF whose own RDMA device is not to be seen is reported, and no drift`() {
    var found = Sketch().found
    found.vfs[1].probed = [:]
    let drift = Drift(wanted: Sketch().wanted, found: found)
    #expect(drift.isEmpty)
    #expect(drift.notVisible.count == 2)
    #expect(drift.notVisible.allSatisfy { $0.hasPrefix("VF 1: its RDMA device is not to be seen here") })
  }

  @Test(arguments: [0, 4]) func `saved attributes that this driver cannot reach are refused before the first write`(
    count: Int
  ) {
    var found = Sketch(vfs: count).found
    found.attributesHidden = "no folder"
    for index in found.vfs.indices {
      for attribute in VFAttribute.allCases { found.vfs[index].attributes[attribute] = .notVisible("no folder") }
    }
    guard case .refusal(let failure) = plan(Sketch().wanted, found) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.kind == .unavailable)
  }

  @Test func `an attribute that the driver cannot read is drift`() {
    var found = Sketch().found
    found.vfs[1].attributes[.policy] = .unreadable("EIO")
    #expect(Drift(wanted: Sketch().wanted, found: found).differences.map(\.vf) == [1])
  }

  @Test func `a count that lies is drift: the links count as well`() {
    var found = Sketch().found
    found.vfs.removeLast()
    #expect(Drift(wanted: Sketch().wanted, found: found).differences.first == .vfCount(wanted: 4, found: 3))
  }

  @Test(arguments: [1, 3, 5, 8]) func `another count that is not zero is refused`(count: Int) {
    guard case .refusal(let failure) = plan(Sketch(vfs: 4).wanted, Sketch(vfs: count).found) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.kind == .refused)
    #expect(failure.message.contains("has \(count) VFs, wanted 4"))
  }

  @Test func `zero is not reached by itself either`() {
    guard case .refusal = plan(Sketch(vfs: 0).wanted, Sketch(vfs: 4).found) else {
      Issue.record("not refused")
      return
    }
  }

  @Test func `more VFs than the firmware allows are refused with the command that helps`() {
    let found = Sketch(vfs: 0).found
    guard case .refusal(let failure) = plan(Sketch(vfs: 9).wanted, found) else {
      Issue.record("not refused")
      return
    }
    #expect(
      failure.description == """
        cannot create 9 VFs on 0000:b1:00.0 (mlx5_0): the firmware allows 8 (NUM_OF_VFS); \
        run: mstconfig -d b1:00.0 set NUM_OF_VFS=9, then reboot
        """)
  }

  @Test(arguments: [VFAttribute.nodeGUID, .portGUID]) func `a bound VF keeps its identity`(attribute: VFAttribute) {
    var found = Sketch().found
    found.vfs[1].attributes[attribute] = .unset
    guard case .refusal(let failure) = plan(Sketch().wanted, found) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.message.contains("VF 1"))
    #expect(failure.message.contains(attribute.name))
  }

  @Test func `a VF that was probed before it had its GUID is refused, not rebound`() {
    var found = Sketch().found
    found.vfs[3].probed[.nodeGUID] = .unset
    guard case .refusal(let failure) = plan(Sketch().wanted, found) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.message.contains("VF 3"))
  }

  @Test(arguments: [nil, "vfio-pci"]) func `a VF that another driver has is not taken from it`(wanted: String?) {
    var found = Sketch().found
    found.vfs[0].driver = "other"
    guard case .refusal = plan(Sketch(driver: wanted).wanted, found) else {
      Issue.record("not refused")
      return
    }
  }
}

@Suite struct MatchTests {
  private let saved = Sketch.pf

  private func moved(_ address: String, guid: UInt64? = nil) -> PhysicalFunction {
    var pf = saved
    if let address = PCIAddress(address) { pf.pciAddress = address }
    if let guid { pf.nodeGUID = try? GUID(guid) }
    return pf
  }

  @Test func `the same GUID at the same address`() {
    #expect(Match(saved, among: [moved("c1:00.0", guid: 0x2), saved]) == .found(saved, note: nil))
  }

  @Test func `the same GUID in another slot`() {
    guard case .found(let pf, let note?) = Match(saved, among: [moved("c1:00.0")]) else {
      Issue.record("not found")
      return
    }
    #expect(pf.pciAddress == PCIAddress("c1:00.0"))
    #expect(note.contains("moved"))
  }

  @Test func `another GUID at the address is a replaced card`() {
    guard case .refused(let failure) = Match(saved, among: [moved("b1:00.0", guid: 0x2)]) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.kind == .refused)
  }

  @Test func `two with the GUID`() {
    guard case .refused = Match(saved, among: [saved, moved("c1:00.0")]) else {
      Issue.record("not refused")
      return
    }
  }

  @Test func `without a readable GUID the address and the board decide`() {
    var unreadable = saved
    unreadable.nodeGUID = nil
    guard case .found(_, note: .some) = Match(saved, among: [unreadable]) else {
      Issue.record("not found")
      return
    }
    unreadable.boardID = nil
    guard case .absent(let failure) = Match(saved, among: [unreadable]) else {
      Issue.record("taken for it")
      return
    }
    #expect(failure.kind == .unavailable)
  }

  @Test func `a snapshot that knows neither GUID nor board fits no card`() {
    var nameless = saved
    (nameless.nodeGUID, nameless.boardID) = (nil, nil)
    guard case .absent(let failure) = Match(nameless, among: [saved]) else {
      Issue.record("taken for it")
      return
    }
    #expect(failure.kind == .unavailable)
  }

  @Test func `nothing there`() {
    guard case .absent(let failure) = Match(saved, among: []) else {
      Issue.record("found")
      return
    }
    #expect(failure.kind == .notFound)
  }
}
