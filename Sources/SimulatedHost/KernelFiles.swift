import Model
import SystemPackage

extension SimulatedKernel {
  func read(_ node: Node) throws(Errno) -> String {
    switch node {
    case .directory: throw .isDirectory
    case .link: throw .invalidArgument
    case .text(let text): return text
    case .unreadable(let errno): throw errno
    case .bind, .unbind: throw .permissionDenied
    case .vfCount(let pf):
      return try withDeviceLock(of: machine.adapters[pf].address) { () throws(Errno) in
        "\(machine.adapters[pf].vfCount)\n"
      }
    case .ofedVFCount(let pf): return "\(machine.adapters[pf].vfCount)\n"
    case .driversAutoprobe(let pf): return machine.adapters[pf].driversAutoprobe ? "1\n" : "0\n"
    case .driverOverride(let pf, let vf):
      // A probe has this lock as well (driver_override_show of drivers/pci/pci-sysfs.c).
      return try withDeviceLock(of: machine.adapters[pf].addressOfVF(vf)) { () throws(Errno) in
        guard machine.adapters[pf].vfs.indices.contains(vf) else { throw .operationNotSupportedByDevice }
        return (machine.adapters[pf].vfs[vf].driverOverride ?? "(null)") + "\n"
      }
    case .ethernetFile(let file, let pf, let vf):
      return file == "node" ? machine.adapters[pf].contexts[vf].nodeGUID.bytes + "\n" : "usage: write to \(file)\n"
    case .attribute(let attribute, let pf, let vf):
      let adapter = machine.adapters[pf]
      // Checked against the count that is set last, and not for VF 0 (mlx5.md 4.1).
      if vf >= 1 && vf >= adapter.vfCount { throw .invalidArgument }
      if vf < adapter.vfs.count && adapter.vfs[vf].isDead { throw .ioError }
      let context = adapter.contexts[vf]
      return switch attribute {
      case .nodeGUID: context.nodeGUID.bytes + "\n"
      case .portGUID: context.portGUID.bytes + "\n"
      default: context.policy.rawValue + "\n"
      }
    }
  }

  func store(_ text: String, in node: Node) throws(Errno) {
    switch node {
    case .directory, .link: throw .isDirectory
    case .text, .unreadable: throw .permissionDenied
    case .vfCount(let pf): try storeVFCount(text, pf: pf)
    case .ofedVFCount(let pf): try storeOFEDVFCount(text, pf: pf)
    case .driversAutoprobe(let pf):
      guard let isOn = Self.bool(text) else { throw .invalidArgument }
      update { $0.adapters[pf].driversAutoprobe = isOn }
    case .driverOverride(let pf, let vf):
      let driver = text.filter { !$0.isNewline }
      update { $0.adapters[pf].vfs[vf].driverOverride = driver.isEmpty ? nil : driver }
    case .ethernetFile(let file, let pf, let vf): try storeEthernet(text, in: file, pf: pf, vf: vf)
    case .attribute(let attribute, let pf, let vf): try store(text, in: attribute, pf: pf, vf: vf)
    case .bind(let driver): try bind(text, to: driver)
    case .unbind(let driver): try unbind(text, from: driver)
    }
  }

  /// The words of the kernel's kstrtobool that we know of.
  private static func bool(_ text: String) -> Bool? {
    switch text.first {
    case "1", "y", "Y", "t", "T": true
    case "0", "n", "N", "f", "F": false
    default: nil
    }
  }

  /// `node`, `port`, `policy`: mlx5.md 4.2. Writes are not checked against the count.
  private func store(_ text: String, in attribute: VFAttribute, pf: Int, vf: Int) throws(Errno) {
    switch attribute {
    case .mac, .vlan, .rate, .spoofCheck, .trust: throw .permissionDenied
    case .policy:
      guard let policy = VFPolicy(rawValue: text.hasSuffix("\n") ? String(text.dropLast()) : text) else {
        throw .invalidArgument
      }
      try setVF(vf, ofPF: pf) { context, faults in
        context.remembered.policy = policy
        if !faults.ignoresPolicy { context.policy = policy }
      }
    case .nodeGUID, .portGUID:
      guard let guid = Self.guid(text) else { throw .invalidArgument }
      try setVF(vf, ofPF: pf) { context, faults in context.tellGUID(attribute, guid, faults) }
    }
  }

  /// Tells the firmware of one VF, by whatever way.
  func setVF(_ vf: Int, ofPF pf: Int, _ change: (inout VFContext, Faults) -> Void) throws(Errno) {
    let time = machine.adapters[pf].timing.attribute
    if time > 0 { tasks.pass(.seconds(time)) }
    var context = machine.adapters[pf].contexts[vf]
    change(&context, machine.adapters[pf].faults)
    if let errno = machine.adapters[pf].faults.attributeErrors.first {
      update { _ = $0.adapters[pf].faults.attributeErrors.removeFirst() }
      throw Errno(rawValue: errno)
    }
    if machine.adapters[pf].vfs.indices.contains(vf) && machine.adapters[pf].vfs[vf].isDead { throw .ioError }
    update { $0.adapters[pf].contexts[vf] = context }
  }

  /// Eight bytes of one or two digits joined by `:`; what follows them does not matter, and no value is refused.
  private static func guid(_ text: String) -> UInt64? {
    let bytes = text.split(separator: ":", maxSplits: 7, omittingEmptySubsequences: false)
    guard bytes.count == 8 else { return nil }
    return bytes.enumerated().reduce(UInt64?(0)) { value, byte in
      let digits = byte.offset == 7 ? byte.element.prefix { $0.isHexDigit } : byte.element[...]
      guard let value, (1...2).contains(digits.count), let byte = UInt8(digits, radix: 16) else { return nil }
      return value << 8 | UInt64(byte)
    }
  }
}
