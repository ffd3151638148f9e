import Docker
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import Testing

/// Which PF a container has whose netdev is not in this network namespace.
@Suite struct GivenPFsTests {
  /// The host's files, with the /sys of one container.
  private struct Files: FileTree {
    let files: any FileTree
    /// By netdevs in the container.
    let devices: [String: String]
    private static let folder: FilePath = "/proc/4711/root/sys/class/net"

    func list(_ path: FilePath) throws(FileError) -> [String] {
      path == Self.folder ? ["lo"] + devices.keys : try files.list(path)
    }

    func link(_ path: FilePath) throws(FileError) -> FilePath {
      for (name, target) in devices where path == Self.folder.appending(name).appending("device") {
        return FilePath("../../../\(target)")
      }
      return try files.link(path)
    }

    func read(_ path: FilePath) throws(FileError) -> String { try files.read(path) }
    func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }
    func inode(_ path: FilePath) throws(FileError) -> UInt64 { try files.inode(path) }
  }

  private func reading(_ devices: [String: String], isRunning: Bool = true) throws -> DockerReading {
    let simulation = try Rig(.v28, hasNetwork: false).simulation
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let networks = """
      [{"Name":"pass","Id":"aa","Driver":"sriov","Options":{"netdevice":"ibs21","mode":"passthrough"}},
       {"Name":"vfs","Id":"bb","Driver":"sriov","Options":{"netdevice":"ibs21"}}]
      """
    let container = """
      {"Id":"cc","Name":"/owner","State":{"Running":\(isRunning),"Pid":4711},"Config":{},"HostConfig":{},
       "NetworkSettings":{"Networks":{"pass":{"NetworkID":"aa"}}}}
      """
    var host = simulation.host
    host.files = Files(files: host.files, devices: devices)
    host.http = Canned { (request) throws(HTTPError.Reason) in
      let text =
        request.target.hasSuffix("/networks")
        ? networks : request.target.contains("/containers/json") ? #"[{"Id":"cc"}]"# : container
      return HTTPReply(status: 200, body: Array(text.utf8))
    }
    let engine = try DockerEngine.connect(host.http, until: .forever)
    return try DockerReading(engine, on: host, until: .forever)
  }

  @Test func `the container's own sysfs says which PF it has, for all networks on that`() throws {
    let pf = try #require(PCIAddress("0000:b1:00.0"))
    let found = try reading(["eth0": "0000:b1:00.0", "eth1": "0000:b1:00.1"])
    #expect(found.networks.map(\.netdevice) == [NetworkDevice(pf: pf), NetworkDevice(pf: pf)])
    #expect(found.pfOwners == [pf: "owner"])
  }

  @Test(arguments: [[:], ["eth0": "0000:b1:00.1"], ["eth0": "0000:b1:00.0", "eth1": "0000:b2:00.0"]])
  func `one that has none, a VF only or several says nothing`(devices: [String: String]) throws {
    let found = try reading(devices)
    #expect(found.pfOwners.isEmpty && found.networks.allSatisfy { $0.netdevice == nil })
  }

  @Test func `one that does not run has nothing`() throws {
    #expect(try reading(["eth0": "0000:b1:00.0"], isRunning: false).pfOwners.isEmpty)
  }
}
