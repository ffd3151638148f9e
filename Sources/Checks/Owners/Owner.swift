package import HostInterface
package import Model
package import SystemPackage

/// Another program that is set up to make VFs on a PF.
package struct Owner: Hashable, Sendable {
  /// As people know it, `cron`.
  package let program: String
  /// The file that says so.
  package let place: FilePath
  /// What it says there, in its own words.
  package let setting: String
  /// How many VFs it makes, nil where that cannot be told.
  package let count: Int?
  /// Whether it makes them on this PF for sure; it may make them otherwise.
  package let isCertain: Bool
  /// What starts the script that says so, where another file does.
  package var start: FilePath?
}

extension Owner {
  /// Those that concern `pf`, the certain ones first. What cannot be read is not taken for an owner: see `closedFile`.
  ///
  /// - Parameter writes: `BootWrite.all`, read once for all PFs because it takes longer than everything else here.
  package static func others(of pf: PhysicalFunction, on disk: any Disk, _ writes: [BootWrite]) -> [Owner] {
    let owners =
      linkFiles(for: pf, on: disk) + netplan(for: pf, on: disk) + keyfiles(for: pf, on: disk)
      + declarations(for: pf, on: disk) + kubernetes(for: pf, on: disk) + udevRules(for: pf, on: disk)
      + moduleOptions(for: pf, on: disk) + writers(for: pf, writes)
    return owners.filter(\.isCertain) + owners.filter { !$0.isCertain }
  }
}

extension Owner {
  /// Why a folder or a file that may hold passwords, and so is often root's alone, cannot be looked at.
  static func closedFile(on disk: any Disk) -> FileError? {
    let folders: [FilePath] = [
      "/etc/netplan", "/etc/NetworkManager/system-connections", "/var/spool/cron", "/var/spool/cron/crontabs",
      "/var/spool/cron/tabs",
    ]
    let files = folders.flatMap { folder in ((try? disk.list(folder)) ?? []).map { folder.appending($0) } }
    return folders.compactMap { path in error { () throws(FileError) in _ = try disk.list(path) } }.first
      ?? files.compactMap { path in error { () throws(FileError) in _ = try disk.read(path) } }.first
  }

  private static func error(_ body: () throws(FileError) -> Void) -> FileError? {
    do {
      try body()
      return nil
    } catch {
      return [.permissionDenied, .notPermitted].contains(error.errno) ? error : nil
    }
  }
}

extension Owner {
  /// For a person who should leave it to one of the two.
  package var warning: String {
    isCertain ? "other software creates VFs here: \(self)" : "other software may create VFs here: \(self)"
  }
}

extension Owner: CustomStringConvertible {
  /// `systemd: /etc/systemd/network/10-vf.link (SR-IOVVirtualFunctions=2)`
  package var description: String {
    "\(isCertain ? "" : "perhaps ")\(program): \(place) (\(setting))\(start.map { ", started by \($0)" } ?? "")"
  }
}
