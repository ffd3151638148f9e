package import HostInterface
import Model
import SystemPackage
import YAML

/// A write of a VF count in what this host runs.
package struct BootWrite {
  let program: String
  let write: CountWrite
  /// What starts the script that it is in; the script itself where nothing else does.
  let start: FilePath
  /// Whether it is run at boot for sure.
  let isRun: Bool

  /// All on this host, in the order of `BootPlace.all`, and then those of units.
  package static func all(on disk: any Disk) -> [BootWrite] {
    var reader = BootReader(disk: disk)
    for place in BootPlace.all {
      for file in disk.configuration(matching: place.paths) { reader.read(file, in: place) }
    }
    for unit in UnitFile.all(on: disk) { reader.read(unit) }
    return reader.writes
  }
}

extension Owner {
  /// Who makes VFs on a PF by writing its count: one for each file that has such writes.
  static func writers(for pf: PhysicalFunction, _ writes: [BootWrite]) -> [Owner] {
    var owners: [Owner] = []
    var seen: Set<FilePath> = []
    for place in writes.map(\.write.place) where seen.insert(place).inserted {
      let own = writes.filter { $0.write.place == place }
      guard let certainty = own.map({ $0.certainty(of: pf) }).max(), certainty > .no else { continue }
      let best = own.filter { $0.certainty(of: pf) == certainty }
      // A count of 0 is on the way to another, unless there is no other.
      guard let last = best.last(where: { $0.write.count != 0 }) ?? best.last else { continue }
      owners.append(Owner(last, certainty))
    }
    return owners
  }

  init(_ found: BootWrite, _ certainty: Certainty) {
    let write = found.write
    self.init(
      program: found.program, place: write.place,
      setting: "\(write.count.map(String.init) ?? "a count") > \(write.path)", count: write.count,
      isCertain: certainty == .yes, start: found.start == write.place ? nil : found.start)
  }
}

extension BootWrite {
  fileprivate func certainty(of pf: PhysicalFunction) -> Certainty {
    let place = pf.isIn(write.path)
    return place > .no && !(isRun && write.isSure) ? .perhaps : place
  }
}
