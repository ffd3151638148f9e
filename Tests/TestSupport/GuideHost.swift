import HostInterface
package import Model
package import SimulatedHost
import SystemPackage

/// A host on which all of the guide is done, and its container runs, with an address that it can have.
package struct GuideHost {
  package let simulation: Simulation
  package let docker: SimulatedDocker
  private let host: DockerHost

  package init(_ release: DockerRelease = .v28) throws {
    host = try DockerHost(release)
    (simulation, docker) = (host.simulation, host.docker)
    docker.update { $0.images["rdma/container_tools_installer"] = "sha256:7001" }
    try host.run(DockerContainer("ditto", on: "net0", ipv4: "10.10.1.4"))
    // The plugin takes the VF's netdev away into the container.
    simulation.sockets.forgetCalls()
    simulation.kernel.forgetStores()
  }

  package var pf: PCIAddress { simulation.kernel.machine.adapters[0].address }

  /// What reached Docker or the plugin and was more than a question.
  package var changes: [String] { host.changes }

  package func removeVFs() throws {
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
  }

  package func withoutPlugin() {
    docker.stopContainer("plugin")
    docker.update { $0.containers.removeAll { $0.name == "plugin" } }
  }

  /// - Parameter files: Its configuration, and others.
  package func runOpenSM(_ files: [String: String], _ arguments: String...) {
    simulation.kernel.update { $0.platform.processes.append(["opensm"] + arguments) }
    for (path, text) in files { simulation.disk.files[path] = .init(contents: text) }
  }

  /// What a manager of links keeps about a VF's netdev.
  package func linkFiles(_ folder: String, _ text: String, vf: Int) {
    let address = simulation.kernel.machine.adapters[0].addressOfVF(vf)
    guard let name = simulation.kernel.machine.adapters[0].vfs[vf].netdev,
      let index = try? simulation.kernel.readLine(FilePath("/sys/bus/pci/devices/\(address)/net/\(name)/ifindex"))
    else { preconditionFailure("VF \(vf) has no netdev") }
    simulation.disk.files["\(folder)/\(index)"] = .init(contents: text)
  }
}
