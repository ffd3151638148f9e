import Agent
import Model

/// How a use case ends: nil for success.
func kind(_ body: () throws -> Void) -> Failure.Kind? {
  do {
    try body()
    return nil
  } catch {
    return Failure(error).kind
  }
}

extension RestoreDocker.Result {
  /// Of all that failed.
  var failure: Failure? { failures.first }
}
