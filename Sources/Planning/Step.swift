package import Model

/// One write. Names a VF by its index on the plan's PF, never by an address or a name that does not exist yet.
package enum Step: Hashable, Sendable {
  case setDriversAutoprobe(Bool)
  /// Sets the count to zero, unless a VF turns out to be held in the last moment.
  case removeVFs(evenIfHeld: Bool)
  case setVFCount(Int)
  /// Takes a VF from its driver, unless it turns out to be held in the last moment, or the next driver is not there.
  case unbind(vf: Int, driver: String, next: String?, evenIfHeld: Bool)
  /// Writes one attribute. What would cut a VF's user off is not written if the VF turns out to be held.
  case setAttribute(VFAttribute, VFValue, vf: Int, evenIfHeld: Bool)
  /// Takes back what a container left on a VF, unless the VF turns out to be held.
  case takeBack(VFAttribute, VFValue, vf: Int)
  case bind(vf: Int, driver: String, overriding: Bool)
}

extension Step {
  package var vf: Int? {
    switch self {
    case .setDriversAutoprobe, .removeVFs, .setVFCount: nil
    case .unbind(let vf, _, _, _), .setAttribute(_, _, let vf, _), .takeBack(_, _, let vf), .bind(let vf, _, _): vf
    }
  }
}

extension Step: CustomStringConvertible {
  package var description: String {
    switch self {
    case .setDriversAutoprobe(let isOn): "drivers autoprobe \(isOn ? "on" : "off")"
    case .removeVFs: "remove all VFs"
    case .setVFCount(let count): "create \(count.of("VF"))"
    case .unbind(let vf, let driver, _, _): "VF \(vf): unbind from \(driver)"
    case .setAttribute(let attribute, let value, let vf, _): "VF \(vf): \(attribute.name) \(value)"
    case .takeBack(let attribute, let value, let vf): "VF \(vf): \(attribute.name) back to \(value)"
    case .bind(let vf, let driver, _): "VF \(vf): bind to \(driver)"
    }
  }
}
