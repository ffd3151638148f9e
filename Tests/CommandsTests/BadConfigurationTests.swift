import HostInterface
import Model
import SimulatedHost
import TestSupport
import Testing

/// A configuration file that makes no sense stops nothing, and is told wherever somebody looks.
@Suite struct BadConfigurationTests {
  private static let path = "/etc/sriov-persist/config.json"
  private static let text = "{\n  \"vfCountSeconds\": \"soon\",\n  \"colour\": 1\n}"
  private static let warnings = [
    "\(path), line 3: \"colour\" is no key; nothing is made of it",
    "\(path), line 2: \"vfCountSeconds\" takes 1 to 3600, in seconds; using 300",
  ]

  private func host(isService: Bool = false) throws -> DockerHost {
    let host = try DockerHost(isService: isService)
    #expect(Run(host.simulation, "save").status == 0)
    host.simulation.disk.files[Self.path] = .init(contents: Self.text)
    return host
  }

  @Test(arguments: ["restore vfs --pf 0000:b1:00.0", "restore network --pf 0000:b1:00.0", "restore docker", "wait"])
  func `a unit does its work all the same, and its status and the journal say what is wrong`(command: String) throws {
    let host = try host(isService: true)
    let before = host.simulation.journal.recorded.count
    #expect(Run(host.simulation, "\(command) --unattended").status == 0)
    let ready = try #require(host.simulation.notifier.sent.last { $0.contains("READY=1") })
    let status = try #require(ready.first { $0.hasPrefix("STATUS=") })
    #expect(status.hasPrefix("STATUS=[\(Self.warnings[0]); 1 more] "), "\(status)")
    // The gate uses none of it, and leaves it to those that do.
    guard command != "wait" else { return }
    let told = host.simulation.journal.recorded.dropFirst(before).filter { $0.priority == .warning }.map(\.message)
    #expect(Self.warnings.allSatisfy(told.contains))
  }

  @Test func `after a reboot all comes back`() throws {
    let host = try host()
    for text in [Self.text, "{", "\u{0}"] {
      host.simulation.disk.files[Self.path] = .init(contents: text)
      host.simulation.reboot()
      let run = Run(host.simulation, "restore vfs")
      #expect(run.status == 0)
      #expect(run.errors.contains("warning: \(Self.path), line "))
    }
  }

  @Test func `units, which are many and tried again and again, tell it once in a boot`() throws {
    let host = try host(isService: true)
    func told() -> Int { host.simulation.journal.recorded.count { $0.message == Self.warnings[0] } }
    for command in ["vfs --pf 0000:b1:00.0", "vfs", "network --pf 0000:b1:00.0", "docker", "docker", "network"] {
      #expect(Run(host.simulation, "restore \(command)").status == 0)
      #expect(told() == 1)
    }
    host.simulation.disk.files[Self.path] = .init(contents: Self.text + "\n")
    #expect(Run(host.simulation, "restore vfs").status == 0)
    #expect(told() == 1, "the same mistakes")
    host.simulation.disk.files[Self.path] = .init(contents: Self.text.replacing("soon", with: "later\", \"x\": \""))
    #expect(Run(host.simulation, "restore vfs").status == 0)
    #expect(told() == 2, "others")
    host.simulation.reboot()
    #expect(Run(host.simulation, "restore vfs").status == 0)
    #expect(told() == 3)
  }

  @Test(arguments: [
    "save", "restore", "restore vfs", "restore network", "restore docker", "restore --dry-run",
    "restore vfs --dry-run", "restore network --dry-run", "restore docker --dry-run",
  ]) func `a person and a program are told once by each command that uses it`(command: String) throws {
    let host = try host()
    #expect(Run(host.simulation, command).errors.ranges(of: "warning: \(Self.warnings[0])\n").count == 1)
    let words = Self.warnings[0].replacing("\"", with: "\\\"")
    #expect(Run(host.simulation, "\(command) --json").output.ranges(of: words).count == 1)
  }

  @Test func `status shows it, with what to do, and finds no difference`() throws {
    let host = try host()
    let run = Run(host.simulation, "status --metrics /run/x.prom")
    #expect(run.status == 0)
    #expect(host.simulation.disk.files["/run/x.prom"]?.contents.contains("\nsriov_persist_healthy 1\n") == true)
    let remedy = "    remedy: correct the line, or take it out: its keys are in sriov-persist(5)\n"
    for warning in Self.warnings { #expect(run.output.contains("  \(warning)\n\(remedy)")) }
    let json = Run(host.simulation, "status --json").output
    #expect(json.contains("\"healthy\" : true") && json.contains("line 3: \\\"colour\\\" is no key"))
    host.simulation.disk.files[Self.path] = nil
    #expect(Run(host.simulation, "status").status == 0)
  }

  @Test func `check shows it as a problem, with what to do`() throws {
    let host = try host()
    let run = Run(host.simulation, "check")
    #expect(run.status == 1)
    for warning in Self.warnings { #expect(run.output.contains("configuration") && run.output.contains(warning)) }
    #expect(run.output.contains("remedy: correct the line, or take it out: its keys are in sriov-persist(5)\n"))
    #expect(Run(host.simulation, "check --json").output.contains("\"layer\" : \"settings\""))
    host.simulation.disk.files[Self.path] = nil
    #expect(Run(host.simulation, "check").output.contains("none, or all of it is understood"))
  }
}
