package import Model

/// What Docker says of one container, as far as it matters here. Its environment is not even read.
package struct ContainerReply: Sendable {
  package let id: String
  package let name: String
  package let isRunning: Bool
  /// Why its last start failed; empty where it did not.
  package let error: String
  package let networkMode: String
  package let restartPolicy: RestartPolicy
  package let endpoints: [String: NetworkEndpoint]
  /// By the names of the networks: the id each was started on, empty before the first start; and the address that it has
  /// now, empty while it does not run.
  package let attachments: [String: Attachment]
  /// Of its first process; 0 while it does not run.
  let pid: Int
  /// The program that it runs, with its arguments.
  let program: [String]
  /// Where it is the plugin's.
  package let recordedAsPlugin: PluginContainer

  package struct Attachment: Hashable, Sendable {
    package let networkID: String
    package let address: String
  }
}

extension ContainerReply {
  package var recorded: NetworkContainer {
    NetworkContainer(
      name: name, id: id, networkMode: networkMode, restartPolicy: restartPolicy, wasRunning: isRunning,
      endpoints: endpoints)
  }

  /// Whether Docker tried to start it, failed, and will not try again before it is itself restarted (docker.md 3.2).
  package var wasGivenUp: Bool { !isRunning && restartPolicy.startsAtBoot && !error.isEmpty }
}

extension ContainerReply: Decodable {
  package init(from decoder: any Decoder) throws {
    let reply = try Reply(from: decoder)
    id = reply.Id
    name = String(reply.Name.drop { $0 == "/" })
    isRunning = reply.State.Running ?? false
    error = reply.State.Error ?? ""
    pid = reply.State.Pid ?? 0
    networkMode = reply.HostConfig.NetworkMode ?? ""
    let policy = reply.HostConfig.RestartPolicy
    restartPolicy = RestartPolicy(
      name: policy?.Name.flatMap { $0.isEmpty ? nil : $0 } ?? "no", maximumRetryCount: policy?.MaximumRetryCount ?? 0)
    let networks = reply.NetworkSettings?.Networks ?? [:]
    endpoints = networks.mapValues { $0.endpoint(ofContainer: reply.Id) }
    attachments = networks.mapValues { Attachment(networkID: $0.NetworkID ?? "", address: $0.IPAddress ?? "") }
    program = [reply.Path].compactMap(\.self) + (reply.Args ?? [])
    recordedAsPlugin = PluginContainer(
      name: name, image: reply.Config.Image ?? "", imageID: reply.Image ?? "", binds: reply.HostConfig.binds,
      isPrivileged: reply.HostConfig.Privileged ?? false, networkMode: networkMode, restartPolicy: restartPolicy,
      command: reply.Config.Cmd ?? [])
  }
}

/// The reply's own shape; names and spelling are the Engine API's.
private struct Reply: Decodable {
  let Id: String
  let Name: String
  let Image: String?
  let Path: String?
  let Args: [String]?
  let State: State
  let Config: Config
  let HostConfig: HostConfig
  let NetworkSettings: NetworkSettings?

  struct State: Decodable {
    let Running: Bool?
    let Pid: Int?
    let Error: String?
  }

  struct Config: Decodable {
    let Image: String?
    let Cmd: [String]?
  }

  struct HostConfig: Decodable {
    let NetworkMode: String?
    let Privileged: Bool?
    let RestartPolicy: Policy?
    let Binds: [String]?
    let Mounts: [Mount]?

    struct Policy: Decodable {
      let Name: String?
      let MaximumRetryCount: Int?
    }

    struct Mount: Decodable {
      let `Type`: String
      let Source: String?
      let Target: String
      let ReadOnly: Bool?
    }

    /// With those that were asked for by `--mount`.
    var binds: [String] {
      (Binds ?? [])
        + (Mounts ?? []).filter { $0.Type == "bind" }.map { mount in
          "\(mount.Source ?? ""):\(mount.Target)\(mount.ReadOnly == true ? ":ro" : "")"
        }
    }
  }

  /// Only this part of the settings is there in every version (docker.md 5.1).
  struct NetworkSettings: Decodable {
    let Networks: [String: Settings]?
  }

  struct Settings: Decodable {
    let IPAMConfig: Addresses?
    let Aliases: [String]?
    let Links: [String]?
    let DriverOpts: [String: String]?
    let MacAddress: String?
    let GwPriority: Int?
    let NetworkID: String?
    let IPAddress: String?

    struct Addresses: Decodable {
      let IPv4Address: String?
      let IPv6Address: String?
      let LinkLocalIPs: [String]?
    }

    func endpoint(ofContainer id: String) -> NetworkEndpoint {
      NetworkEndpoint(
        ipv4Address: IPAMConfig?.IPv4Address.flatMap { $0.isEmpty ? nil : $0 },
        ipv6Address: IPAMConfig?.IPv6Address.flatMap { $0.isEmpty ? nil : $0 },
        linkLocalAddresses: IPAMConfig?.LinkLocalIPs ?? [],
        // Docker adds the container's own short id, and would take it for one of ours (docker.md 6.2).
        aliases: (Aliases ?? []).filter { $0 != id.prefix(12) }, links: Links ?? [], driverOptions: DriverOpts ?? [:],
        macAddress: MacAddress.flatMap { $0.isEmpty ? nil : $0 }, gatewayPriority: GwPriority == 0 ? nil : GwPriority)
    }
  }
}
