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
      let holders = try holders
      for index in try vfIndexes {
        guard let vf = try function(ofVF: index) else { continue }
        try refuse(vf, index: index, holders)
      }
    }
    try setVFCount(0)
  }

  /// Writes an attribute and returns what it then reads: the driver can report success and do nothing.
  package func set(_ attribute: VFAttribute, to value: VFValue, vf: Int) throws(FileError) -> Reading {
    let channel = try channel
    try channel.write(value, to: attribute, vf: vf)
    return channel.read(attribute, vf: vf)
  }

  /// Takes a VF from its driver. Blocks until the driver has let it go.
  ///
  /// - Throws: `Failure` (`refused`) when the function is no VF of this PF, or is held now; `FileError` when the kernel
  ///   refuses.
  package func unbind(vf index: Int, from driver: String, evenIfHeld: Bool) throws {
    let vf = try existing(vf: index)
    // A PF was unbound in place of its VF once (mlx5.md 13): the function itself must say whose VF it is.
    guard try files.linkName(vf.path("physfn")) == pf.pciAddress.description else {
      throw Failure(
        .refused, "\(vf.address) is no VF of \(pf): it is not unbound", remedy: "see: sriov-persist status")
    }
    if !evenIfHeld { try refuse(vf, index: index, try holders) }
    try files.store(vf.address.description, in: FilePath("/sys/bus/pci/drivers/\(driver)/unbind"))
  }

  /// Binds a VF to a driver. Blocks until the driver has probed it.
  ///
  /// - Parameter overriding: Names the driver in `driver_override` first. That is the only way while autoprobe is off
  ///   (the kernel refuses the bind with ENODEV otherwise, mlx5.md 3.4), and the way to any driver but mlx5's own.
  package func bind(vf index: Int, to driver: String, overriding: Bool) throws(FileError) {
    let vf = try existing(vf: index)
    if overriding {
      try files.store(driver, in: vf.path("driver_override"))
    } else if try vf.readLine("driver_override") != "(null)" {
      // Left by whoever had it for another driver: it would refuse this one.
      try files.store("\n", in: vf.path("driver_override"))
    }
    defer {
      // Left in place for another driver: it is what keeps mlx5_core from taking the VF at the next event.
      if overriding && driver == VirtualFunction.ownDriver { try? files.store("\n", in: vf.path("driver_override")) }
    }
    try files.store(vf.address.description, in: FilePath("/sys/bus/pci/drivers/\(driver)/bind"))
  }

  private func existing(vf index: Int) throws(FileError) -> PCIFunction {
    guard let vf = try function(ofVF: index) else {
      throw FileError(.link, function.path("virtfn\(index)"), .noSuchFileOrDirectory)
    }
    return vf
  }

  private func refuse(_ vf: PCIFunction, index: Int, _ holders: Holders) throws {
    guard let holder = try holders.holder(of: vf) else { return }
    throw Failure(
      .refused, "\(pf): VF \(index) (\(vf.address)) has just come into use: \(holder)",
      remedy: "set it free, then restore again")
  }
}
