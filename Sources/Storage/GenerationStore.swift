package import HostInterface
package import Model
package import SystemPackage

/// A generation that was read.
package struct Generation: Equatable, Sendable {
  package let number: Int
  package let snapshot: Snapshot
  /// Keys in the file that this version does not know.
  package let unknownKeys: [String]
}

/// A generation that is there and cannot be used.
package struct DamagedGeneration: Equatable, Sendable {
  package let number: Int
  package let problem: String
}

/// The saved snapshots: one file each, numbered, never changed once written. Current is the highest number that can be
/// read.
package struct GenerationStore: Sendable {
  /// How many generations are kept.
  package static let kept = 10

  private let disk: any Disk
  private let folder = StateFolders.generations

  package init(_ disk: any Disk) { self.disk = disk }

  package func path(of number: Int) -> FilePath {
    let digits = String(number)
    return folder.appending(String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".json")
  }

  /// The numbers of all generations, readable or not, ascending.
  package func numbers() throws(FileError) -> [Int] {
    try disk.listIfPresent(folder).compactMap { name in
      guard name.hasSuffix(".json"), let number = Int(name.dropLast(".json".count)), number > 0,
        path(of: number).lastComponent?.string == name
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
      let (snapshot, unknownKeys) = try SnapshotDocument.decodeSnapshot(file.contents)
      return Generation(number: number, snapshot: snapshot, unknownKeys: unknownKeys)
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
