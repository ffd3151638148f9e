import SimulatedHost
import Storage
import SystemPackage
import Testing

@Suite struct ConfigurationTests {
  private func read(_ text: String?, mode: UInt32 = 0o644) -> Configuration {
    var files: [String: SimulatedDisk.File] = [:]
    if let text {
      files[Configuration.path.string] = .init(contents: text)
      files[Configuration.path.string]?.mode = mode
    }
    return Configuration(SimulatedDisk(files, tasks: SimulatedTasks()))
  }

  @Test func `no file, all defaults, nothing to say`() {
    #expect(read(nil).vfCountLimit == .seconds(300))
    #expect(read(nil).warnings.isEmpty)
  }

  @Test func `what it sets`() {
    #expect(read("{\"vfCountSeconds\": 20}").vfCountLimit == .seconds(20))
    #expect(read("{\"vfCountSeconds\": 20}").warnings.isEmpty)
  }

  @Test(arguments: ["0", "-1", "1.5", "3601", "\"20\"", "true", "null", "[]", "1e99"])
  func `a value that makes no sense costs that value, and is told with its line and key`(value: String) {
    let configuration = read("{\n  \"vfCountSeconds\": \(value)\n}")
    #expect(configuration.vfCountLimit == .seconds(300))
    #expect(
      configuration.warnings == [
        "/etc/sriov-persist/config.json, line 2: \"vfCountSeconds\" takes 1 to 3600, in seconds; using 300"
      ])
  }

  @Test(arguments: ["\"docker.sock\"", "\"\"", "7", "null"]) func `a socket that is no absolute path is told`(
    value: String
  ) {
    #expect(read("{\"dockerSocket\": \"/srv/docker.sock\"}").dockerSocket == "/srv/docker.sock")
    let configuration = read("{\"dockerSocket\": \(value)}")
    #expect(configuration.dockerSocket == "/run/docker.sock")
    #expect(configuration.warnings[0].hasSuffix("takes an absolute path; using \"/run/docker.sock\""))
  }

  @Test(arguments: ["", "{", "[]", "{\"a\": }", "7"]) func `what is no document is told`(text: String) {
    #expect(read(text).vfCountLimit == .seconds(300))
    #expect(read(text).warnings.count == 1)
  }

  @Test func `an unknown key is told with its line`() {
    #expect(
      read("{\n\"vfcountseconds\": 20}").warnings
        == ["/etc/sriov-persist/config.json, line 2: there is no \"vfcountseconds\""])
  }

  @Test func `what others may write is not believed`() {
    #expect(read("{\"vfCountSeconds\": 20}", mode: 0o666).vfCountLimit == .seconds(300))
    #expect(read("{\"vfCountSeconds\": 20}", mode: 0o666).warnings[0].contains("only root may write it"))
  }
}
