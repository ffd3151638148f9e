/// Text in columns as wide as their longest cell.
struct Table {
  private var rows: [[String]]

  init(header: [String]) { rows = [header] }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, two blanks between columns and none at the end.
  func lines(indentation: String = "") -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      return indentation + cells.joined(separator: "  ")
    }
  }
}

extension [String] {
  /// For one cell: `Follow`, or `Down 1, Follow 3` where they are not all the same; `-` where there are none.
  var counted: String {
    let counts = Dictionary(grouping: self) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
    return switch counts.count {
    case 0: "-"
    case 1: counts[0].key
    default: counts.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
  }
}
