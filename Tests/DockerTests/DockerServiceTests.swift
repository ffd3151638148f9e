import Docker
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import Testing

/// Whether a connection would start a Docker that was stopped: docker.md 8.
@Suite struct DockerServiceTests {
  /// What systemctl(1) prints, and how it ends.
  private struct Answer: Programs {
    let result: Result<ProgramResult, ProgramError>

    func run(
      _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
    ) throws(ProgramError) -> ProgramResult { try result.get() }
  }

  private func mayBeAsked(
    over socket: FilePath = "/run/docker.sock", _ result: Result<ProgramResult, ProgramError>
  ) throws -> Bool {
    var host = try Rig(.v28).simulation.host
    host.programs = Answer(result: result)
    return DockerService(on: host).mayBeAsked(over: socket)
  }

  /// As systemd 252 prints it.
  private func units(socket: String, service: String, _ paths: String...) -> Result<ProgramResult, ProgramError> {
    let listen = paths.map { "Listen=\($0) (Stream)\n" }.joined()
    let output = "\(listen)Id=docker.socket\nActiveState=\(socket)\n\nId=docker.service\nActiveState=\(service)\n"
    return .success(ProgramResult(status: 0, output: output))
  }

  @Test(arguments: ["inactive", "failed", "deactivating", "maintenance"])
  func `a stopped Docker is not asked where systemd listens for it`(state: String) throws {
    #expect(try !mayBeAsked(units(socket: "active", service: state, "/run/docker.sock")))
    #expect(try !mayBeAsked(over: "/var/run/docker.sock", units(socket: "active", service: state, "/run/docker.sock")))
    #expect(try !mayBeAsked(over: "/srv/d", units(socket: "active", service: state, "/run/docker.sock", "/srv/d")))
    // A snap's, Podman's, or one that was started by hand.
    #expect(try mayBeAsked(over: "/run/podman/podman.sock", units(socket: "active", service: state, "/run/d.sock")))
    #expect(try mayBeAsked(units(socket: "inactive", service: state, "/run/docker.sock")))
    #expect(try mayBeAsked(units(socket: "failed", service: state)))
  }

  @Test(arguments: ["active", "activating", "reloading", "refreshing"])
  func `one that runs or starts is asked, in whatever slice it is`(state: String) throws {
    #expect(try mayBeAsked(units(socket: "active", service: state, "/run/docker.sock")))
  }

  @Test func `without systemd nobody is started by a connection`() throws {
    let program: FilePath = "/usr/bin/systemctl"
    #expect(try mayBeAsked(.failure(ProgramError(program, .notThere))))
    #expect(try mayBeAsked(.success(ProgramResult(status: 1, output: ""))))
    #expect(try mayBeAsked(.success(ProgramResult(status: 0, output: "\n"))))
  }

  @Test func `a link to the socket that systemd listens on is that socket`() throws {
    let rig = try Rig(.v28)
    rig.docker.stopDaemon()
    rig.simulation.disk.files["/srv/docker.sock"] = .link(to: "../run/docker.sock")
    let service = DockerService(on: rig.simulation.host)
    #expect(!service.mayBeAsked(over: "/srv/docker.sock") && !service.mayBeAsked(over: "/run/docker.sock"))
    rig.simulation.disk.files["/srv/docker.sock"] = .link(to: "/run/podman/podman.sock")
    #expect(service.mayBeAsked(over: "/srv/docker.sock"))
  }
}
