/// How numbers are put in sentences for people.
extension [Int] {
  /// Ascending numbers as people write them: `0-3, 6`.
  package var ranges: String {
    var parts: [ClosedRange<Int>] = []
    for number in self {
      if let last = parts.last, last.upperBound + 1 == number {
        parts[parts.count - 1] = last.lowerBound...number
      } else {
        parts.append(number...number)
      }
    }
    return parts.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ", ")
  }
}

extension [Int] {
  /// The VFs with these numbers: `VF 2`, `VFs 0-3, 6`.
  package var asVFs: String { "\(count == 1 ? "VF" : "VFs") \(ranges)" }
}

extension Observation {
  /// What is so with some of the VFs: `0000:b1:00.0 (mlx5_0): VFs 0-3 have no driver`; nil where with none.
  package func sentence(_ what: String, of isConcerned: (VirtualFunction) -> Bool) -> String? {
    let indexes = vfs.filter(isConcerned).map(\.index)
    return indexes.isEmpty ? nil : "\(pf): VFs \(indexes.ranges) \(what)"
  }
}

extension Int {
  /// `1 write`, `3 writes`.
  package func of(_ thing: String) -> String { "\(self) \(thing)\(self == 1 ? "" : "s")" }
}
