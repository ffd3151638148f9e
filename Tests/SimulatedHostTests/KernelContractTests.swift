import HostInterface
import KernelContract
import Model
import SimulatedHost
import Testing

@Suite struct KernelContractTests {
  @Test(arguments: contract) func `the simulated kernel keeps the contract`(row: ContractRow) throws {
    let simulation = Simulation()
    let pf = simulation.kernel.machine.adapters[0].address
    #expect(ContractRun(on: simulation.host, pf: pf).violations(of: row).isEmpty)
  }

  @Test(arguments: [SimulatedAdapter.OFEDRelease.v24, .v25])
  func `and what differs from release to release of MLNX_OFED`(release: SimulatedAdapter.OFEDRelease) throws {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].ofed = release }
    let run = ContractRun(on: simulation.host, pf: simulation.kernel.machine.adapters[0].address)
    for row in KernelContract.contract(ofOFED: release.rawValue) { #expect(run.violations(of: row).isEmpty, "\(row)") }
  }

  @Test(arguments: netlinkContract) func `and with the kernel's own driver, by netlink`(row: ContractRow) throws {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = false }
    let pf = simulation.kernel.machine.adapters[0].address
    #expect(ContractRun(on: simulation.host, pf: pf).violations(of: row).isEmpty)
  }

  @Test(arguments: ethernetContract) func `and on an Ethernet PF`(row: ContractRow) throws {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].linkLayer = .ethernet }
    let pf = simulation.kernel.machine.adapters[0].address
    #expect(ContractRun(on: simulation.host, pf: pf).violations(of: row).isEmpty)
  }

  @Test func `a kernel that breaks the contract is found out`() {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    let run = ContractRun(on: simulation.host, pf: simulation.kernel.machine.adapters[0].address)
    let broken = contract.filter { !run.violations(of: $0).isEmpty }
    #expect(broken.map(\.name).contains("policy Follow"))
    #expect(broken.count < contract.count / 2)
    let brokenByNetlink = netlinkContract.filter { !run.violations(of: $0).isEmpty }
    #expect(brokenByNetlink.map(\.name).contains("link state auto, and of that VF only"))
    #expect(brokenByNetlink.count < netlinkContract.count / 2)
  }
}
