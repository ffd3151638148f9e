package import HostInterface
package import Model
import SystemPackage

/// The writes that a plan is made of.
extension PFDevice {
  package func setDriversAutoprobe(_ isOn: Bool) throws(FileError) {
    try files.store(isOn ? "1" : "0", in: function.path("sriov_drivers_autoprobe"))
  }

  /// Blocks until the firmware has made every VF, minutes perhaps, and cannot be cancelled (mlx5.md 3.2, 3.5).
  package func setVFCount(_ count: Int) throws(FileError) {
    try files.store(String(count), in: function.path("sriov_numvfs"))
  }

  /// Removes all VFs, which blocks as making them does.
  ///
  /// - Throws: `Failure` (`refused`) when one of them is held now; `FileError` when the kernel refuses.
  package func removeVFs(evenIfHeld: Bool) throws {
    if !evenIfHeld {
      let holders = try holders(lookingForUsers: true)
      for index in try vfIndexes {
        guard let vf = try function(ofVF: index) else { continue }
        try refuse(vf, index: index, holders)
      }
    }
    try setVFCount(0)
  }

  /// Writes an attribute and returns what it then reads: the driver can report success and do nothing.
  ///
  /// - Throws: `Failure` (`refused`) for an identity when some driver has the VF now, and for what would cut its user off
  ///   when it is held; `FileError` or `NetlinkError` when the kernel refuses.
  package func set(_ attribute: VFAttribute, to value: VFValue, vf: Int, evenIfHeld: Bool) throws -> Reading {
    // Every plan has it unbound by now: whoever bound it did so since, and may use it.
    let function = try existing(vf: vf)
    let driver = try function.driver
    if attribute.isIdentity, let driver {
      throw Failure(
        .refused, "\(pf): VF \(vf) keeps its \(attribute.name): \(driver) has just taken it",
        remedy: "restore again once it is free")
    }
    if attribute.isKeptWhileHeld && driver != nil && !evenIfHeld {
      try refuse(function, index: vf, try holders(lookingForUsers: true))
    }
    let channel = try channel
    try channel.write(value, to: attribute, vf: vf)
    let readings = (1...3).lazy.map { _ in channel.read(attribute, vf: vf) }
    return readings.first { !$0.isUnreadable } ?? channel.read(attribute, vf: vf)
  }

  /// Writes an attribute, as `set` does, of a VF that nobody uses.
  ///
  /// - Throws: `Failure` (`refused`) when the VF is held now; `FileError` or `NetlinkError` when the kernel refuses.
  package func takeBack(_ attribute: VFAttribute, to value: VFValue, vf: Int) throws -> Reading {
    try refuse(try existing(vf: vf), index: vf, try holders(lookingForUsers: true))
    return try set(attribute, to: value, vf: vf, evenIfHeld: true)
  }

  /// Takes a VF from its driver. Blocks until the driver has let it go.
  ///
  /// - Parameter next: The driver that is to have it afterwards.
  /// - Throws: `Failure` (`refused`) when the function is no VF of this PF, or is held now; (`unavailable`) when the next
  ///   driver is not loaded; `FileError` when the kernel refuses.
  package func unbind(vf index: Int, from driver: String, next: String?, evenIfHeld: Bool) throws {
    let vf = try existing(vf: index)
    if let next, (try? files.list(FilePath("/sys/bus/pci/drivers/\(next)"))) == nil {
      throw Failure(
        .unavailable, "\(pf): VF \(index) stays with \(driver): the driver \(next) is not loaded",
        remedy: "run: modprobe \(next); then restore again")
    }
    if !evenIfHeld { try refuse(vf, index: index, try holders(lookingForUsers: true)) }
    try files.store(vf.address.description, in: FilePath("/sys/bus/pci/drivers/\(driver)/unbind"))
  }

  /// Binds a VF to a driver. Blocks until the driver has probed it.
  ///
  /// - Parameter overriding: Names the driver in `driver_override` first. That is the only way while autoprobe is off
  ///   (the kernel refuses the bind with ENODEV otherwise, mlx5.md 3.4), and the way to any driver but mlx5's own.
  package func bind(vf index: Int, to driver: String, overriding: Bool) throws {
    let vf = try existing(vf: index)
    let before = try vf.readLine("driver_override")
    if overriding {
      try files.store(driver, in: vf.path("driver_override"))
    } else if before != "(null)" {
      // Left by whoever had it for another driver: it would refuse this one.
      try files.store("\n", in: vf.path("driver_override"))
    }
    var isLeft = false
    defer {
      // What somebody else asked for is left as it was.
      let rest = before == "(null)" || before == VirtualFunction.ownDriver ? "\n" : before
      if overriding && !isLeft { try? files.store(rest, in: vf.path("driver_override")) }
    }
    try files.store(vf.address.description, in: FilePath("/sys/bus/pci/drivers/\(driver)/bind"))
    // For another driver it stays: it is what keeps mlx5_core from taking the VF at the next event.
    isLeft = driver != VirtualFunction.ownDriver
  }

  /// A PF was unbound in place of its VF once (mlx5.md 13): the function itself must say whose VF it is.
  private func existing(vf index: Int) throws -> PCIFunction {
    guard let vf = try function(ofVF: index) else {
      throw FileError(.link, function.path("virtfn\(index)"), .noSuchFileOrDirectory)
    }
    guard try files.linkName(vf.path("physfn")) == pf.pciAddress.description else {
      throw Failure(
        .refused, "\(vf.address) is no VF of \(pf): nothing is done to it", remedy: "see: sriov-persist status")
    }
    return vf
  }

  private func refuse(_ vf: PCIFunction, index: Int, _ holders: Holders) throws {
    let driver = try vf.driver
    if driver == VirtualFunction.ownDriver, holders.missingDevice == .coming, try vf.rdmaDevice == nil {
      throw Failure(
        .busy, "\(pf): the driver of VF \(index) (\(vf.address)) is probing it now",
        remedy: "wait a few seconds, then restore again")
    }
    guard let holder = try holders.holder(of: vf) else { return }
    throw Failure(
      .refused, "\(pf): VF \(index) (\(vf.address)) has just come into use: \(holder)",
      remedy: "set it free, then restore again")
  }
}
