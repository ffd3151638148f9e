/// Something wrong with our own configuration, and what to do about it.
package struct ConfigurationMistake: Equatable, Sendable {
  package let message: String
  package let remedy: String

  package init(_ message: String, remedy: String) {
    self.message = message
    self.remedy = remedy
  }
}
