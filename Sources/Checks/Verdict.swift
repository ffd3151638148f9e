/// Whether something in another program's configuration concerns a PF.
enum Verdict: Int, Comparable {
  case no, perhaps, yes

  init(_ isSo: Bool) { self = isSo ? .yes : .no }

  static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }

  static prefix func ! (verdict: Verdict) -> Verdict {
    switch verdict {
    case .yes: .no
    case .perhaps: .perhaps
    case .no: .yes
    }
  }
}

extension Sequence<Verdict> {
  /// Of conditions that must all hold.
  var all: Verdict { self.min() ?? .yes }
  /// Of alternatives.
  var any: Verdict { self.max() ?? .no }
}
