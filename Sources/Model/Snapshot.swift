package import struct FoundationEssentials.Date

/// What a working host had: the content of one generation. Described for people in sriov-persist(5).
package struct Snapshot: Equatable, Codable, Sendable {
  /// The meaning of the document. Raised when a reader of this version would misunderstand a new document.
  package static let currentVersion = 1

  package var version: Int
  package var savedAt: Date
  package var host: String
  /// Of the host that saved it, as `Host.machineID`; nil where that had none, or an earlier version wrote it.
  package var machineID: String?
  package var adapters: [Adapter]
  /// Docker's networks on the adapters; nil where none is known.
  package var networks: [ContainerNetwork]?
  package var plugin: NetworkPlugin?
  /// Those that are attached to the networks.
  package var containers: [NetworkContainer]?

  package init(savedAt: Date, host: String, machineID: String? = nil, adapters: [Adapter]) {
    version = Self.currentVersion
    self.savedAt = savedAt
    self.host = host
    self.machineID = machineID
    self.adapters = adapters
  }

  enum CodingKeys: String, CodingKey {
    case version, savedAt, host
    case machineID = "machineId"
    case adapters, networks, plugin, containers
  }
}

/// One PF of a snapshot and what its VFs were.
package struct Adapter: Equatable, Codable, Sendable {
  package var pf: PhysicalFunction
  /// `sriov_drivers_autoprobe`; the kernel's default, true, where a document leaves it out.
  package var driversAutoprobe: Bool
  /// Of an Ethernet PF; nil where it is not known. It is compared, and never set.
  package var eswitchMode: ESwitchMode?
  /// One entry per VF, in the order of their indexes: their number is the VF count.
  package var vfs: [SavedVF]
  /// Whether the network plugin gives its VFs to containers. Not written: the networks say it.
  package internal(set) var givesVFsToContainers = false

  private enum CodingKeys: CodingKey {
    case pf, driversAutoprobe, eswitchMode, vfs
  }

  package init(pf: PhysicalFunction, driversAutoprobe: Bool, vfs: [SavedVF]) {
    self.pf = pf
    self.driversAutoprobe = driversAutoprobe
    self.vfs = vfs
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    pf = try container.decode(PhysicalFunction.self, forKey: .pf)
    driversAutoprobe = try container.decodeIfPresent(Bool.self, forKey: .driversAutoprobe) ?? true
    eswitchMode = try container.decodeIfPresent(ESwitchMode.self, forKey: .eswitchMode)
    vfs = try container.decode([SavedVF].self, forKey: .vfs)
  }
}

/// What one VF was. An attribute that is not there was unset, and is never written.
package struct SavedVF: Equatable, Sendable {
  package var index: Int
  /// The driver that had it, nil for none.
  package var driver: String?
  package var attributes: [VFAttribute: VFValue]

  package init(index: Int, driver: String?, attributes: [VFAttribute: VFValue]) {
    self.index = index
    self.driver = driver
    self.attributes = attributes
  }
}

extension SavedVF: Codable {
  private enum Key: CodingKey {
    case index, driver
    case attribute(VFAttribute)

    init?(stringValue: String) {
      switch stringValue {
      case "index": self = .index
      case "driver": self = .driver
      default:
        guard let attribute = VFAttribute(rawValue: stringValue) else { return nil }
        self = .attribute(attribute)
      }
    }

    var stringValue: String {
      switch self {
      case .index: "index"
      case .driver: "driver"
      case .attribute(let attribute): attribute.rawValue
      }
    }

    init?(intValue: Int) { nil }
    var intValue: Int? { nil }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    index = try container.decode(Int.self, forKey: .index)
    driver = try container.decodeIfPresent(String.self, forKey: .driver)
    attributes = [:]
    for attribute in VFAttribute.allCases {
      let key = Key.attribute(attribute)
      guard container.contains(key), try !container.decodeNil(forKey: key) else { continue }
      attributes[attribute] = try container.superDecoder(forKey: key).parsed("a \(attribute.name)", attribute.value)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(index, forKey: .index)
    try container.encodeIfPresent(driver, forKey: .driver)
    for (attribute, value) in attributes {
      try container.encode(value.description, forKey: .attribute(attribute))
    }
  }
}
