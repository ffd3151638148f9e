import HostInterface
import Model
import SystemPackage

/// Making, probing and removing VFs: drivers/pci/iov.c and mlx5's core/sriov.c, as mlx5.md 3 and 4 tell.
extension SimulatedKernel {
  /// `sriov_numvfs`.
  func storeVFCount(_ text: String, pf: Int) throws(Errno) {
    guard let count = Self.number(text), count >= 0 else { throw .invalidArgument }
    guard count <= UInt16.max, count <= machine.adapters[pf].totalVFs else { throw .outOfRange }
    try withDeviceLock(of: machine.adapters[pf].address) { () throws(Errno) in
      guard count != machine.adapters[pf].vfCount else { return }
      guard machine.adapters[pf].isBound else { throw .noSuchFileOrDirectory }
      guard count == 0 || machine.adapters[pf].vfCount == 0 else { throw .resourceBusy }
      guard machine.locksPCIForCounts else { return try setVFCount(count, pf: pf) }
      try withDeviceLock(of: nil) { () throws(Errno) in try setVFCount(count, pf: pf) }
    }
  }

  /// `mlx5_num_vfs` of MLNX_OFED, which takes no device lock (mlx5.md 3.3).
  func storeOFEDVFCount(_ text: String, pf: Int) throws(Errno) {
    guard let count = Self.number(text) else { throw .invalidArgument }
    let isOld = machine.adapters[pf].ofed == .v24
    guard count <= machine.adapters[pf].totalVFs else { throw isOld ? .invalidArgument : .outOfRange }
    guard count >= 0 else { throw isOld ? .invalidArgument : .noMemory }
    guard count != machine.adapters[pf].vfCount else { return }
    guard count == 0 || machine.adapters[pf].vfCount == 0 else { throw .resourceBusy }
    try setVFCount(count, pf: pf)
  }

  private func setVFCount(_ count: Int, pf: Int) throws(Errno) {
    if count == 0 {
      removeVFs(pf)
    } else {
      try makeVFs(count, pf: pf)
    }
  }

  private func removeVFs(_ pf: Int) {
    update { machine in
      machine.adapters[pf].vfs = []
      machine.adapters[pf].vfCount = 0
      machine.adapters[pf].vfFolders = 0
      // The firmware forgets all. The driver remembers what it was told of InfiniBand VFs, and of no others (mlx5.md 4.3).
      let remembered = machine.adapters[pf].contexts.map(\.remembered)
      machine.adapters[pf].forgetVFs()
      guard machine.adapters[pf].linkLayer == .infiniBand else { return }
      for (vf, memory) in remembered.enumerated() { machine.adapters[pf].contexts[vf].remembered = memory }
    }
    tasks.pass(.seconds(1))  // The fixed cost of a disable.
  }

  private func makeVFs(_ asked: Int, pf: Int) throws(Errno) {
    // Failures first: nothing is left behind by them.
    if machine.adapters[pf].faults.countWriteHangs { tasks.makeBell().wait(until: .forever) }
    if let errno = machine.adapters[pf].faults.countErrors.first {
      update { _ = $0.adapters[pf].faults.countErrors.removeFirst() }
      throw Errno(rawValue: errno)
    }
    let count = machine.adapters[pf].faults.makesOneFewer ? asked - 1 : asked
    let timing = machine.adapters[pf].timing
    // The folders come before the VFs do: that they are there proves nothing.
    update { $0.adapters[pf].vfFolders = count }
    for _ in 0..<count { tasks.pass(.seconds(timing.create)) }
    let dead = machine.adapters[pf].faults.deadVF
    update { machine in
      machine.adapters[pf].vfs = (0..<count).map { SimulatedVF(isDead: $0 == dead) }
      // Once the firmware has enabled them, and before there are PCI functions (sriov_restore_guids).
      for vf in 0..<count { machine.adapters[pf].sendRemembered(vf: vf) }
      machine.adapters[pf].faults.deadVF = nil
    }
    tasks.pass(.milliseconds(100))  // The fixed cost of an enable.
    if machine.adapters[pf].driversAutoprobe {
      // A probe that fails does not fail the write.
      for vf in 0..<count { try? probe(VirtualFunction.ownDriver, pf: pf, vf: vf) }
    }
    update { $0.adapters[pf].vfCount = count }
  }

  // MARK: Drivers

  private func probe(_ driver: String, pf: Int, vf: Int) throws(Errno) {
    // The link to the driver is there before the driver has done anything (driver_sysfs_add of drivers/base/dd.c). Who wants
    // to unbind the VF meanwhile waits.
    try withDeviceLock(of: machine.adapters[pf].addressOfVF(vf)) { () throws(Errno) in
      try update { machine throws(Errno) in
        guard machine.adapters[pf].vfs.indices.contains(vf) else { throw .operationNotSupportedByDevice }
        machine.adapters[pf].vfs[vf].driver = driver
        machine.lastInode += 1
        machine.adapters[pf].vfs[vf].bindingInode = machine.lastInode
      }
      tasks.pass(.seconds(machine.adapters[pf].timing.probe))
      try update { machine throws(Errno) in
        guard machine.adapters[pf].vfs.indices.contains(vf) else { throw .operationNotSupportedByDevice }
        guard !machine.adapters[pf].vfs[vf].isDead else {
          machine.adapters[pf].vfs[vf].driver = nil
          throw .ioError
        }
      }
    }
    guard driver == VirtualFunction.ownDriver else { return }
    let delay = machine.adapters[pf].timing.devices
    if delay == 0 { return showDevices(pf: pf, vf: vf) }
    tasks.start { [self] in
      tasks.pass(.seconds(delay))
      showDevices(pf: pf, vf: vf)
    }
  }

  /// The VF's RDMA device and netdev come, with the GUIDs that the firmware has by then.
  private func showDevices(pf: Int, vf: Int) {
    update { machine in
      guard machine.adapters[pf].vfs.indices.contains(vf),
        machine.adapters[pf].vfs[vf].driver == VirtualFunction.ownDriver
      else { return }
      let context = machine.adapters[pf].contexts[vf]
      machine.adapters[pf].vfs[vf].probedNodeGUID = context.nodeGUID
      machine.adapters[pf].vfs[vf].probedPortGUID = context.portGUID
      machine.adapters[pf].vfs[vf].rdmaDevice = machine.freeRDMAName
      machine.adapters[pf].vfs[vf].netdev = "\(machine.adapters[pf].netdev)v\(vf)"
    }
  }

  /// `drivers/<driver>/bind`.
  func bind(_ text: String, to driver: String) throws(Errno) {
    if driver == VirtualFunction.ownDriver, let pf = place(ofPF: text) {
      guard !machine.adapters[pf].isBound else { throw .resourceBusy }
      update { machine in
        machine.adapters[pf].isBound = true
        machine.adapters[pf].rebinds += 1
        machine.adapters[pf].rdmaDevice = machine.freeRDMAName
      }
      let address = machine.adapters[pf].address
      tasks.start { [self] in trainLink(of: address) }
      return
    }
    guard let (pf, vf) = place(ofVF: text) else { throw .operationNotSupportedByDevice }
    let adapter = machine.adapters[pf]
    let function = adapter.vfs[vf]
    guard function.driver == nil else { throw .resourceBusy }
    if let override = function.driverOverride {
      guard override == driver else { throw .operationNotSupportedByDevice }
    } else {
      // Autoprobe off refuses a bind by hand as well, and only mlx5_core has the VF's id in its table (mlx5.md 3.4).
      guard adapter.driversAutoprobe, driver == VirtualFunction.ownDriver else {
        throw .operationNotSupportedByDevice
      }
    }
    guard driver != Machine.vfio || machine.hasIOMMU else { throw .invalidArgument }
    try probe(driver, pf: pf, vf: vf)
  }

  /// `drivers/<driver>/unbind`.
  func unbind(_ text: String, from driver: String) throws(Errno) {
    if driver == VirtualFunction.ownDriver, let pf = place(ofPF: text), machine.adapters[pf].isBound {
      raise(.deviceFatal, of: machine.adapters[pf].address)
      update { machine in
        machine.adapters[pf].reset()
        machine.adapters[pf].isBound = false
        machine.adapters[pf].rdmaDevice = nil
      }
      return
    }
    guard let (pf, vf) = place(ofVF: text) else { throw .operationNotSupportedByDevice }
    try withDeviceLock(of: machine.adapters[pf].addressOfVF(vf)) { () throws(Errno) in
      guard machine.adapters[pf].vfs.indices.contains(vf), machine.adapters[pf].vfs[vf].driver == driver else {
        throw .operationNotSupportedByDevice
      }
      release(pf: pf, vf: vf)
    }
  }

  private func release(pf: Int, vf: Int) {
    update { machine in
      machine.adapters[pf].vfs[vf].driver = nil
      machine.adapters[pf].vfs[vf].rdmaDevice = nil
      machine.adapters[pf].vfs[vf].netdev = nil
      (machine.adapters[pf].vfs[vf].master, machine.adapters[pf].vfs[vf].uppers) = (nil, [])
      (machine.adapters[pf].vfs[vf].interface, machine.adapters[pf].vfs[vf].children) = (SimulatedInterface(), [:])
      machine.adapters[pf].vfs[vf].users = []
      machine.adapters[pf].vfs[vf].kernelUsers = []
    }
  }

  private func place(ofPF text: String) -> Int? {
    let address = PCIAddress(text.filter { !$0.isNewline })
    return machine.adapters.firstIndex { $0.address == address }
  }

  private func place(ofVF text: String) -> (pf: Int, vf: Int)? {
    let address = PCIAddress(text.filter { !$0.isNewline })
    for (number, pf) in machine.adapters.enumerated() {
      if let vf = pf.vfs.indices.first(where: { pf.addressOfVF($0) == address }) { return (number, vf) }
    }
    return nil
  }

  /// As the kernel parses with base 0: decimal, 0x, or octal with a leading 0; one newline allowed.
  private static func number(_ text: String) -> Int? {
    var digits = text.hasSuffix("\n") ? text.dropLast() : text[...]
    let isNegative = digits.hasPrefix("-")
    if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
    let (rest, radix): (Substring, Int) =
      if digits.lowercased().hasPrefix("0x") {
        (digits.dropFirst(2), 16)
      } else if digits.hasPrefix("0"), digits.count > 1 { (digits.dropFirst(), 8) } else { (digits, 10) }
    guard rest.allSatisfy(\.isHexDigit) else { return nil }
    return Int(rest, radix: radix).map { isNegative ? -$0 : $0 }
  }
}
