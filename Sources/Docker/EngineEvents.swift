import FoundationEssentials
package import HostInterface
import Model

extension DockerEngine {
  /// What happens to networks and containers from now on; `bell` is rung by each. A plugin that dies makes none.
  package func events(until deadline: Duration, ringing bell: any Bell) throws(DockerError) -> EngineEvents {
    let request = peer.request(
      .get, path("events") + "?" + Self.filters(["type": ["container", "network"]]))
    let lines: any HTTPLines
    do throws(HTTPError) {
      lines = try peer.http.open(request, over: peer.socket, until: deadline, ringing: bell)
    } catch {
      throw DockerError(request, peer.socket, .transport(error))
    }
    guard lines.status < 400 else {
      defer { lines.close() }
      let words = (try? lines.next(until: deadline)) ?? nil
      throw DockerError(request, peer.socket, .refusal(status: lines.status, message: words ?? ""))
    }
    return EngineEvents(request: request, peer: peer, lines: lines)
  }
}

/// The daemon's events, for as long as it lives.
package struct EngineEvents: Sendable {
  let request: HTTPRequest
  let peer: Peer
  let lines: any HTTPLines

  /// The next one; nil when none came until the deadline. An error means that the daemon is gone.
  package func next(until deadline: Duration) throws(DockerError) -> EngineEvent? {
    do {
      while let line = try lines.next(until: deadline) {
        if line.isEmpty { continue }
        return try JSONDecoder().decode(EngineEvent.self, from: Data(line.utf8))
      }
      return nil
    } catch let error as HTTPError {
      throw DockerError(request, peer.socket, .transport(error))
    } catch {
      throw DockerError(request, peer.socket, .unreadable(DecodingError.words(for: error)))
    }
  }

  package func close() { lines.close() }
}

package struct EngineEvent: Hashable, Sendable, Decodable {
  /// `network` or `container`.
  package let type: String
  /// `create`, `connect`, `die`, …
  package let action: String
  /// Of the network or container.
  package let id: String
  package let attributes: [String: String]

  private enum CodingKeys: String, CodingKey {
    case type = "Type"
    case action = "Action"
    case actor = "Actor"
  }

  private struct Actor: Decodable {
    let ID: String
    let Attributes: [String: String]?
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(String.self, forKey: .type)
    action = try container.decode(String.self, forKey: .action)
    let actor = try container.decode(Actor.self, forKey: .actor)
    id = actor.ID
    attributes = actor.Attributes ?? [:]
  }
}
