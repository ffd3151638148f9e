package import HostInterface
package import Model
package import SystemPackage

/// A generation that was read.
package struct Generation: Equatable, Sendable {
  package let number: Int
  package let snapshot: Snapshot
  /// What of the file was left out, in words: unknown keys, duplicates.
  package let leftOut: [String]
}

/// A generation that is there and cannot be used.
package struct DamagedGeneration: Equatable, Sendable {
  package let number: Int
  package let problem: String
}

/// The saved snapshots: one file each, numbered, never changed once written. Current is the highest number that can be
/// read. They are in one folder: the early one where that exists, and nothing is read from the other one then.
package struct GenerationStore: Sendable {
  /// How many generations are kept.
  package static let kept = 10

  private let disk: any Disk
  /// Where they are.
  package let folder: FilePath

  package init(_ disk: any Disk) {
    self.disk = disk
    folder = StateFolders.isEarly(on: disk) ? StateFolders.earlyGenerations : StateFolders.generations
  }

  package func path(of number: Int) -> FilePath {
    let digits = String(number)
    return folder.appending(String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".json")
  }

  /// The numbers of all generations, readable or not, ascending.
  package func numbers() throws(FileError) -> [Int] {
    try disk.listIfPresent(folder).compactMap { name in
      guard name.hasSuffix(".json"), let number = Int(name.dropLast(".json".count)), number > 0,
        path(of: number).name == name
      else { return nil }
      return number
    }.sorted()
  }

  package func load(_ number: Int) throws(DamageOrAbsence) -> Generation {
    let file: DiskFile
    do {
      file = try disk.read(path(of: number))
    } catch let error where error.errno == .noSuchFileOrDirectory {
      throw .absent
    } catch {
      throw .damaged("\(error)")
    }
    // What is in it decides what root writes to the kernel: nobody else may have written it.
    guard file.isTrustworthy else {
      throw .damaged(
        """
        belongs to user \(file.ownerID) with mode \(String(file.mode, radix: 8)), and only root may write it; \
        run: chown root: \(path(of: number)); chmod 644 \(path(of: number))
        """)
    }
    do {
      let (snapshot, leftOut) = try SnapshotDocument.decodeSnapshot(file.contents)
      return Generation(number: number, snapshot: snapshot, leftOut: leftOut)
    } catch {
      throw .damaged(error.description)
    }
  }

  package enum DamageOrAbsence: Error, Equatable, CustomStringConvertible {
    case absent
    case damaged(String)

    package var description: String {
      switch self {
      case .absent: "is not there"
      case .damaged(let problem): problem
      }
    }
  }

  /// The newest generation that can be read, nil when nothing was ever saved, and those above it that cannot.
  ///
  /// - Throws: `Failure` (`badSnapshot`) when there are generations and none can be read.
  package func current() throws -> (generation: Generation?, damaged: [DamagedGeneration]) {
    var damaged: [DamagedGeneration] = []
    for number in try numbers().reversed() {
      do {
        return (try load(number), damaged)
      } catch .absent {
        continue  // Removed as one too many since it was listed.
      } catch .damaged(let problem) {
        damaged.append(DamagedGeneration(number: number, problem: problem))
      }
    }
    guard let newest = damaged.first else { return (nil, []) }
    throw Failure(
      .badSnapshot, "no generation can be read; the newest, \(path(of: newest.number)): \(newest.problem)",
      remedy: "repair or remove the files, or run: sriov-persist save")
  }

  /// Why there is no current generation.
  package var nothingSaved: Failure {
    let other = StateFolders.generations
    guard folder != other, let names = try? disk.list(other), names.contains(where: { $0.hasSuffix(".json") }) else {
      return .nothingSaved
    }
    return Failure(
      .notSaved, "nothing is saved in \(folder), and \(other) is not used while that folder exists",
      remedy: "run: mv \(other)/*.json \(folder)/; or remove the folder: rmdir \(folder)")
  }

  /// Makes a generation durable that may be in memory only: the run that wrote it was killed or its sync failed, or a person
  /// copied the file. What is said to be saved has to outlive a power cut. The caller holds the store's lock.
  package func makeDurable(_ number: Int) throws(FileError) { try disk.makeDurable(path(of: number)) }

  /// Writes a new generation. The caller holds the store's lock.
  ///
  /// - Parameter keeping: Generations that are kept although they are old. No number of theirs is given again, even if its
  ///   file was removed: what was said of that one is not said of this.
  /// - Returns: Its number.
  package func save(_ snapshot: Snapshot, keeping: Set<Int>) throws -> Int {
    let existing = try numbers()
    let number = max(existing.last ?? 0, keeping.max() ?? 0) + 1
    try disk.replace(path(of: number), with: try JSONText.encode(snapshot))
    for old in existing.dropLast(Self.kept - 1) where !keeping.contains(old) {
      // The new one is safe: an old one too many is no failure of the save.
      try? disk.removeIfPresent(path(of: old))
    }
    return number
  }
}
