import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
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
    #expect(configuration.mistakes[0].remedy == "correct the line, or take it out: its keys are in sriov-persist(5)")
  }

  @Test(arguments: ["\"docker.sock\"", "\"\"", "7", "null"]) func `a socket that is no absolute path is told`(
    value: String
  ) {
    #expect(read("{\"dockerSocket\": \"/srv/docker.sock\"}").dockerSocket == "/srv/docker.sock")
    let configuration = read("{\"dockerSocket\": \(value)}")
    #expect(configuration.dockerSocket == "/run/docker.sock")
    #expect(configuration.warnings[0].hasSuffix("takes an absolute path; using \"/run/docker.sock\""))
  }

  @Test(arguments: [
    "": "line 1: it is no JSON", "{": "line 1: it is no JSON", "[]": "line 1: it is no object, such as",
    "7": "line 1: it is no object, such as", "\u{0}\u{1}\u{fffd}": "line 1: it is no JSON",
    "{\n\"vfCountSeconds\": 20,\n\"dockerSeconds\": }": "line 3: at or after \"dockerSeconds\" it is no JSON",
    "{\r\n\"vfCountSeconds\": 20\r\n\"dockerSeconds\": 7}": "line 3: at or after \"vfCountSeconds\" it is no JSON",
    "{\n\"vfCountSeconds\": tru}": "line 2: at or after \"vfCountSeconds\" it is no JSON",
    "{\"vfCountSeconds\": 20}\n}": "line 2: at or after \"vfCountSeconds\" it is no JSON",
  ]) func `what is no document is told with its line, and all defaults are used`(text: String, words: String) {
    let configuration = read(text)
    #expect(configuration.vfCountLimit == .seconds(300))
    #expect(configuration.warnings.count == 1)
    #expect(
      configuration.warnings[0].hasPrefix("/etc/sriov-persist/config.json, \(words)"), "\(configuration.warnings)")
    #expect(configuration.warnings[0].hasSuffix("; using the defaults"))
    #expect(configuration.mistakes[0].remedy == "correct it, or remove it: its keys are in sriov-persist(5)")
  }

  @Test func `an unknown key is told with its line, whatever ends the lines`() {
    for end in ["\n", "\r\n"] {
      #expect(
        read("{\(end)\"vfcountseconds\": 20,\(end)\"dockerSeconds\":\(end)-1}").warnings == [
          "/etc/sriov-persist/config.json, line 3: \"dockerSeconds\" takes 1 to 3600, in seconds; using 120",
          "/etc/sriov-persist/config.json, line 2: \"vfcountseconds\" is no key; nothing is made of it",
        ])
    }
  }

  @Test func `the line is that of the key, whatever else has its words`() {
    let texts = [
      "{\n\"colour\": \"dockerSeconds\", \"a\": {\n\"dockerSeconds\": 1},\n\"dockerSeconds\": 0}": 4,
      "{\"dockerSeconds\": 0,\n\"dockerSeconds\": 7}": 1, "{\n\"docker\\u0053econds\"\n:\n0}": 2,
      "\u{feff}{\n\n\"dockerSeconds\": 0}": 3,
    ]
    for (text, line) in texts {
      let warnings = read(text).warnings.filter { $0.contains(#""dockerSeconds" takes"#) }
      #expect(warnings.map { $0.contains("config.json, line \(line): ") } == [true], "\(text): \(warnings)")
    }
    #expect(read("{\"dockerSeconds\": 7,\n\"dockerSeconds\": 0}").dockerLimit == .seconds(7), "the first one counts")
    #expect(read("\u{feff}{\n\"dockerSeconds\": }").warnings[0].contains("line 2: at or after \"dockerSeconds\""))
  }

  @Test func `a key that is there twice is told with its line`() {
    let twice = read("{\"dockerSeconds\": 7,\n\"vfCountSeconds\": 20,\n\"docker\\u0053econds\": 9}")
    #expect(twice.dockerLimit == .seconds(7) && twice.vfCountLimit == .seconds(20))
    #expect(
      twice.warnings == [
        "/etc/sriov-persist/config.json, line 3: \"dockerSeconds\" is a duplicate; using the one in line 1"
      ])
    #expect(twice.mistakes[0].remedy == "remove one of the two: its keys are in sriov-persist(5)")
    let many = String(repeating: "\"dockerSeconds\": 7, ", count: 2000)
    #expect(read("{\(many)\"dockerSeconds\": 7}").warnings.count == 20)
  }

  @Test func `no key is told at full length`() {
    let key = String(repeating: "x", count: 1000)
    #expect(read("{\"\(key)\": 1}").warnings[0].utf8.count < 150)
  }

  @Test func `what others may write is not believed`() {
    #expect(read("{\"vfCountSeconds\": 20}", mode: 0o666).vfCountLimit == .seconds(300))
    #expect(read("{\"vfCountSeconds\": 20}", mode: 0o666).warnings[0].contains("only root may write it"))
  }

  @Test func `a huge file is not read, and one with countless keys is one mistake`() {
    let spaces = String(repeating: " ", count: 1 << 17)
    #expect(read(spaces + "{\"vfCountSeconds\": 20}").warnings.map { $0.contains("larger than 65536 bytes") } == [true])
    let gigantic = read(String(repeating: " ", count: 17 << 20))
    #expect(gigantic.warnings == ["cannot read /etc/sriov-persist/config.json: EFBIG; using the defaults"])
    let keys = read("{" + (1...1000).map { "\"k\($0)\": 1" }.joined(separator: ",") + "}")
    #expect(keys.warnings.map { $0.contains("it has 1000 keys") } == [true])
    #expect(read(String(repeating: "[", count: 60_000)).warnings.count == 1)
    #expect(
      read("{\"a\":" + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}").warnings.count
        == 1)
  }

  @Test func `a folder, a link that leads nowhere and what may not be read are told`() {
    let path = Configuration.path.string
    func read(_ files: [String: SimulatedDisk.File]) -> Configuration {
      Configuration(SimulatedDisk(files, tasks: SimulatedTasks()))
    }
    var forbidden = SimulatedDisk.File(contents: "{}")
    forbidden.isForbidden = true
    let found = [
      "EISDIR": read(["\(path)/x": .init(contents: "")]),
      Errno.tooManySymbolicLinkLevels.explained: read([path: .link(to: "/nowhere")]), "EACCES": read([path: forbidden]),
    ]
    for (errno, configuration) in found {
      #expect(configuration.warnings == ["cannot read \(path): \(errno); using the defaults"])
      #expect(!configuration.mistakes[0].remedy.isEmpty)
      #expect(configuration.vfCountLimit == .seconds(300) && configuration.dockerSocket == "/run/docker.sock")
    }
  }

  @Test(arguments: 1...30) func `whatever is in it, its values are within their limits`(seed: UInt64) {
    let document = """
      {
        "dockerSeconds" : 20, "dockerSocket" : "/srv/docker.sock", "netdevSeconds" : 0,
        "subnetManagerSeconds" : 3600, "vfCountSeconds" : 1
      }
      """
    #expect(read(document).warnings.isEmpty)
    var dice = Dice(seed: seed)
    for _ in 0..<50 {
      let configuration = read(document.garbled(&dice))
      let limits = [configuration.vfCountLimit, configuration.dockerLimit]
      #expect(limits.allSatisfy { (.seconds(1)...(.seconds(3600))).contains($0) })
      #expect((.zero...(.seconds(3600))).contains(configuration.netdevLimit))
      #expect((.zero...(.seconds(3600))).contains(configuration.subnetManagerLimit))
      #expect(configuration.dockerSocket.isAbsolute)
      for mistake in configuration.mistakes {
        #expect(mistake.message.contains("/etc/sriov-persist/config.json") && !mistake.remedy.isEmpty)
        #expect(!mistake.message.contains("\n") && mistake.message.utf8.count < 500)
      }
    }
  }
}
