import FoundationEssentials

extension Date {
  /// RFC 3339 as Docker writes it, `2026-01-15T08:01:40.123456789+01:00`: up to nine digits of a second, in UTC or in the
  /// daemon's own zone. Nil for Go's zero, the year 1.
  init?(ofDocker text: String) {
    let point = text.firstIndex(of: ".") ?? text.endIndex
    let fraction = text[point...].dropFirst().prefix(while: \.isNumber)
    let whole = text[..<point] + text[point...].dropFirst(point == text.endIndex ? 0 : fraction.count + 1)
    guard let date = try? Date(String(whole), strategy: .iso8601), date.timeIntervalSince1970 > 0 else { return nil }
    self = date + (Double("0.\(fraction)") ?? 0)
  }
}
