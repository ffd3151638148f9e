import Foundation
import HostInterface

/// What Docker is asked, and how it answers.
extension SimulatedDocker {
  func route(_ request: HTTPRequest) throws(DockerRefusal) -> HTTPReply {
    let parts = request.target.split(separator: "?", maxSplits: 1)
    var path = parts[0].split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
    if let first = path.first, first.hasPrefix("v"), first.contains(".") {
      try check(version: first.dropFirst())
      path.removeFirst()
    }
    let query = parts.count == 2 ? String(parts[1]) : ""
    let body = JSONBody(request.body)
    switch (request.method, path.first, path.count) {
    case (.get, "_ping", 1):
      let (major, minor) = now.release.highestAPI
      var headers = ["api-version": "\(major).\(minor)", "server": "Docker/\(now.release.rawValue) (linux)"]
      if let podman = now.podman {
        headers = ["api-version": "1.41", "libpod-api-version": podman, "server": "Libpod/\(podman) (linux)"]
      }
      return HTTPReply(status: 200, headers: headers, body: Array("OK".utf8))
    case (.get, "version", 1):
      let (major, minor) = now.release.lowestAPI
      return Self.reply(200, ["MinAPIVersion": "\(major).\(minor)", "Version": now.release.rawValue])
    case (.get, "info", 1):
      return Self.reply(
        200,
        ["ServerVersion": now.release.rawValue, "LiveRestoreEnabled": false, "DockerRootDir": "/var/lib/docker"])
    case (_, "networks", _): return try routeNetworks(request.method, Array(path.dropFirst()), body)
    case (_, "containers", _): return try routeContainers(request.method, Array(path.dropFirst()), query, body)
    case (.get, "images", 3...):
      let name = path.dropFirst().dropLast().joined(separator: "/")
      let images = now.images
      guard let digest = images[name] ?? images.values.first(where: { $0 == name }) else {
        throw DockerRefusal(404, "No such image: \(name):latest")
      }
      return Self.reply(200, ["Id": digest])
    default: throw DockerRefusal(404, "page not found")
    }
  }

  private func check(version text: Substring) throws(DockerRefusal) {
    let parts = text.split(separator: ".").compactMap { Int($0) }
    guard parts.count == 2 else { throw DockerRefusal(404, "page not found") }
    let asked = (parts[0], parts[1])
    let (high, low) = (now.release.highestAPI, now.release.lowestAPI)
    guard asked <= high else {
      throw DockerRefusal(
        400, "client version \(text) is too new. Maximum supported API version is \(high.0).\(high.1)")
    }
    guard asked >= low else {
      throw DockerRefusal(
        400,
        "client version \(text) is too old. Minimum supported API version is \(low.0).\(low.1), please upgrade your "
          + "client to a newer version", isPlain: asked < (1, 24))
    }
  }

  static func reply(_ status: Int, _ value: Any? = nil) -> HTTPReply {
    HTTPReply(status: status, body: value.map { Array(JSONBody.text($0).utf8) } ?? [])
  }
}

/// An answer that is none that was asked for.
struct DockerRefusal: Error {
  let status: Int
  let message: String
  /// Without JSON around it, as below API 1.24.
  let isPlain: Bool

  init(_ status: Int, _ message: String, isPlain: Bool = false) {
    self.status = status
    self.message = message
    self.isPlain = isPlain
  }
}
