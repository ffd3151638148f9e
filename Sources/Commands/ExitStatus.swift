package import Model

/// What the process ends with: sysexits(3), as the manual lists them.
package struct ExitStatus: Equatable, Sendable {
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package static let done = ExitStatus(code: 0)
  /// `status`: something differs or failed. `check`: there is a problem.
  static let drift = ExitStatus(code: 1)
  /// `status` and `check`: it cannot be told.
  static let unknown = ExitStatus(Failure(.unavailable, ""))

  /// The one place where a failure becomes a number.
  package init(_ failure: Failure) {
    code =
      switch failure.kind {
      case .usage: 64
      case .badSnapshot: 65
      case .notFound, .notSaved: 66
      case .unavailable: 69
      case .internalError: 70
      case .writeFailed: 74
      case .busy, .terminated: 75
      case .notPermitted: 77
      case .refused: 78
      }
  }
}
