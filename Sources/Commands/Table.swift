/// Text in columns as wide as their longest cell.
struct Table {
  private var rows: [[StyledText]]

  init(header: [String]) { rows = [header.map { StyledText($0) }] }

  mutating func add(_ row: [String]) { rows.append(row.map { StyledText($0) }) }

  /// - Parameter last: A cell after the others.
  mutating func add(_ row: [String], _ last: StyledText) { rows.append(row.map { StyledText($0) } + [last]) }

  /// - Parameter first: A cell before the others.
  mutating func add(_ first: StyledText, _ row: [String]) { rows.append([first] + row.map { StyledText($0) }) }

  /// The lines, two blanks between columns and none at the end.
  func lines(indentation: String = "") -> [StyledText] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      row.enumerated().reduce(StyledText(indentation)) { line, cell in
        let isLast = cell.offset == row.count - 1
        let blanks = isLast ? "" : String(repeating: " ", count: widths[cell.offset] - cell.element.count + 2)
        return "\(line)\(cell.element)\(blanks)"
      }
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
