import Model

/// What numbers and texts of the kernel say of an identity: zero is how it says that it was never set.
extension Reading {
  /// What a file that holds a GUID says; zero is how the driver says that it was never set.
  init(guid text: String) { self.init { () throws(InvalidGUID) in try GUID(text) } }

  /// What netlink says; zero as in a file.
  init(guid number: UInt64) { self.init { () throws(InvalidGUID) in try GUID(number) } }

  private init(_ guid: () throws(InvalidGUID) -> GUID) {
    do {
      self = .value(.guid(try guid()))
    } catch {
      self =
        switch error.reason {
        case .zero: .unset
        case .malformed: .unreadable("\(error)")
        case .allOnes, .multicast: .invalid("\(error)")
        }
    }
  }

  init(mac bytes: [UInt8]) {
    do {
      self = .value(.mac(try MACAddress(bytes)))
    } catch {
      self = error.reason == .zero ? .unset : .invalid("\(error)")
    }
  }

  /// A VF that was probed before it had a MAC has no node GUID (mlx5.md 5.4). One that was given another node GUID than that
  /// of its MAC says nothing.
  init(macOfNodeGUID text: String) {
    switch Reading(guid: text) {
    case .value(.guid(let guid)):
      self =
        MACAddress(ofNodeGUID: guid.value).map { .value(.mac($0)) } ?? .notVisible("its node GUID is of another kind")
    case let other: self = other
    }
  }
}
