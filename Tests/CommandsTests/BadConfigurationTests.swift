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
    #expect(Run(host.simulation, command).status == 0)
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

  @Test func `the Docker unit, which is tried again and again, tells it once`() throws {
    let host = try host(isService: true)
    for _ in 0..<3 { #expect(Run(host.simulation, "restore docker").status == 0) }
    #expect(host.simulation.journal.recorded.filter { $0.message == Self.warnings[0] }.count == 1)
  }

  @Test func `status shows it as a problem, with what to do`() throws {
    let host = try host()
    let run = Run(host.simulation, "status")
    #expect(run.status == 1)
    let remedy = "    remedy: correct the line, or take it out: its keys are in sriov-persist(1)\n"
    for warning in Self.warnings { #expect(run.output.contains("  \(warning)\n\(remedy)")) }
    let json = Run(host.simulation, "status --json").output
    #expect(json.contains("\"healthy\" : false") && json.contains("line 3: \\\"colour\\\" is no key"))
    host.simulation.disk.files[Self.path] = nil
    #expect(Run(host.simulation, "status").status == 0)
  }

  @Test func `check shows it as a problem, with what to do`() throws {
    let host = try host()
    let run = Run(host.simulation, "check")
    #expect(run.status == 1)
    for warning in Self.warnings { #expect(run.output.contains("configuration") && run.output.contains(warning)) }
    #expect(run.output.contains("remedy: correct the line, or take it out: its keys are in sriov-persist(1)\n"))
    #expect(Run(host.simulation, "check --json").output.contains("\"layer\" : \"settings\""))
    host.simulation.disk.files[Self.path] = nil
    #expect(Run(host.simulation, "check").output.contains("none, or all of it is understood"))
  }
}
