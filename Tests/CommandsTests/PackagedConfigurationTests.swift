import SimulatedHost
import Storage
import SystemPackage
import Testing

/// The file that the package installs says what is so without it.
@Suite struct PackagedConfigurationTests {
  private func configuration(_ files: [String: SimulatedDisk.File]) -> Configuration {
    Configuration(SimulatedDisk(files, tasks: SimulatedTasks()))
  }

  @Test func `each value of the packaged configuration is the default`() throws {
    let text = try Documents.text(of: "packaging/debian/config.json")
    #expect(configuration([Configuration.path.string: .init(contents: text)]) == configuration([:]))
  }
}
