import ArgumentParser
import Commands
import HostInterface
import Model
import SimulatedHost
import SystemPackage

struct SimulatorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sriov-persist-sim",
    abstract: "sriov-persist on a simulated host: no root, no hardware.",
    discussion: """
      The host is kept in the file that $SRIOV_SIM_HOST names (simulated-host.json if unset). The commands are the \
      real ones; "sim" plays the person, the reboot and the bad luck.
      """,
    subcommands: SRIOVPersistCommand.commands + [Sim.self])
}

/// A command that changes the simulated host itself.
protocol SimulationCommand: ParsableCommand {
  func run(on simulation: Simulation, console: Console) throws -> ExitStatus
}

struct Sim: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sim", abstract: "Change the simulated host itself.",
    subcommands: [New.self, Read.self, Write.self, Reboot.self, Break.self])

  struct New: SimulationCommand {
    static let configuration = CommandConfiguration(abstract: "Start over with a fresh host.")

    @Option(name: .customLong("pfs"), help: "How many PFs it has, 1 to 8.")
    var pfCount = 1

    @Option(name: .customLong("total-vfs"), help: "How many VFs the firmware allows on each; 0 switches SR-IOV off.")
    var totalVFs = 8

    @Flag(help: "With the kernel's own driver: no MLNX_OFED files.")
    var inbox = false

    func validate() throws {
      guard (1...8).contains(pfCount), (0...127).contains(totalVFs) else {
        throw ValidationError("1 to 8 PFs, 0 to 127 VFs")
      }
    }

    func run(on simulation: Simulation, console: Console) -> ExitStatus {
      let adapters = (0..<pfCount).map { number in
        var adapter = SimulatedAdapter(
          at: "\(String(0xb1 + number, radix: 16)):00.0", netdev: "ibs\(21 + number)",
          nodeGUID: 0x0c42_a103_00b1_0000 + UInt64(number) << 16, totalVFs: totalVFs)
        adapter.hasOFEDFiles = !inbox
        return adapter
      }
      simulation.kernel.update { $0 = Machine(adapters: adapters) }
      simulation.disk.files = [:]
      return .done
    }
  }

  struct Read: SimulationCommand {
    static let configuration = CommandConfiguration(abstract: "cat: read a kernel file, or list a folder.")

    @Argument(help: "Such as /sys/class/infiniband/mlx5_0/device/mlx5_num_vfs")
    var path: String

    func run(on simulation: Simulation, console: Console) throws -> ExitStatus {
      do {
        console.print(try simulation.kernel.readLine(FilePath(path)))
      } catch let error where error.errno == .isDirectory {
        console.print(try simulation.kernel.list(FilePath(path)).sorted().joined(separator: "  "))
      }
      return .done
    }
  }

  struct Write: SimulationCommand {
    static let configuration = CommandConfiguration(abstract: "echo TEXT > PATH: write a kernel file.")

    @Argument var text: String
    @Argument var path: String

    func run(on simulation: Simulation, console: Console) throws -> ExitStatus {
      try simulation.kernel.store(text + "\n", in: FilePath(path))
      return .done
    }
  }

  struct Reboot: SimulationCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cold reboot: VFs, policies and GUIDs are gone, RDMA devices get other names.")

    @Flag(help: "Without a shutdown: what was not durable is lost.")
    var powerCut = false

    func run(on simulation: Simulation, console: Console) -> ExitStatus {
      simulation.reboot(cuttingPower: powerCut)
      return .done
    }
  }

  struct Break: SimulationCommand {
    static let configuration = CommandConfiguration(abstract: "Let something go wrong on the first PF.")

    enum Fault: String, ExpressibleByArgument, CaseIterable {
      case policy, deadVF = "dead-vf", countEIO = "count-eio", oneFewer = "one-fewer", policyIgnored = "policy-ignored"
      case replacedCard = "replaced-card", inUse = "in-use", subnetManager = "subnet-manager"
    }

    @Argument(
      help: """
        policy: somebody sets a VF's policy to Down now. dead-vf: a VF is counted but dead when next made. count-eio: \
        the next count write fails. one-fewer: the next count write makes one VF fewer. policy-ignored: policy writes \
        do nothing. replaced-card: another card sits in the slot. in-use: a container takes a VF's netdev. \
        subnet-manager: it is stopped, which ports notice at the next reboot.
        """)
    var fault: Fault

    @Option(help: "Which VF, for policy, dead-vf and in-use.")
    var vf = 2

    func run(on simulation: Simulation, console: Console) throws -> ExitStatus {
      let vf = vf
      guard simulation.kernel.machine.adapters[0].contexts.indices.contains(vf) else {
        throw Failure(.usage, "there is no VF \(vf)")
      }
      simulation.kernel.update { machine in
        switch fault {
        case .policy: machine.adapters[0].contexts[vf].policy = .down
        case .deadVF: machine.adapters[0].faults.deadVF = vf
        case .countEIO: machine.adapters[0].faults.countErrors.append(Errno.ioError.rawValue)
        case .oneFewer: machine.adapters[0].faults.makesOneFewer = true
        case .policyIgnored: machine.adapters[0].faults.ignoresPolicy = true
        case .replacedCard: machine.adapters[0].nodeGUID ^= 0xff00
        case .inUse where machine.adapters[0].vfs.indices.contains(vf): machine.adapters[0].vfs[vf].netdev = nil
        case .inUse: break
        case .subnetManager: machine.subnetManager.isRunning = false
        }
      }
      return .done
    }
  }
}
