import HostInterface
import Model

extension Owner {
  /// udev rules that assign a VF count, or run a command that writes one.
  static func udevRules(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map { "\($0)/udev/rules.d" }
    return disk.configuration(".rules", in: folders).flatMap { file -> [Owner] in
      // In a file with jumps it is not known which rules are reached.
      let reached: Certainty = file.text.contains("GOTO=") ? .perhaps : .yes
      return file.lines().compactMap { line in
        guard line.namesCount || line.contains("RUN") || line.contains("PROGRAM=") else { return nil }
        let rule = UdevRule(line)
        guard let found = rule.countWrite(on: pf, file, disk) else { return nil }
        let certainty = [reached, found.certainty, pf.isMatched(by: rule)].all
        guard certainty > .no else { return nil }
        return Owner(
          program: "udev", place: file.path, setting: found.setting, count: found.count, isCertain: certainty == .yes)
      }
    }
  }
}

/// One line of a rules file: `KEY{attribute}OPERATOR"value"`, with commas between.
private struct UdevRule {
  struct Token {
    let key: String
    let attribute: String
    let operation: String
    let value: String
  }

  let tokens: [Token]

  init(_ line: String) {
    var tokens: [Token] = []
    var rest = line[...]
    while let open = rest.firstIndex(of: "\"") {
      let value = rest[rest.index(after: open)...]
      var close = value.startIndex
      while close < value.endIndex, value[close] != "\"" {
        close = value.index(after: close)
        if close < value.endIndex, value[value.index(before: close)] == "\\" { close = value.index(after: close) }
      }
      let head = rest[..<open].trimmed.drop { $0 == "," || $0.isWhitespace }
      // After the operator there may be a letter: e for escapes, i for either case.
      let assignment = head.last.map { "ei".contains($0) } == true ? head.dropLast() : head
      let operation = String(assignment.reversed().prefix { "=!+-:".contains($0) }.reversed())
      let name = assignment.dropLast(operation.count).trimmed
      let parts = name.split(separator: "{", maxSplits: 1)
      tokens.append(
        Token(
          key: String(parts.first ?? ""), attribute: parts.count > 1 ? String(parts[1].dropLast()) : "",
          operation: operation, value: String(value[..<close]).replacing("\\\"", with: "\"")))
      rest = close < value.endIndex ? value[value.index(after: close)...] : ""
    }
    self.tokens = tokens
  }

  /// What it writes, and whether that is the PF's as far as the place tells.
  func countWrite(
    on pf: PhysicalFunction, _ file: ConfigurationFile, _ disk: any Disk
  ) -> (setting: String, count: Int?, certainty: Certainty)? {
    for token in tokens where !["==", "!="].contains(token.operation) {
      switch token.key {
      case "ATTR":
        guard CountWrite.isCountFile(token.attribute) else { continue }
        return ("ATTR{\(token.attribute)}=\"\(token.value)\"", Int(token.value), .yes)
      case "RUN", "PROGRAM", "IMPORT":
        var reader = ScriptReader(disk: disk)
        reader.run(token.value, in: ScriptReader.Place(file: file.path), isShell: false)
        guard let write = reader.writes.last(where: { $0.count != 0 }) ?? reader.writes.last else { continue }
        // A substitution stands for the device that the rule matches.
        let isSubstituted =
          write.path.contains("%") || write.path.contains("$kernel") || write.path.contains("$devpath")
        let place = isSubstituted ? .yes : pf.isIn(write.path)
        let by = write.place == file.path ? "" : "\(write.place) "
        return ("\(token.key) \(by)writes \(write.path)", write.count, write.isSure ? place : min(place, .perhaps))
      default: continue
      }
    }
    return nil
  }
}

extension PhysicalFunction {
  fileprivate func isMatched(by rule: UdevRule) -> Certainty {
    rule.tokens.filter { ["==", "!="].contains($0.operation) }.map { token in
      let any = token.value.split(separator: "|").map { isMatched(by: token, pattern: $0) }.any
      return token.operation == "==" ? any : !any
    }.all
  }

  private func isMatched(by token: UdevRule.Token, pattern: Substring) -> Certainty {
    switch token.key {
    // What kind of event it is for, not which device.
    case "ACTION", "SUBSYSTEM", "SUBSYSTEMS", "TEST": return token.operation == "==" ? .yes : .no
    case "KERNEL", "KERNELS", "NAME":
      return pciAddress.description.matches(glob: pattern) ? .yes : isNamed(pattern)
    case "DRIVER", "DRIVERS": return Certainty("mlx5_core".matches(glob: pattern))
    case "ENV" where token.attribute == "ID_PATH": return Certainty(idPath.matches(glob: pattern))
    case "ENV" where token.attribute == "ID_NET_DRIVER": return Certainty("mlx5_core".matches(glob: pattern))
    case "ATTR", "ATTRS":
      return switch token.attribute.split(separator: "/").last {
      case "vendor": Certainty("0x15b3".matches(glob: pattern))
      case "device": Certainty("0x\(deviceID)".matches(glob: pattern))
      case "sriov_totalvfs", "sriov_numvfs", "mlx5_num_vfs": token.operation == "==" ? .yes : .no
      default: .perhaps
      }
    default: return .perhaps
    }
  }
}
