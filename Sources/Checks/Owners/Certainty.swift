/// Whether something in another program's configuration concerns a PF.
enum Certainty: Int, Comparable {
  case no, perhaps, yes

  init(_ isSo: Bool) { self = isSo ? .yes : .no }

  static func < (left: Certainty, right: Certainty) -> Bool { left.rawValue < right.rawValue }

  static prefix func ! (certainty: Certainty) -> Certainty {
    switch certainty {
    case .yes: .no
    case .perhaps: .perhaps
    case .no: .yes
    }
  }
}

extension Sequence<Certainty> {
  /// Of conditions that must all hold.
  var all: Certainty { self.min() ?? .yes }
  /// Of alternatives.
  var any: Certainty { self.max() ?? .no }
}
