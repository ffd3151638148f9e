/// Gauges in Prometheus' text format, which node_exporter's textfile collector takes over. No timestamps: the collector
/// refuses them.
struct Metrics: CustomStringConvertible {
  private var families: [Family] = []

  private struct Family {
    let name: String
    let help: String
    let samples: [Sample]
  }

  struct Sample {
    let labels: KeyValuePairs<String, String>
    let value: Double

    /// Nil where there is nothing to tell: no sample is no zero.
    init?(_ value: Double?, _ labels: KeyValuePairs<String, String> = [:]) {
      guard let value else { return nil }
      self.labels = labels
      self.value = value
    }
  }

  /// - Parameters:
  ///   - name: Without `sriov_persist_`, which is put before it.
  ///   - help: One sentence.
  mutating func add(_ name: String, _ help: String, _ samples: [Sample]) {
    if !samples.isEmpty { families.append(Family(name: "sriov_persist_\(name)", help: help, samples: samples)) }
  }

  var description: String {
    families.map { family in
      let lines = family.samples.map { "\(family.name)\(Self.text(of: $0.labels)) \(Self.text(of: $0.value))\n" }
      return "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) gauge\n" + lines.joined()
    }.joined()
  }

  private static func text(of labels: KeyValuePairs<String, String>) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.key)=\"\(escape($0.value))\"" }.joined(separator: ",") + "}"
  }

  /// As the format has it: a backslash before a backslash and a quotation mark, `\n` for the end of a line.
  private static func escape(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func text(of value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
