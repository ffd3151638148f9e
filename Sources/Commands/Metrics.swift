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
    fileprivate let labels: String
    fileprivate let value: Double

    /// Nil where there is nothing to tell: no sample is no zero.
    ///
    /// - Parameter labels: Those without a value are left out.
    init?(_ value: Double?, _ labels: KeyValuePairs<String, String?> = [:]) {
      guard let value else { return nil }
      self.labels = labels.compactMap { name, value in value.map { "\(name)=\"\(Metrics.escape($0))\"" } }
        .joined(separator: ",")
      self.value = value
    }
  }

  /// - Parameters:
  ///   - name: Without `sriov_persist_`, which is put before it.
  ///   - help: One sentence.
  ///   - samples: The first of those with the same labels counts: two of them make Prometheus refuse all.
  mutating func add(_ name: String, _ help: String, _ samples: [Sample?]) {
    var seen: Set<String> = []
    let samples = samples.compactMap(\.self).filter { seen.insert($0.labels).inserted }
    if !samples.isEmpty { families.append(Family(name: "sriov_persist_\(name)", help: help, samples: samples)) }
  }

  var description: String {
    families.map { family in
      let lines = family.samples.map { sample in
        let labels = sample.labels.isEmpty ? "" : "{\(sample.labels)}"
        return "\(family.name)\(labels) \(Self.text(of: sample.value))\n"
      }
      return "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) gauge\n" + lines.joined()
    }.joined()
  }

  /// As the format has it: a backslash before a backslash and a quotation mark, `\n` for the end of a line.
  fileprivate static func escape(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func text(of value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
