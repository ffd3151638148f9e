import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import TestSupport
import Testing

/// What was saved on one host, and is found on another.
@Suite struct OtherHostTests {
  /// A clone of a saved host: its disk, in another machine with cards of the same kind in the same slots.
  private func clone(docker: Bool = false, machineID: String? = "0c0e", name: String = "node2") throws -> Simulation {
    let original = docker ? try DockerHost(pfs: 2).simulation : try Simulation.setUp(pfs: 2)
    _ = try Save(on: original.host).run([], acceptLoss: false)
    original.reboot()
    original.kernel.update { machine in
      machine.hostName = name
      for index in machine.adapters.indices { machine.adapters[index].nodeGUID ^= 0xff_0000_0000 }
    }
    original.machineID = machineID
    original.kernel.forgetStores()
    return original
  }

  private func failure(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return Failure(error)
    }
  }

  @Test func `a clone restores nothing, says whose it is, and gets the VFs without the GUIDs`() throws {
    let simulation = try clone()
    let saved = try #require(GenerationStore(simulation.disk).current().generation?.snapshot)
    let words = "saved on another host, \(saved.host); this host is node2"
    for authority in [Authority.unattended, .person, .replacing] {
      for report in try RestoreVFs(on: simulation.host).run([], on: authority).reports {
        #expect(report.result == .refused && report.failure?.message.contains(words) == true)
        #expect(report.failure?.remedy?.contains("sriov-persist adopt --from-other-host") == true)
      }
    }
    #expect(try Status(of: simulation.host).entries.allSatisfy { $0.failure?.message.contains(words) == true })
    let adopted = failure { _ = try Adoption(on: simulation.host).adopt("0000:b1:00.0", as: nil) }
    #expect(adopted?.kind == .refused && adopted?.message.contains(words) == true)
    #expect(failure { _ = try Save(on: simulation.host).run([], acceptLoss: false) }?.message.contains(words) == true)
    for extent in [Gate.Extent.everything, .vfsOfNetworks] {
      let start = simulation.tasks.now()
      let refused = failure { _ = try Gate(extent, on: simulation.host).pass(within: .seconds(60)) }
      #expect(refused?.kind == .refused && refused?.message.contains(words) == true)
      #expect(simulation.tasks.now() == start)
    }
    #expect(simulation.kernel.stores.isEmpty)

    let taken = try Takeover(on: simulation.host).run(nil, as: nil, keepingIdentities: false)
    #expect(taken.taken.count == 2 && taken.savedOn == saved.host && taken.notes.isEmpty, "\(taken.notes)")
    #expect(try RestoreVFs(on: simulation.host).run([]).reports.allSatisfy { $0.result == .restored })
    let ours = simulation.kernel.machine.adapters.flatMap { $0.contexts.prefix(4) }.flatMap {
      [$0.nodeGUID, $0.portGUID]
    }
    let theirs = saved.adapters.flatMap(\.vfs).flatMap { vf in VFAttribute.guids.map { vf.attributes[$0]?.description }
    }
    #expect(ours.allSatisfy { guid in (try? GUID(guid)).map { !theirs.contains($0.description) } ?? false })
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).isUnchanged)
    #expect(
      failure { _ = try Takeover(on: simulation.host).run(nil, as: nil, keepingIdentities: false) }?.kind == .refused)
  }

  @Test func `what a clone may keep, and what it may not`() throws {
    let simulation = try clone(docker: true)
    let saved = try #require(GenerationStore(simulation.disk).current().generation?.snapshot)
    let result = try Takeover(on: simulation.host).run("0000:b2:00.0", as: "0000:b1:00.0", keepingIdentities: true)
    #expect(result.notes.contains { $0.contains("0000:b1:00.0") && $0.contains("is left out") })
    #expect(result.notes.contains { $0.contains("Docker's networks are left out: net0, net1") })
    let snapshot = try #require(GenerationStore(simulation.disk).current().generation?.snapshot)
    #expect(snapshot.adapters.map(\.vfs) == [saved.adapters[1].vfs] && snapshot.networks == nil)
    #expect(snapshot.host == "node2" && snapshot.machineID == "0c0e")
  }

  @Test func `a clone that starts over has only what it has itself`() throws {
    let simulation = try clone()
    let result = try Save(on: simulation.host).run([], acceptLoss: true)
    #expect(
      result.snapshot.adapters.compactMap(\.pf.nodeGUID?.value) == simulation.kernel.machine.adapters.map(\.nodeGUID))
    #expect(result.snapshot.machineID == "0c0e")
  }

  @Test func `without a machine-id, another name and none of the cards is another host`() throws {
    #expect(try RestoreVFs(on: clone(machineID: nil).host).run([]).reports.allSatisfy { $0.result == .refused })
    let words = failure { _ = try Adoption(on: try clone(machineID: nil).host).adopt("0000:b1:00.0", as: nil) }?.message
    #expect(words?.contains("saved on another host") == true)
  }

  @Test(arguments: [nil, "0c0e"])
  func `a host that was renamed, or whose machine-id is new, is the same one while its cards are there`(
    machineID: String?
  ) throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    simulation.machineID = machineID
    simulation.kernel.update { $0.hostName = "node2" }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports.allSatisfy { $0.result == .restored })
    let saved = try Save(on: simulation.host).run([], acceptLoss: false).snapshot
    #expect(saved.machineID == machineID ?? String(repeating: "5a1d0c42", count: 4))
  }

  @Test func `a renamed host adopts a card, and is told of its former name`() throws {
    let simulation = try Simulation.setUp()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    simulation.kernel.update { machine in
      machine.hostName = "node2"
      machine.adapters[0].nodeGUID ^= 0xff00_0000
    }
    let notes = try Adoption(on: simulation.host).adopt("0000:b1:00.0", as: nil).notes
    #expect(notes.contains { $0.contains("it is node2 now") })
  }
}
