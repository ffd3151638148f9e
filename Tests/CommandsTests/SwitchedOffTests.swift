import HostInterface
import SimulatedHost
import Testing
import TestSupport

/// A boot with `systemd.restore_state=0` on the kernel command line.
@Suite struct SwitchedOffTests {
  private static let units = [
    "restore vfs --pf 0000:b1:00.0 --unattended", "restore network --pf 0000:b1:00.0 --unattended",
    "restore docker --unattended", "wait --unattended", "wait --vfs --unattended",
  ]

  @Test func `nothing is restored by a unit where systemd is told so, and a person may`() throws {
    let simulation = try Simulation.setUp(isService: true)
    _ = Run(simulation, "save")
    simulation.reboot()
    simulation.kernel.update { $0.platform.commandLine += " systemd.restore_state=0" }
    for command in Self.units {
      let before = simulation.notifier.sent.count
      #expect(Run(simulation, command).status == 0)
      let told = simulation.notifier.sent.dropFirst(before).joined()
      #expect(told.contains("READY=1"), "\(command)")
      #expect(told.contains { $0.contains("systemd.restore_state=") }, "\(command): \(told)")
    }
    #expect(simulation.kernel.machine.adapters[0].vfs.isEmpty)
    #expect(simulation.journal.recorded.allSatisfy { $0.priority == .info })
    // What the units did not do is no news for the health timer; it is what a person sees and may change.
    let entries = simulation.journal.recorded.count
    #expect(Run(simulation, "status --log").status == 0)
    #expect(simulation.journal.recorded.count == entries)
    #expect(Run(simulation, "status").status == 1)
    #expect(Run(simulation, "restore").status == 0)
    #expect(simulation.kernel.machine.adapters[0].vfs.count == 4)
  }
}
