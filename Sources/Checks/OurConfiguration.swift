import Model

/// Our own configuration: each mistake costs the value that it stands for.
extension Finding {
  static func configuration(_ mistakes: [ConfigurationMistake]) -> [Finding] {
    guard !mistakes.isEmpty else { return [ID.configuration.ok(nil, "none, or all of it is understood")] }
    return mistakes.map { ID.configuration.problem(nil, $0.message, remedy: $0.remedy) }
  }
}
