import FoundationEssentials
import Testing

@testable import Docker

@Suite struct DockerTimeTests {
  @Test(
    arguments: [
      "2026-01-15T08:01:40.25Z", "2026-01-15T09:01:40.250000000+01:00", "2026-01-15T02:31:40.25-05:30",
    ]) func `a time of any zone`(text: String) throws
  {
    #expect(try #require(Date(ofDocker: text)).timeIntervalSince1970 == 1_768_464_100.25)
  }

  @Test(arguments: ["0001-01-01T00:00:00Z", "", ".", "yesterday", "2026-01-15"]) func `none`(text: String) {
    #expect(Date(ofDocker: text) == nil)
  }
}
