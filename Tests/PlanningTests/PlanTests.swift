import Model
import Planning
import TestSupport
import Testing

@Suite struct PlanTests {
  @Test(arguments: planTable) func `the plan of each row`(row: PlanRow) {
    let plan = Plan(repairing: Drift(wanted: row.wanted, found: row.found), of: row.found, on: row.authority)
    #expect(plan.steps.map(\.description) == row.steps)
    #expect((plan.refusal == nil) == (row.refusal == nil), "\(plan.refusal?.description ?? "not refused")")
    if let words = row.refusal { #expect(plan.refusal?.description.contains(words) == true, "\(plan.refusal!)") }
  }

  @Test func `what is switched off on the way is switched on by the clean-up`() {
    let plan = Plan(
      repairing: Drift(wanted: Sketch().wanted, found: Sketch(vfs: 0).found), of: Sketch(vfs: 0).found, on: .unattended)
    #expect(plan.cleanUp == [.setDriversAutoprobe(true)])
  }

  @Test func `a VF whose own RDMA device is not to be seen is reported, and no drift`() {
    var found = Sketch().found
    found.vfs[1].probed = [:]
    found.vfs[1].holder = "its netdev is in another network namespace"
    let drift = Drift(wanted: Sketch().wanted, found: found)
    #expect(drift.isEmpty)
    #expect(
      drift.notVisible.map(\.description) == [
        "VF 1: identity of its RDMA device not compared: its netdev is in another network namespace"
      ])
  }

  @Test func `what failed to be read is no drift, and not as saved either`() {
    var found = Sketch().found
    found.vfs[2].attributes[.policy] = .unreadable("EIO")
    found.vfs[3].probed[.nodeGUID] = .unreadable("EINVAL")
    let drift = Drift(wanted: Sketch().wanted, found: found)
    #expect(drift.isEmpty && !drift.isAsSaved)
    #expect(
      drift.notVisible.map(\.description) == [
        "VF 2: policy cannot be read: EIO", "VF 3: identity of its RDMA device cannot be read: EINVAL",
      ])
    #expect(drift.notVisible.failure(on: found.pf)?.kind == .unavailable)
  }

  /// Whatever is saved and whatever is found.
  @Test(arguments: 1...2000) func `no held VF is ever gone, unbound or given another identity`(seed: UInt64) {
    var dice = Dice(seed: seed)
    let wanted = Adapter.any(&dice)
    let found = Observation.any(&dice)
    let authority: Authority = Bool.random(using: &dice) ? .unattended : .person
    let plan = Plan(repairing: Drift(wanted: wanted, found: found), of: found, on: authority)
    let drift = Drift(wanted: wanted, found: found)
    // VFs that are made anew have been neither in use nor read before.
    let isMadeAnew = plan.steps.contains { if case .setVFCount = $0 { true } else { false } }
    let unread = isMadeAnew ? [] : drift.notVisible.unread.map(\.vf)
    let held = Set(found.vfs.filter { $0.holder != nil }.map(\.index) + unread)
    for step in plan.steps {
      switch step {
      case .removeVFs(let evenIfHeld):
        #expect(found.vfs.allSatisfy { $0.holder == nil } && !evenIfHeld)
        #expect(authority == .person, "a unit never goes through zero")
      case .unbind(let vf, _, _, let evenIfHeld): #expect(!held.contains(vf) && !evenIfHeld)
      case .setAttribute(let attribute, _, let vf, _): #expect(!(held.contains(vf) && attribute.isKeptWhileHeld))
      case .setVFCount: #expect(found.vfs.isEmpty || plan.steps.contains(.removeVFs(evenIfHeld: false)))
      case .takeBack(_, _, let vf), .bind(let vf, _, _): #expect(!held.contains(vf))
      case .setDriversAutoprobe: break
      }
    }
    // Nothing is passed over in silence either: what was not read is a failure of the run.
    if drift.notVisible.unread.isEmpty { #expect(drift.isEmpty == (plan.steps.isEmpty && plan.refusal == nil)) }
  }
}

extension Sketch {
  fileprivate static func any(_ dice: inout Dice) -> Sketch {
    Sketch(
      vfs: .random(in: 0...6, using: &dice), guids: .random(using: &dice),
      policy: VFPolicy.allCases.randomElement(using: &dice) ?? .up, autoprobe: .random(using: &dice))
  }
}

extension Adapter {
  fileprivate static func any(_ dice: inout Dice) -> Adapter {
    var adapter = Sketch.any(&dice).wanted
    for index in adapter.vfs.indices where Int.random(in: 0..<4, using: &dice) == 0 {
      adapter.vfs[index].driver = [nil, "vfio-pci"].randomElement(using: &dice) ?? nil
    }
    return adapter
  }
}

extension Observation {
  fileprivate static func any(_ dice: inout Dice) -> Observation {
    var found = Sketch.any(&dice).found
    for index in found.vfs.indices {
      switch Int.random(in: 0..<8, using: &dice) {
      case 0: found.vfs[index].driver = nil
      case 1:
        found.vfs[index].driver = "vfio-pci"
        found.vfs[index].holder = "vfio-pci has it"
      case 2: found.vfs[index].holder = "its netdev is in another network namespace"
      case 3: found.vfs[index].attributes[.nodeGUID] = .unset
      case 4: found.vfs[index].probed[.portGUID] = .unset
      case 5:
        found.vfs[index].attributes[VFAttribute.all(on: .infiniBand).randomElement(using: &dice) ?? .policy] =
          .unreadable("EIO")
      default: break
      }
      if found.vfs[index].driver != VirtualFunction.ownDriver { found.vfs[index].probed = [:] }
    }
    return found
  }
}
