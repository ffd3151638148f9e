import Foundation
import HostInterface
import SimulatedHost
import SystemPackage
import Testing

/// The simulated network plugin answers as the real one did, which was asked the same in the same order.
@Suite struct PluginAnswersTests {
  private struct Recording: Decodable {
    let answers: [Entry]

    struct Entry: Decodable {
      let name: String
      let method: String
      let body: String
      let reply: Reply?
    }

    struct Reply: Decodable {
      let status: Int
      let type: String
      let text: String
    }
  }

  @Test func `they are the real ones`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "StandIn/answers.json")
    let recording = try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file))
    #expect(recording.answers.count == 48)
    let simulation = Simulation(docker: .v28)
    let plugin = try #require(simulation.docker).plugin
    plugin.start()
    plugin.update { $0.otherNetdevs.insert("v0") }
    for entry in recording.answers {
      let request = HTTPRequest(.post, "/\(entry.method)", body: Array(entry.body.utf8))
      let reply: HTTPReply
      do throws(HTTPError) {
        reply = try simulation.sockets.exchange(request, over: "/run/docker/plugins/sriov.sock", until: .forever)
      } catch {
        #expect(entry.reply == nil && error.reason == .cut(.unanswered), "\(entry.name): \(error)")
        continue
      }
      let expected = try #require(entry.reply, "\(entry.name) has an answer")
      #expect(reply.status == expected.status && reply.headers["content-type"] == expected.type, "\(entry.name)")
      let text = String(decoding: reply.body, as: UTF8.self)
      #expect(Self.meaning(text) == Self.meaning(expected.text), "\(entry.name): \(text)")
    }
  }

  /// JSON without what its writer was free to choose.
  private static func meaning(_ text: String) -> String {
    let options: JSONSerialization.ReadingOptions = [.fragmentsAllowed]
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: options),
      let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
    else { return text.trimmingCharacters(in: .whitespacesAndNewlines) }
    return String(decoding: data, as: UTF8.self)
  }
}
