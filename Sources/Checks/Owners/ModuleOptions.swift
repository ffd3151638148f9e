import HostInterface
import Model

extension Owner {
  /// modprobe.d: options of mlx5_core, and commands that are run in place of loading it.
  static func moduleOptions(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map { "\($0)/modprobe.d" }
    return disk.configuration(".conf", in: folders).flatMap { file in
      file.lines().compactMap { line -> Owner? in
        let words = line.split(whereSeparator: \.isWhitespace)
        switch words.first {
        case "options" where words.dropFirst().first.map { $0 == "mlx5_core" || $0 == "mlx5-core" } ?? false:
          guard let option = words.last(where: { $0.hasPrefix("num_vfs=") }) else { return nil }
          // mlx4's option: no mlx5_core is known that has it.
          return Owner(
            program: "modprobe", place: file.path, setting: String(option),
            count: Int(option.dropFirst("num_vfs=".count)), isCertain: false)
        case "install":
          var reader = ScriptReader(disk: disk)
          reader.run(words.dropFirst(2).joined(separator: " "), in: ScriptReader.Place(file: file.path))
          let writes = reader.writes.map { BootWrite(program: "modprobe", write: $0, start: file.path, isRun: true) }
          return writers(for: pf, writes).first
        default: return nil
        }
      }
    }
  }
}
