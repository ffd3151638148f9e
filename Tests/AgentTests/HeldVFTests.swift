import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// What somebody uses is left as it is.
@Suite struct HeldVFTests {
  private func restored() throws -> Simulation {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.sharesRDMADevices = false }
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.kernel.forgetStores()
    return simulation
  }

  private func restore(_ simulation: Simulation, on authority: Authority = .person) throws -> Report {
    try RestoreVFs(on: simulation.host).run([], on: authority).reports[0]
  }

  @Test func `a VF that was probed with another identity is bound anew, by a unit too`() throws {
    let simulation = try restored()
    let wanted = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      machine.adapters[0].contexts[2].portGUID ^= 0xff
      machine.adapters[0].vfs[3].probedNodeGUID = 0
    }
    #expect(try restore(simulation, on: .unattended).result == .restored)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.contexts == wanted)
    #expect(zip(adapter.vfs, adapter.contexts).allSatisfy { $0.probedNodeGUID == $1.nodeGUID })
    let unbound = simulation.kernel.stores.filter { $0.path.lastComponent?.string == "unbind" }
    #expect(unbound.count == 3)
    simulation.kernel.forgetStores()
    #expect(try restore(simulation, on: .unattended).result == .unchanged)
  }

  enum Holder: CaseIterable {
    case namespace, rdmaNamespace, driver, process, address, child

    func take(_ vf: inout SimulatedVF) {
      switch self {
      case .namespace: vf.netdev = nil
      case .rdmaNamespace: vf.rdmaDevice = nil  // Of a host whose namespaces do not share RDMA devices.
      case .process: vf.users = [17]
      case .address: vf.interface.addresses = ["10.0.0.5/24"]
      case .child: vf.children = ["data": SimulatedInterface(routes: [SimulatedRoute("default")])]
      case .driver: (vf.driver, vf.driverOverride, vf.netdev, vf.rdmaDevice) = ("vfio-pci", "vfio-pci", nil, nil)
      }
    }
  }

  @Test(arguments: Holder.allCases, [Authority.unattended, .person])
  func `a held VF keeps its identity; the others are repaired, and its policy too`(
    holder: Holder, authority: Authority
  ) throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      for vf in 1...2 {
        machine.adapters[0].contexts[vf].nodeGUID = 0
        machine.adapters[0].contexts[vf].policy = .down
      }
      holder.take(&machine.adapters[0].vfs[1])
    }
    let before = simulation.kernel.machine.adapters[0].vfs[1]
    let report = try restore(simulation, on: authority)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("not as saved, and kept so: VF 1: in use, ") == true)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.vfs[1] == before)
    #expect(adapter.contexts[1].nodeGUID == 0)
    #expect(adapter.contexts[1].policy == .follow)
    #expect(adapter.contexts[2].nodeGUID != 0 && adapter.vfs[2].probedNodeGUID != 0)
  }

  @Test(arguments: Holder.allCases) func `told to, a person replaces it`(holder: Holder) throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      holder.take(&machine.adapters[0].vfs[1])
    }
    #expect(try restore(simulation, on: .replacing).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].vfs[1].driver == "mlx5_core")
  }

  @Test(arguments: [true, false]) func `another count is not made under a VF that the host uses`(
    isReplacing: Bool
  ) throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].vfs.removeLast()
      machine.adapters[0].vfCount = 3
      machine.adapters[0].vfs[1].interface.addresses = ["10.0.0.5/24"]
    }
    let report = try restore(simulation, on: isReplacing ? .replacing : .person)
    #expect(report.result == (isReplacing ? .restored : .refused))
    let isNamed = report.failure?.message.contains("its netdev ibs21v1 has the address 10.0.0.5/24") == true
    #expect(isNamed != isReplacing)
    #expect(simulation.kernel.machine.adapters[0].vfCount == (isReplacing ? 4 : 3))
  }

  @Test func `another count is made anew for a person, through zero`() throws {
    let simulation = try restored()
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .restored)
    let counts = simulation.kernel.stores.filter { $0.path.lastComponent?.string == "sriov_numvfs" }
    #expect(counts.map(\.text) == ["0", "4"])
  }

  @Test func `VFs that other software creates at boot are not replaced unless told, by a person neither`() throws {
    let simulation = try restored()
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    let pf = simulation.kernel.machine.adapters[0].address
    let place = "/etc/tmpfiles.d/vf.conf"
    simulation.disk.files[place] = .init(contents: "w /sys/bus/pci/devices/\(pf)/sriov_numvfs - - - - 2\n")
    let report = try restore(simulation)
    #expect(report.failure?.message.contains("other software creates VFs here: systemd-tmpfiles: \(place)") == true)
    #expect(simulation.kernel.machine.adapters[0].vfCount == 2)
    #expect(try restore(simulation, on: .replacing).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].vfCount == 4)
  }

  @Test(arguments: [2, 4]) func `who makes as many VFs as are saved is no obstacle, who makes others is`(
    count: Int
  ) throws {
    let simulation = try restored()
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    let link = "[Match]\nPath=pci-0000:b1:00.0\n[Link]\nSR-IOVVirtualFunctions=\(count)\n"
    simulation.disk.files["/etc/systemd/network/10-vf.link"] = .init(contents: link)
    let report = try restore(simulation)
    #expect(report.result == (count == 4 ? .restored : .refused))
    #expect((report.failure?.message.contains("/etc/systemd/network/10-vf.link") == true) == (count == 2))
  }

  @Test(arguments: Holder.allCases) func `what comes into use after the plan was made is seen before the write`(
    holder: Holder
  ) throws {
    let simulation = try restored()
    let machine = simulation.kernel.machine
    // Autoprobe is the first step: in the moment in which it is written, somebody takes a VF.
    simulation.kernel.update { machine in
      machine.adapters[0].vfs.removeLast()
      machine.adapters[0].vfCount = 3
    }
    simulation.kernel.onStore("sriov_drivers_autoprobe") { holder.take(&$0.adapters[0].vfs[1]) }
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("has just come into use") == true)
    #expect(simulation.kernel.machine.adapters[0].vfCount == 3)
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe, "cleaned up")

    simulation.kernel.update { $0 = machine }
    simulation.kernel.update { $0.adapters[0].contexts[0].nodeGUID = 0 }
    simulation.kernel.update { $0.adapters[0].contexts[1].nodeGUID = 0 }
    simulation.kernel.onStore("unbind") { holder.take(&$0.adapters[0].vfs[1]) }
    #expect(try restore(simulation).failure?.kind == .refused)
    #expect(simulation.kernel.machine.adapters[0].contexts.prefix(2).map { $0.nodeGUID == 0 } == [false, true])
  }

  @Test func `a VF that somebody took before its identity was written keeps the one it has`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[1].driver = nil
      (machine.adapters[0].vfs[1].netdev, machine.adapters[0].vfs[1].rdmaDevice) = (nil, nil)
      machine.adapters[0].contexts[1].nodeGUID = 0
      machine.adapters[0].contexts[0].policy = .down
    }
    simulation.kernel.onStore("policy") { $0.adapters[0].vfs[1].driver = "vfio-pci" }
    #expect(try restore(simulation).failure?.message.contains("vfio-pci has just taken it") == true)
    #expect(simulation.kernel.machine.adapters[0].contexts[1].nodeGUID == 0)
  }

  @Test func `when the first VF gets no identity, no other one loses its driver`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      for vf in 0..<4 { machine.adapters[0].contexts[vf].nodeGUID ^= 0xff }
      machine.adapters[0].faults.ignoresGUIDs = true
    }
    for _ in 1...2 {
      #expect(try restore(simulation, on: .unattended).result == .failed)
      #expect(simulation.kernel.machine.adapters[0].vfs.map { $0.driver == nil } == [true, false, false, false])
    }
  }

  @Test func `one VF that came into use does not stand for the others`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      for vf in 0..<4 { machine.adapters[0].contexts[vf].nodeGUID ^= 0xff }
      machine.adapters[0].faults.ignoresGUIDs = true
      machine.adapters[0].contexts[0].policy = .down
    }
    // The first step is VF 0's unbind: somebody takes it in the moment before.
    simulation.kernel.update { $0.adapters[0].driversAutoprobe = false }
    simulation.kernel.onStore("sriov_drivers_autoprobe") { $0.adapters[0].vfs[0].users = [17] }
    _ = try restore(simulation, on: .unattended)
    #expect(simulation.kernel.machine.adapters[0].vfs.map { $0.driver == nil } == [false, true, false, false])
  }

  @Test func `VFs that have each other's GUIDs are kept by a unit, and made anew for a person`() throws {
    let unit = try restored()
    let person = try restored()
    for simulation in [unit, person] {
      let wanted = simulation.kernel.machine.adapters[0].contexts
      simulation.kernel.update { machine in
        (machine.adapters[0].contexts[0], machine.adapters[0].contexts[1]) = (wanted[1], wanted[0])
        for vf in 0..<2 { machine.adapters[0].vfs[vf].probedNodeGUID = machine.adapters[0].contexts[vf].nodeGUID }
        for vf in 0..<2 { machine.adapters[0].vfs[vf].probedPortGUID = machine.adapters[0].contexts[vf].portGUID }
      }
      let before = simulation.kernel.machine
      let report = try restore(simulation, on: simulation === unit ? .unattended : .person)
      if simulation === unit {
        #expect(report.result == .refused)
        #expect(simulation.kernel.machine == before)
      } else {
        #expect(report.result == .restored)
        #expect(simulation.kernel.machine.adapters[0].contexts == wanted)
      }
    }
  }

  @Test func `a driver's devices that come a moment after its bind are waited for, and compared`() throws {
    let simulation = try restored()
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].timing.devices = 1.2 }
    let report = try restore(simulation)
    #expect(report.verdicts == [.verified, .verified, .verified, .verified])
    #expect(report.notVisible.isEmpty)
  }

  @Test(arguments: stride(from: 0, through: 3000, by: 100).map(\.self))
  func `a signal leaves no VF without its driver`(milliseconds: Int) throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      for vf in 0..<4 { machine.adapters[0].contexts[vf].nodeGUID ^= 0xff }
    }
    simulation.tasks.start {
      simulation.tasks.pass(.milliseconds(milliseconds))
      simulation.tasks.terminate()
    }
    simulation.tasks.pass(.zero)
    _ = try restore(simulation)
    #expect(simulation.kernel.machine.adapters[0].vfs.allSatisfy { $0.driver == "mlx5_core" })
  }

  @Test func `a VF is not taken from its driver for one that is not loaded`() throws {
    let simulation = try restored()
    let path = "/var/lib/sriov-persist/generations/000001.json"
    let text = try #require(simulation.disk.files[path]?.contents)
    simulation.disk.files[path]?.contents = text.replacing(
      "\"driver\" : \"mlx5_core\"", with: "\"driver\" : \"mystery\"")
    let report = try restore(simulation)
    #expect(report.failure?.message.contains("the driver mystery is not loaded") == true)
    #expect(
      simulation.kernel.machine.adapters[0].vfs.allSatisfy { $0.driver == "mlx5_core" && $0.driverOverride == nil })
  }

  @Test func `a bind that somebody else was quicker with is no failure`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[2].driver = nil
      machine.adapters[0].contexts[0].policy = .down
    }
    let whole = simulation.kernel.machine.adapters[0].vfs[1]
    simulation.kernel.onStore("bind") { machine in
      machine.adapters[0].vfs[2].driver = "mlx5_core"
      machine.adapters[0].vfs[2].rdmaDevice = "mlx5_7"
      machine.adapters[0].vfs[2].netdev = whole.netdev
      machine.adapters[0].vfs[2].probedNodeGUID = machine.adapters[0].contexts[2].nodeGUID
      machine.adapters[0].vfs[2].probedPortGUID = machine.adapters[0].contexts[2].portGUID
    }
    let report = try restore(simulation)
    #expect(report.result == .restored)
    #expect(report.notes.contains { $0.hasPrefix("right all the same: ") && $0.contains("EBUSY") })
  }

  @Test func `a link that leads to the PF itself unbinds nothing`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      machine.adapters[0].faults.linkOfVF1LeadsToPF = true
    }
    #expect(try restore(simulation).result != .restored)
    #expect(simulation.kernel.machine.adapters[0].isBound)
    #expect(!simulation.kernel.stores.contains { $0.path.lastComponent?.string == "unbind" })
  }
}
