import Model
import Storage

/// JSON output. Each document has a version of its own: docs/json.md.
extension Console {
  @_disfavoredOverload
  func print(_ document: some Encodable) throws {
    self.print(json: String(try JSONText.encode(document).dropLast()))
  }
}

/// A failure as machines read it.
struct FailureDocument: Encodable {
  let kind: String
  let message: String
  let remedy: String?

  init(_ failure: Failure) {
    kind = failure.kind.rawValue
    message = failure.message
    remedy = failure.remedy
  }
}

/// A difference as machines read it.
struct DifferenceDocument: Encodable {
  let vf: Int?
  let name: String
  let wanted: String
  let found: String

  init(_ difference: Difference) {
    vf = difference.vf
    name = difference.name
    wanted = difference.wanted
    found = difference.found
  }
}

extension Duration {
  /// Seconds with one decimal: `2.9 s`.
  var text: String {
    let tenths = Int((self / .milliseconds(100)).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// Seconds to the millisecond.
  var seconds: Double { (self / .milliseconds(1)).rounded() / 1000 }
}

extension Report {
  /// `19 writes in 1.0 s`
  var effort: String { steps.isEmpty ? "nothing written" : "\(steps.count.of("write")) in \(duration.text)" }
}
