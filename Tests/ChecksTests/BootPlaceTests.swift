@testable import Checks
import HostInterface
import LinuxHost
import Model
import SimulatedHost
import SystemPackage
import Testing

extension Owner {
  static func others(of pf: PhysicalFunction, onHostWith files: [String: SimulatedDisk.File]) -> [Owner] {
    let disk = Simulation(files: files).disk
    return others(of: pf, on: disk, BootWrite.all(on: disk))
  }
}

@Suite struct BootPlaceTests {
  @Test(arguments: BootRow.places) func `places that a boot reads`(row: BootRow) { expect(row) }

  @Test(arguments: BootRow.units) func `what units run`(row: BootRow) { expect(row) }

  @Test(arguments: BootRow.scripts) func `what scripts write`(row: BootRow) { expect(row) }

  private func expect(_ row: BootRow) {
    #expect(row.found == row.expected, "\(row.owners)")
    #expect(row.owners.count <= 1)
    if let program = row.program { #expect(row.owners.first?.program == program) }
  }

  @Test func `a script is told with what starts it`() {
    let row = BootRow.units[0]
    #expect(
      row.owners.map(\.description) == [
        "systemd: /usr/local/sbin/make-vfs (4 > \(BootRow.path)), started by /etc/systemd/system/vf.service"
      ])
  }

  @Test func `links that lead in circles and files that may not be read are nothing`() {
    var files: [String: SimulatedDisk.File] = [
      "/etc/rc.local": .link(to: "/etc/rc.local"), "/etc/cron.d/a": .link(to: "b"), "/etc/cron.d/b": .link(to: "a"),
      "/etc/crontab": .init(contents: "@reboot root \(BootRow.write)\n"),
    ]
    files["/etc/crontab"]?.isForbidden = true
    #expect(Owner.others(of: BootRow.pf, onHostWith: files) == [])
  }

  @Test func `what this package installs creates no VFs by itself`() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let disk = LinuxDisk(tasks: LinuxTasks())
    var files: [String: SimulatedDisk.File] = [:]
    for (folder, target) in [("units", "/usr/lib/systemd/system"), ("udev", "/usr/lib/udev/rules.d")] {
      for name in try disk.list(root.appending(folder)) {
        files["\(target)/\(name)"] = .init(contents: try disk.read(root.appending(folder).appending(name)).contents)
        files["/etc/systemd/system/multi-user.target.wants/\(name)"] = .link(to: "\(target)/\(name)")
      }
    }
    #expect(files.count > 12)
    #expect(Owner.others(of: BootRow.pf, onHostWith: files) == [])
  }

  @Test func `a word that may have no end of values takes no time without end`() {
    let text =
      "A='" + String(repeating: "x ", count: 5000) + "'\n" + String(repeating: "A=$A$A$A$A\n", count: 50)
      + String(repeating: "( { $( if case ", count: 2000) + "\n/etc/rc.local; . /etc/rc.local $A\n"
    var file = SimulatedDisk.File(contents: "#!/bin/sh\n\(text)\(BootRow.write)\n")
    file.mode = 0o755
    let time = ContinuousClock().measure {
      _ = Owner.others(of: BootRow.pf, onHostWith: ["/etc/rc.local": file])
    }
    #expect(time < .seconds(60))
  }

  @Test(arguments: [
    ("a*c", "abc", true), ("a*c", "ab", false), ("*", "", true), ("**b*", "aab", true), ("[a-c]?[!x]", "bzy", true),
    ("[a-c", "[a-c", false), ("a*b*c", "aXbXbXc", true), ("a*b*c", "acb", false), ("", "", true), ("?", "", false),
  ]) func `patterns`(pattern: String, text: String, isMatch: Bool) {
    #expect(text.matches(glob: pattern) == isMatch)
  }

  @Test func `a pattern of many stars takes no time`() {
    #expect(!String(repeating: "a", count: 60).matches(glob: String(repeating: "*a", count: 59) + "*b"))
  }
}
