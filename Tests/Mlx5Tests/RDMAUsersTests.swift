import HostInterface
import Mlx5
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import Testing
import TestSupport

@Suite struct RDMAUsersTests {
  /// The guide's host with four VFs, the first VF and the PF in use.
  private func host(_ kernel: Machine.RDMANetlink = .complete) throws -> Simulation {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { machine in
      machine.rdmaNetlink = kernel
      machine.adapters[0].users = [900]
      machine.adapters[0].vfs[0].users = [4712, 4711, 4712]
    }
    return simulation
  }

  @Test(arguments: [Machine.RDMANetlink.withoutContextList, .complete])
  func `contexts are counted, and name their processes`(kernel: Machine.RDMANetlink) throws {
    let users = try RDMAUsers(try host(kernel).kernel)
    #expect(users.of("mlx5_0") == .processes([900]))
    #expect(users.of("mlx5_1") == .processes([4711, 4712]))
    #expect(users.of("mlx5_2") == .nobody)
    #expect(users.of("mlx5_4") == .nobody)
  }

  @Test(arguments: [Machine.RDMANetlink.withoutContextList, .complete])
  func `a process that the kernel does not name is a user`(kernel: Machine.RDMANetlink) throws {
    let simulation = try host(kernel)
    simulation.kernel.update { $0.adapters[0].vfs[0].users = [0] }
    #expect(try RDMAUsers(simulation.kernel).of("mlx5_1") == .processes([]))
  }

  @Test(arguments: [Machine.RDMANetlink.withoutContextList, .complete])
  func `the kernel's own users open nothing, and are told by their QPs`(kernel: Machine.RDMANetlink) throws {
    let simulation = try host(kernel)
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[0].kernelUsers = ["nvme_rdma"]
      machine.adapters[0].vfs[1].kernelUsers = ["rpcrdma", "nvme_rdma", "nvme_rdma"]
    }
    let users = try RDMAUsers(simulation.kernel)
    #expect(users.of("mlx5_1") == .processes([4711, 4712]))
    #expect(users.of("mlx5_2") == .kernel(["nvme_rdma", "rpcrdma"]))
    #expect(users.of("mlx5_3") == .nobody)
    let pf = try #require(Discovery(simulation.kernel).pfs.first)
    let vfs = try PFDevice(pf, on: simulation.host).observe(holdingLock: true, lookingForUsers: true).vfs
    #expect(vfs[1].holder == "its RDMA device is used by the kernel's nvme_rdma, rpcrdma")
    #expect(vfs[2].holder == nil)
  }

  @Test func `whoever connected on it is unknown, the use is not`() throws {
    let simulation = try host()
    simulation.kernel.update { $0.adapters[0].vfs[1].kernelUsers = ["nvme_rdma"] }
    let kernel = simulation.kernel
    let refusing = Meddler { request throws(NetlinkError) in
      guard request.command.name == "RDMA_NLDEV_CMD_RES_CM_ID_GET" else { return try kernel.exchange(request) }
      throw NetlinkError(request, .invalidArgument)
    }
    #expect(try RDMAUsers(refusing).of("mlx5_2") == .kernel(["rdma_cm"]))
  }

  @Test func `a QP list that fails, is empty or cut short never says nobody`() throws {
    let simulation = try host()
    simulation.kernel.update { $0.adapters[0].vfs[1].kernelUsers = ["nvme_rdma"] }
    let kernel = simulation.kernel
    func use(_ list: @escaping @Sendable (NetlinkRequest) throws(NetlinkError) -> [[UInt8]]) throws -> RDMAUsers.Use {
      try RDMAUsers(
        Meddler { request throws(NetlinkError) in
          try request.command.name == "RDMA_NLDEV_CMD_RES_QP_GET" ? list(request) : kernel.exchange(request)
        }
      ).of("mlx5_2")
    }
    #expect(try use { request throws(NetlinkError) in throw NetlinkError(request, .ioError) } == .unknown)
    #expect(try use { _ in [] } == .unknown, "a process in a PID namespace is shown none of the kernel's")
    for length in 0..<200 {
      let cut = try use { request throws(NetlinkError) in
        try kernel.exchange(request).map { Array($0.prefix(length)) }
      }
      #expect(cut == .unknown)
    }
  }

  @Test func `a process that opened the device since it was counted is seen`() throws {
    let kernel = try host().kernel
    let late = Meddler { request throws(NetlinkError) in
      guard request.command.name == "RDMA_NLDEV_CMD_RES_QP_GET" else { return try kernel.exchange(request) }
      let entries = [[NetlinkAttribute(29, "ib_core")], [NetlinkAttribute(28, Int32(4713))]]
      return [[NetlinkAttribute(19, entries.map { NetlinkAttribute(20, $0) })].bytes]
    }
    #expect(try RDMAUsers(late).of("mlx5_2") == .processes([4713]))
  }

  @Test func `one request counts the users of all devices`() throws {
    let kernel = try host().kernel
    let requests = Mutex(0)
    let counting = Meddler { request throws(NetlinkError) in
      requests.withLock { $0 += 1 }
      return try kernel.exchange(request)
    }
    let users = try RDMAUsers(counting)
    #expect(requests.withLock(\.self) == 1)
    #expect(users.of("mlx5_2") == .nobody)
    #expect(requests.withLock(\.self) == 2)
  }

  @Test(arguments: [Machine.RDMANetlink.missing, .withoutContexts])
  func `a kernel that does not count cannot tell`(kernel: Machine.RDMANetlink) throws {
    let users = try RDMAUsers(try host(kernel).kernel)
    for number in 0...4 { #expect(users.of("mlx5_\(number)") == .unknown) }
  }

  @Test func `a device that the kernel does not list cannot be told`() throws {
    let simulation = try host()
    let vf = try #require(try simulation.kernel.linkName("/sys/bus/pci/devices/0000:b1:00.0/virtfn0"))
    try simulation.kernel.store(vf, in: "/sys/bus/pci/drivers/mlx5_core/unbind")
    #expect(try RDMAUsers(simulation.kernel).of("mlx5_1") == .unknown)
    // Whoever used it lost it with the device.
    try simulation.kernel.store(vf, in: "/sys/bus/pci/drivers/mlx5_core/bind")
    #expect(try RDMAUsers(simulation.kernel).of("mlx5_1") == .nobody)
  }

  @Test func `a refusal is an error, not an empty host`() throws {
    let kernel = try host().kernel
    let refusing = Meddler { request throws(NetlinkError) in throw NetlinkError(request, .notPermitted) }
    #expect { try RDMAUsers(refusing) } throws: {
      "\($0)" == "cannot dump RDMA_NLDEV_CMD_RES_GET by netlink: EPERM"
    }
    // That the processes cannot be listed does not hide them.
    let halfRefusing = Meddler { request throws(NetlinkError) in
      guard request.payload.isEmpty else { throw NetlinkError(request, .notPermitted) }
      return try kernel.exchange(request)
    }
    #expect(try RDMAUsers(halfRefusing).of("mlx5_1") == .processes([]))
  }

  @Test func `a summary cut short never says nobody`() throws {
    let kernel = try host().kernel
    let whole = 196
    for length in 0..<whole {
      let users = try RDMAUsers(
        Meddler { request throws(NetlinkError) in try kernel.exchange(request).map { Array($0.prefix(length)) } })
      #expect(users.of("mlx5_1") == .unknown)
      #expect(users.of("mlx5_2") == .unknown)
    }
  }

  @Test func `no answer makes it crash`() throws {
    let kernel = try host().kernel
    let dice = Mutex(Dice(seed: 5))
    let garbling = Meddler { request throws(NetlinkError) in
      try kernel.exchange(request).map { message in
        dice.withLock { dice in
          var message = message
          for _ in 0..<4 { message[Int.random(in: message.indices, using: &dice)] = .random(in: 0...255, using: &dice) }
          return message
        }
      }
    }
    var answers: Set<RDMAUsers.Use> = []
    for _ in 0..<200 { answers.insert(try RDMAUsers(garbling).of("mlx5_1")) }
    #expect(answers.isSuperset(of: [.unknown, .processes([4711, 4712])]))
  }
}
