import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Mlx5

/// What the host itself uses VFs' netdevs for.
@Suite struct NetdevUseTests {
  private func holders(
    _ simulation: Simulation, _ netlink: (any NetlinkSocket)? = nil, lookingForUsers: Bool = true
  ) throws -> [String?] {
    var host = simulation.host
    if let netlink { host.netlink = netlink }
    let pf = try #require(Discovery(host.files).pfs.first)
    return try PFDevice(pf, on: host).observe(holdingLock: true, lookingForUsers: lookingForUsers).vfs.map(\.holder)
  }

  private func host(_ change: (inout SimulatedVF) -> Void) throws -> Simulation {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { change(&$0.adapters[0].vfs[3]) }
    return simulation
  }

  @Test(arguments: ["10.0.0.5/24", "192.168.1.1/32", "fd00::5/64", "2001:db8:0:1::a:b/128"])
  func `a VF whose netdev has an address is held, and the address is named`(address: String) throws {
    let simulation = try host { $0.interface.addresses = ["169.254.3.4/16", address] }
    #expect(try holders(simulation) == [nil, nil, nil, "its netdev ibs21v3 has the address \(address)"])
    #expect(try holders(simulation, lookingForUsers: false) == [nil, nil, nil, nil])
  }

  @Test func `what the kernel sets up by itself is no use`() throws {
    #expect(try holders(.setUp()) == [nil, nil, nil, nil])
    for address in ["169.254.3.4/16", "fe80::1/64", "febf::1/64"] {
      #expect(try holders(host { $0.interface.addresses = [address] }) == [nil, nil, nil, nil])
    }
    for route in ["169.254.0.0/16", "fe80::/64", "ff00::/8", "224.0.0.0/4"] {
      #expect(try holders(host { $0.interface.routes = [SimulatedRoute(route)] }) == [nil, nil, nil, nil])
    }
    let own = try host { $0.interface.routes = [SimulatedRoute("10.1.0.0/16", origin: 2)] }
    #expect(try holders(own) == [nil, nil, nil, nil])
    let local = try host { $0.interface.routes = [SimulatedRoute("10.1.0.0/16", table: 255)] }
    #expect(try holders(local) == [nil, nil, nil, nil])
  }

  @Test func `an address of a netdev that is down is no use`() throws {
    #expect(
      try holders(host { $0.interface = .init(isUp: false, addresses: ["10.0.0.5/24"]) }) == [nil, nil, nil, nil])
  }

  @Test(arguments: [true, false], ["10.1.0.0/16", "fd00:1::/48", "default"])
  func `a VF that carries a route is held`(isMultipath: Bool, destination: String) throws {
    let simulation = try host {
      $0.interface.routes = [SimulatedRoute(destination, table: 252, isMultipath: isMultipath)]
    }
    #expect(try holders(simulation) == [nil, nil, nil, "its netdev ibs21v3 carries the route \(destination)"])
  }

  @Test func `a VF whose IPoIB child is used is held`() throws {
    let simulation = try host { $0.children = ["a": .init(), "data": .init(addresses: ["10.0.0.5/24"])] }
    #expect(try holders(simulation)[3] == "its netdev ibs21v3 carries data, which has the address 10.0.0.5/24")
    let route = try host { $0.children = ["data": .init(routes: [SimulatedRoute("default")])] }
    #expect(try holders(route)[3] == "its netdev ibs21v3 carries data, which carries the route default")
    #expect(try holders(host { $0.children = ["data": .init()] }) == [nil, nil, nil, nil])
  }

  @Test(arguments: ["RTM_GETADDR", "RTM_GETROUTE", "RTM_GETLINK"])
  func `where the kernel does not tell, every VF may be in use`(name: String) throws {
    let simulation = try host { $0.interface.addresses = ["10.0.0.5/24"] }
    let kernel = simulation.kernel
    let refusing = Meddler { request throws(NetlinkError) in
      if request.command.name == name { throw NetlinkError(request, .interrupted) }
      return try kernel.exchange(request)
    }
    let words = "whether the host uses its netdev is unknown: cannot dump \(name) by netlink: EINTR"
    #expect(try holders(simulation, refusing) == [words, words, words, words])
  }

  @Test func `it is asked once, however many VFs there are, and not without any`() throws {
    for vfs in [0, 8] {
      let simulation = try Simulation.setUp(vfs: vfs)
      let (kernel, counter) = (simulation.kernel, Counter())
      let counting = Meddler { request throws(NetlinkError) in
        if request.command.family == .route { _ = counter.next(below: .max) }
        return try kernel.exchange(request)
      }
      _ = try holders(simulation, counting)
      #expect(counter.next(below: .max) == (vfs == 0 ? 1 : 4))
    }
  }

  @Test func `no bytes make it crash or run for ever`() throws {
    let simulation = try host { vf in
      vf.interface = .init(addresses: ["10.0.0.5/24"], routes: [SimulatedRoute("default", isMultipath: true)])
      vf.children = ["data": .init(addresses: ["fd00::1/64"])]
    }
    var dice = Dice(seed: 18)
    let machine = simulation.kernel.machine
    let kernel = simulation.kernel
    for _ in 0..<300 {
      let seed = dice.next()
      let garbling = Meddler { request throws(NetlinkError) in
        var dice = Dice(seed: seed)
        return try kernel.exchange(request).map { message in
          var message = Array(message.dropLast(Int.random(in: 0...30, using: &dice)))
          guard !message.isEmpty else { return message }
          for _ in 0..<3 {
            message[Int.random(in: message.indices, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
          }
          return message
        }
      }
      _ = try? NetdevUse(garbling)
    }
    #expect(simulation.kernel.machine == machine)
  }
}
