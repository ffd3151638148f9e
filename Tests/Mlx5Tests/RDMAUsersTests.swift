import HostInterface
import Mlx5
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

/// A socket that does what it is told.
private struct Meddler: NetlinkSocket {
  let answer: @Sendable (NetlinkRequest) throws(NetlinkError) -> [[UInt8]]

  init(_ answer: @escaping @Sendable (NetlinkRequest) throws(NetlinkError) -> [[UInt8]]) { self.answer = answer }

  func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]] { try answer(request) }
}
