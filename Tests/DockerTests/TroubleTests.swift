import Docker
import HostInterface
import Model
import SystemPackage
import Testing

/// docker.md 5.4, row by row, in the words of every release.
@Suite struct TroubleTests {
  private static let id = String(repeating: "0123456789abcdef", count: 4)

  private enum Call: String, Sendable {
    case read, start, remove, connect, disconnect
  }

  private func trouble(_ call: Call, _ http: Canned) throws -> Trouble? {
    let engine = try DockerEngine.connect(http, until: .forever)
    do throws(DockerError) {
      switch call {
      case .read: _ = try engine.networks(until: .forever)
      case .start: try engine.start("c", until: .forever)
      case .remove: try engine.removeNetwork("n", until: .forever)
      case .connect: try engine.connect("c", to: "n", as: NetworkEndpoint(), until: .forever)
      case .disconnect: try engine.disconnect("c", from: "n", until: .forever)
      }
      return nil
    } catch {
      return error.trouble
    }
  }

  private static let answers: [(Call, Int, String, Trouble)] = [
    (.read, 400, "client version 1.12 is too old. Minimum supported API version is 1.44", .wrongVersion),
    (.read, 400, "client version 1.60 is too new. Maximum supported API version is 1.41", .wrongVersion),
    (.start, 404, #"plugin "sriov" not found"#, .pluginNotServing),
    (.start, 500, #"failed to add endpoint: plugin "sriov" not found"#, .pluginNotServing),
    (
      .start, 500,
      #"failed to set up container networking: legacy plugin: Post "http://plugin.moby.localhost/Plugin.Activate""#,
      .pluginNotServing
    ),
    (
      .start, 500,
      #"failed to create endpoint c on network n: Post "http://x/NetworkDriver.CreateEndpoint": dial unix /s: refused"#,
      .pluginNotServing
    ),
    (.start, 500, "NetworkDriver.CreateEndpoint: Plugin can not find network [ \(id) ].", .pluginBlank),
    (.start, 500, "NetworkDriver.Join: Can not find network [ \(id) ].", .pluginBlank),
    (.start, 500, "NetworkDriver.CreateNetwork: Fail to enable sriov: EBUSY", .hardwareNotReady),
    (.start, 500, "NetworkDriver.CreateNetwork: Fail to set PF link up: %!(EXTRA", .hardwareNotReady),
    (.start, 500, "Fail to allocate VF err = All Vfs for PF are allocated.", .noFreeVF),
    (.start, 500, "All devices in use [ \(id) ].", .noFreeVF),
    // The texts of the fork that is still maintained.
    (.start, 500, "Fail to allocate VF err = all Vfs for ens1f0 are allocated", .noFreeVF),
    (.start, 500, "NetworkDriver.CreateNetwork: sriov not enabled!", .hardwareNotReady),
    (.start, 403, "Address already in use", .addressInUse),
    (
      .start, 500, "Invalid address 10.10.10.4: It does not belong to any of this network's subnets",
      .addressOutsideSubnet
    ),
    (
      .connect, 400, "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 10.10.10.4",
      .addressOutsideSubnet
    ),
    (.start, 500, "route for the gateway 10.10.1.1 could not be found: network is unreachable", .vfNotUsable),
    (.start, 500, "failed to add interface  to sandbox: error: Link not found", .vfNotUsable),
    (.start, 404, "network \(id) not found", .orphaned),
    (.start, 404, "could not find a network matching network mode \(id): network \(id) not found", .orphanedForGood),
    (.start, 404, "No such container: c", .notFound),
    (.connect, 404, "network n not found", .notFound),
    (.connect, 403, "Pool overlaps with other one on this address space", .alreadyThere),
    (.connect, 409, "network with name n already exists", .alreadyThere),
    (.connect, 400, "2 matches found based on name: network n is ambiguous", .ambiguousName),
    (.disconnect, 500, "container c is not connected to network n", .notConnected),
    (.remove, 500, #"failed deleting network: plugin "sriov" not found"#, .outcomeUnknown),
    (.remove, 403, "error while removing network: network n id \(id) has active endpoints", .inUse),
    (.remove, 404, "network n not found", .notFound),
    (.read, 500, "something that nobody has seen", .other),
  ]

  @Test(arguments: answers.indices) func `an answer has a meaning`(row: Int) throws {
    let (call, status, message, expected) = Self.answers[row]
    let escaped = message.replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    #expect(try trouble(call, Canned(status, #"{"message":"\#(escaped)"}"#)) == expected)
    // Docker before 1.24 has plain text.
    #expect(try trouble(call, Canned(status, message)) == expected)
  }

  @Test(arguments: [
    (HTTPError.Reason.noSocket, Trouble.notThere, Trouble.notThere), (.refused, .notThere, .notThere),
    (.notConnected(.permissionDenied), .notThere, .notThere), (.deadline(.notConnected), .notThere, .notThere),
    (.deadline(.unanswered), .notAnswering, .outcomeUnknown), (.deadline(.answering), .notAnswering, .outcomeUnknown),
    (.cut(.unanswered), .notAnswering, .outcomeUnknown), (.cut(.answering), .notAnswering, .outcomeUnknown),
    (.tooLarge, .other, .outcomeUnknown), (.malformed, .other, .outcomeUnknown),
  ]) func `a change that got no answer may have been made`(reason: HTTPError.Reason, read: Trouble, change: Trouble)
    throws
  {
    let http = Canned { (_) throws(HTTPError.Reason) in throw reason }
    #expect(try trouble(.read, http) == read)
    for call in [Call.start, .remove, .connect, .disconnect] { #expect(try trouble(call, http) == change) }
    // Nothing was sent twice.
    #expect(http.requests.count == 5)
  }

  @Test func `an error has Docker's own words`() throws {
    let http = Canned(409, #"{"message":"network with name n already exists"}"#)
    let engine = try DockerEngine.connect(http, until: .forever)
    #expect { try engine.start("c", until: .forever) } throws: {
      "\($0)" == "POST /v1.41/containers/c/start: 409 network with name n already exists"
    }
  }
}
