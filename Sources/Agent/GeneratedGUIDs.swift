import Model

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
  /// Gives each VF whose GUIDs are unset its own.
  ///
  /// - Returns: How many GUIDs were generated.
  /// - Throws: `Failure` (`refused`) where the PF's own GUID yields none.
  mutating func generateGUIDs(for found: Observation) throws(Failure) -> Int {
    guard let pfGUID = pf.nodeGUID else { return 0 }
    var count = 0
    for (position, vf) in found.vfs.enumerated() {
      for attribute in VFAttribute.guids where vf.attributes[attribute] == .unset {
        do {
          vfs[position].attributes[attribute] = .guid(
            try GUID(generatedFor: attribute, ofVF: vf.index, below: pfGUID))
        } catch {
          throw Failure(
            .refused, "not saved: \(pf): \(error)", remedy: "give the VFs GUIDs of your own, then save again")
        }
        count += 1
      }
    }
    return count
  }
}
