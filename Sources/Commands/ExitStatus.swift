package import Model

/// What the process ends with: sysexits(3), as the manual lists them.
package struct ExitStatus: Equatable, Sendable {
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package static let done = ExitStatus(code: 0)
  /// `status`: something differs or failed. `check`: there is a problem.
  static let drift = ExitStatus(code: 1)
  /// `status` and `check`: it cannot be told.
  static let unknown = ExitStatus(for: .unavailable)
  /// `check`: there is no mlx5 PF.
  static let noAdapter = ExitStatus(for: .notFound)

  package init(_ failure: Failure) { self.init(for: failure.kind) }

  /// The one place where a failure becomes a number.
  private init(for kind: Failure.Kind) {
    code =
      switch kind {
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
