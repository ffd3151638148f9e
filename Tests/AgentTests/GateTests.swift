import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct GateTests {
  private func savedAndRebooted(pfs: Int = 1) throws -> Simulation {
    let simulation = try Simulation.setUp(pfs: pfs, isService: true)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    return simulation
  }

  private func failure(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return Failure(error)
    }
  }

  @Test func `it opens at the moment when the last PF is verified, and not before`() throws {
    let simulation = try savedAndRebooted(pfs: 2)
    let tasks = simulation.tasks
    for (name, delay) in [("0000:b1:00.0", 3), ("0000:b2:00.0", 7)] {
      tasks.start {
        tasks.pass(.seconds(delay))
        _ = try? RestoreVFs(on: simulation.host).run([name])
      }
    }
    let start = tasks.now()
    #expect(try Gate(on: simulation.host).pass(within: .seconds(60)) == "2 PFs with 8 VFs as in generation 1")
    // Restoring takes the simulated kernel one second.
    #expect((.seconds(8) ... .milliseconds(8050)).contains(tasks.now() - start))
    #expect(simulation.notifier.sent.joined().contains("STATUS=waiting for 0000:b2:00.0"))
  }

  @Test func `what is in place already is not waited for`() throws {
    let simulation = try savedAndRebooted()
    _ = try RestoreVFs(on: simulation.host).run([])
    let start = simulation.tasks.now()
    _ = try Gate(on: simulation.host).pass(within: .seconds(60))
    #expect(simulation.tasks.now() == start)
  }

  @Test func `a PF that somebody has is looked at when its lock is let go`() throws {
    let simulation = try savedAndRebooted()
    _ = try RestoreVFs(on: simulation.host).run([])
    let tasks = simulation.tasks
    let pf = try Status(of: simulation.host).entries[0].pf
    tasks.start {
      try? Locks(simulation.host.disk).withPF(pf) { tasks.pass(.seconds(4)) }
    }
    let start = tasks.now()
    tasks.pass(.seconds(1))
    _ = try Gate(on: simulation.host).pass(within: .seconds(60))
    #expect((.seconds(4) ... .milliseconds(4050)).contains(tasks.now() - start))
  }

  @Test(arguments: Absence.allCases) fileprivate func `at its deadline it names the PF and what keeps it away`(
    absence: Absence
  ) throws {
    let simulation = try savedAndRebooted()
    simulation.kernel.update { absence.make(on: &$0.adapters) }
    let start = simulation.tasks.now()
    let failure = try #require(failure { _ = try Gate(on: simulation.host).pass(within: .seconds(20)) })
    #expect(simulation.tasks.now() - start == .seconds(20))
    #expect(failure.kind == .unavailable)
    #expect(failure.message.contains("0000:b1:00.0"))
    #expect(failure.message.contains(absence.words), "\(failure)")
  }

  fileprivate enum Absence: CaseIterable {
    case function, driver, sriov, event

    func make(on adapters: inout [SimulatedAdapter]) {
      switch self {
      case .function: adapters = []
      case .driver: adapters[0].isBound = false
      case .sriov: adapters[0].totalVFs = 0
      case .event: break
      }
    }

    var words: String {
      switch self {
      case .function: "there is no PCI function"
      case .driver: "has no driver"
      case .sriov: "SR-IOV is off in its firmware"
      case .event: "udev sent no event"
      }
    }
  }

  @Test func `a restore that failed is what it tells`() throws {
    let simulation = try savedAndRebooted()
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [Errno.ioError.rawValue] }
    _ = try RestoreVFs(on: simulation.host).run([])
    let failure = failure { _ = try Gate(on: simulation.host).pass(within: .zero) }
    #expect(failure?.message.contains("create 4 VFs: EIO") == true)
  }

  @Test func `the outcome of an earlier boot, and a change after the restore, are told apart`() throws {
    let simulation = try savedAndRebooted()
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [Errno.ioError.rawValue] }
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.reboot()
    let gate = Gate(on: simulation.host)
    #expect(failure { _ = try gate.pass(within: .zero) }?.message.contains("no restore was started") == true)
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .down }
    #expect(failure { _ = try gate.pass(within: .zero) }?.message.contains("changed after its restore") == true)
  }

  @Test func `a PF that was restored to another generation is told as that`() throws {
    let simulation = try savedAndRebooted()
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .up }
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    _ = try RestoreVFs(on: simulation.host).run([], generation: 1)
    let failure = failure { _ = try Gate(on: simulation.host).pass(within: .zero) }
    #expect(failure?.message.contains("it was restored to generation 1, and 2 is the current one") == true)
  }

  @Test func `a signal ends it`() throws {
    let simulation = try savedAndRebooted()
    simulation.tasks.start {
      simulation.tasks.pass(.milliseconds(2500))
      simulation.tasks.terminate()
    }
    let start = simulation.tasks.now()
    #expect(failure { _ = try Gate(on: simulation.host).pass(within: .seconds(60)) }?.kind == .terminated)
    #expect(simulation.tasks.now() - start == .milliseconds(2500))
  }

  // MARK: Events

  /// The first of two PFs is restored, the other is waited for. While that lasts `change` is made in the second second.
  private func waiting(
    _ files: (SimulatedKernel) -> any FileTree = { $0 }, for seconds: Int = 4,
    while change: @escaping @Sendable (Simulation) -> Void
  ) throws -> Failure {
    let simulation = try savedAndRebooted(pfs: 2)
    _ = try RestoreVFs(on: simulation.host).run(["0000:b1:00.0"])
    var host = simulation.host
    host.files = files(simulation.kernel)
    simulation.tasks.start {
      simulation.tasks.pass(.seconds(1))
      change(simulation)
    }
    let waited = host
    return try #require(failure { _ = try Gate(on: waited).pass(within: .seconds(seconds)) })
  }

  @Test func `a storm of events costs twenty looks a second, and only the PF that they name is read`() throws {
    let (looks, reads) = (Counter(), Counter())
    let other = try #require(PCIAddress("0000:b2:00.0"))
    let failure = try waiting({ kernel in
      MeddledFiles(kernel) { path in
        if path == "/sys/bus/pci/drivers/mlx5_core" { _ = looks.next(below: .max) }
        if path.string.hasPrefix("/sys/bus/pci/devices/0000:b1:00.0/sriov/") { _ = reads.next(below: .max) }
      }
    }) { simulation in
      for _ in 0..<500 {
        simulation.tasks.pass(.milliseconds(5))
        simulation.kernel.send(DeviceEvent(of: other))
      }
    }
    #expect(!failure.message.contains("0000:b1:00.0"))
    let count = try #require(looks.next(below: .max))
    #expect((50...60).contains(count), "\(count) looks")
    #expect(reads.next(below: .max) == 1 + 4 * 3, "of four VFs three files each, once")
  }

  @Test func `an event about a VF has its PF read again`() throws {
    #expect(
      try waiting { simulation in
        simulation.kernel.update { machine in
          machine.adapters[0].vfs[2].driver = nil
          (machine.adapters[0].vfs[2].rdmaDevice, machine.adapters[0].vfs[2].netdev) = (nil, nil)
        }
      }.message.contains("0000:b1:00.0"))
    #expect(
      try waiting { simulation in
        simulation.kernel.update { machine in
          machine.adapters[0].vfs.removeLast()
          machine.adapters[0].vfCount = 3
        }
      }.message.contains("0000:b1:00.0"))
  }

  @Test func `what no event tells is seen once events were lost, and after ten seconds`() throws {
    let down: @Sendable (Simulation) -> Void = { simulation in
      simulation.kernel.update { $0.adapters[0].contexts[0].policy = .down }
    }
    #expect(try !waiting(while: down).message.contains("0000:b1:00.0"))
    #expect(try waiting(for: 15, while: down).message.contains("0000:b1:00.0"))
    let lost = try waiting { simulation in
      down(simulation)
      simulation.kernel.send(nil)
    }
    #expect(lost.message.contains("0000:b1:00.0"))
  }

  @Test func `a restore that changes what no event tells is seen at its end`() throws {
    let simulation = try savedAndRebooted()
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .down }
    let tasks = simulation.tasks
    tasks.start {
      tasks.pass(.seconds(2))
      _ = try? RestoreVFs(on: simulation.host).run([])
    }
    let start = tasks.now()
    _ = try Gate(on: simulation.host).pass(within: .seconds(60))
    #expect(tasks.now() - start < .seconds(3))
  }
}
