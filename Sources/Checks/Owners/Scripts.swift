import HostInterface
import Model
import SystemPackage

extension Owner {
  /// What people write themselves to have VFs after a boot: rc.local, a unit, the script that a unit runs, and the hook
  /// of MLNX_OFED's openibd. What is not seen to be run at boot may be run by a person.
  static func scripts(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let hook = disk.configuration(at: "/etc/infiniband/post-start-hook.sh")
    let locals = ["/etc/rc.local", "/etc/rc.d/rc.local"].compactMap { disk.configuration(at: $0) }
    let units = disk.configuration(".service", in: [FilePath.systemUnits.string])
    let enabled = disk.enabledUnits
    let started = Set(units.filter { enabled.contains($0.name) }.flatMap(\.scriptsStarted))
    let scripts = Set(units.flatMap(\.scriptsStarted)).sorted().compactMap { name in
      disk.configuration(at: FilePath(name)).map { (file: $0, isRun: started.contains(name)) }
    }
    let files =
      locals.map { (file: $0, isRun: $0.isExecutable) } + units.map { (file: $0, isRun: enabled.contains($0.name)) }
      + scripts
    return [hook].compactMap(\.self).compactMap { CountWrite.owner(.openibd, file: $0, lines: $0.lines(), of: pf) }
      + files.compactMap { CountWrite.owner(.script, file: $0, lines: $0.linesOfStart, of: pf, isRun: $1) }
  }
}

extension ConfigurationFile {
  /// Without what a unit does when it is stopped.
  fileprivate var linesOfStart: [String] { lines().filter { !$0.hasPrefix("ExecStop") } }

  /// The scripts that a unit runs. By their names: what else it runs may be a large program.
  fileprivate var scriptsStarted: [String] {
    linesOfStart.filter { $0.hasPrefix("ExecStart") }.flatMap { line in
      line.split { $0.isWhitespace || "=-+!@:\"';".contains($0) }.filter { $0.hasPrefix("/") && $0.hasSuffix(".sh") }
        .map(String.init)
    }
  }
}
