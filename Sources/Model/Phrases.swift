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
  ///
  /// - Parameter what: Of several VFs. Its verb, which comes first, is that of one VF where it is one.
  package func sentence(_ what: String, of isConcerned: (VirtualFunction) -> Bool) -> String? {
    let indexes = vfs.filter(isConcerned).map(\.index)
    return indexes.isEmpty ? nil : "\(pf): \(indexes.asVFs) \(indexes.count == 1 ? what.ofOne : what)"
  }
}

extension String {
  fileprivate var ofOne: String {
    let verbs = ["have ": "has ", "are ": "is ", "were ": "was "]
    guard let verb = verbs.first(where: { hasPrefix($0.key) }) else { return self }
    return verb.value + dropFirst(verb.key.count)
  }
}

extension PhysicalFunction {
  /// A sentence about this PF, for a place that names the PF already: `VF 2: …` of `0000:b1:00.0 (mlx5_0): VF 2: …`.
  package func withoutName(_ sentence: String) -> String {
    guard sentence.hasPrefix(pciAddress.description) else { return sentence }
    var rest = sentence.dropFirst(pciAddress.description.count)
    if rest.hasPrefix(" ("), let end = rest.firstIndex(of: ")") { rest = rest[rest.index(after: end)...] }
    return rest.hasPrefix(": ") ? String(rest.dropFirst(2)) : sentence
  }
}

extension Int {
  /// `1 write`, `3 writes`.
  package func of(_ thing: String) -> String { "\(self) \(thing)\(self == 1 ? "" : "s")" }
}
