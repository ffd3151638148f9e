import Model

/// How many GUIDs were made for VFs.
package struct GeneratedGUIDs: Equatable, Sendable {
  package internal(set) var count = 0
  /// How many of them are in the place of one that no VF may have.
  package internal(set) var replacing = 0
}

extension GUID {
  /// A GUID for a VF that was never given one: the PF's own, marked as locally administered, with the VF's number mixed
  /// into the fourth and fifth byte, where a manufacturer's GUIDs seldom differ. The same VF gets the same one each time,
  /// and two PFs or VFs never get the same by construction unless their PFs' GUIDs differ in those bytes only.
  ///
  /// - Throws: `InvalidGUID` for a PF whose own GUID would yield none.
  init(generatedFor attribute: VFAttribute, ofVF index: Int, below pf: GUID) throws(InvalidGUID) {
    let number = UInt64(index + 1) << 1 | (attribute == .portGUID ? 1 : 0)
    let locallyAdministered: UInt64 = 0x02 << 56
    try self.init((pf.value | locallyAdministered) ^ number << 24)
  }
}

extension Adapter {
  /// Gives each VF whose GUIDs are unset, or such that no VF may have, its own. The guide's network plugin makes random ones,
  /// and half of those are group addresses.
  ///
  /// - Throws: `Failure` (`refused`) where the PF's own GUID yields none.
  mutating func generateGUIDs(for found: Observation, _ generated: inout GeneratedGUIDs) throws(Failure) {
    for (position, vf) in found.vfs.enumerated() {
      for attribute in VFAttribute.guids {
        switch vf.attributes[attribute] {
        case .unset?: break
        case .invalid?: generated.replacing += 1
        case .value?, .unreadable?, .notVisible?, nil: continue
        }
        guard try generate(attribute, ofVF: position) else { continue }
        generated.count += 1
      }
    }
  }

  /// - Returns: Whether there is a GUID of the PF to make one from.
  mutating func generate(_ attribute: VFAttribute, ofVF position: Int) throws(Failure) -> Bool {
    guard let pfGUID = pf.nodeGUID else { return false }
    do {
      vfs[position].attributes[attribute] = .guid(try GUID(generatedFor: attribute, ofVF: position, below: pfGUID))
    } catch {
      throw Failure(.refused, "not saved: \(pf): \(error)", remedy: "give the VFs GUIDs of your own, then save again")
    }
    return true
  }
}
