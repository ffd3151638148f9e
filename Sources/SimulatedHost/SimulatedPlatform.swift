import Model

/// What a simulated host is beside its adapters: CPU, BIOS, kernel, processes.
package struct SimulatedPlatform: Codable, Equatable, Sendable {
  package var cpuVendor = "GenuineIntel"
  /// Of the first CPU; virtualisation is among them where the BIOS has it on.
  package var cpuFlags = ["fpu", "msr", "vmx", "avx2", "hypervisor_timer"]
  /// The ACPI tables that the BIOS offers; DMAR and IVRS are about an IOMMU.
  package var acpiTables = ["APIC", "DMAR", "FACP"]
  package var commandLine = "BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro intel_iommu=on"
  /// Nil where the caller may not read it.
  package var kernelLog: [String]? = [
    "Linux version 6.1.0-18-amd64", "mlx5_core 0000:b1:00.0: firmware version: 16.35.2000",
  ]
  /// What journalctl(1) prints of the agent's entries, as JSON; nil where there is no journal.
  package var journal: String?
  /// Whether journalctl(1) was built with PCRE2.
  package var journalHasPatterns = true
  /// Of MLNX_OFED's mlx5_core; the kernel's own tells none.
  package var driverVersion: String? = "25.10-1.7.1"
  /// The command lines of processes.
  package var processes = [["systemd"], ["sshd", "-D"], ["dockerd"]]
}

extension Machine {
  /// Files below /proc and /sys that are about no device.
  func platformNode(_ place: [String]) -> Node? {
    switch place.joined(separator: "/") {
    case "proc/cpuinfo":
      .text(
        "processor\t: 0\nvendor_id\t: \(platform.cpuVendor)\nflags\t\t: \(platform.cpuFlags.joined(separator: " "))\n\n"
      )
    case "proc/cmdline": .text(platform.commandLine + "\n")
    case "proc": .folder(["cpuinfo", "cmdline", "sys"] + platform.processes.indices.map { "\($0 + 1)" })
    case "sys/class/iommu": .folder(hasIOMMU ? ["dmar0", "dmar1"] : [])
    case "sys/firmware", "sys/firmware/acpi", "sys/kernel": .folder([])
    case "sys/firmware/acpi/tables": .folder(platform.acpiTables)
    case "sys/kernel/iommu_groups": .folder(hasIOMMU ? ["0", "1"] : [])
    case "sys/module": .folder(modules)
    case "sys/module/mlx5_core/version": platform.driverVersion.map { .text($0 + "\n") }
    case "sys/module/ib_core/parameters": rdmaNetlink == .missing ? nil : .folder(["netns_mode"])
    case "sys/module/ib_core/parameters/netns_mode":
      rdmaNetlink == .missing ? nil : .text(sharesRDMADevices ? "Y\n" : "N\n")
    default: processNode(place) ?? moduleNode(place)
    }
  }

  private var modules: [String] {
    ["mlx5_core"] + (rdmaNetlink == .missing ? [] : ["ib_core"]) + (platform.driverVersion == nil ? [] : ["mlx_compat"])
  }

  private func moduleNode(_ place: [String]) -> Node? {
    place.count == 3 && place[..<2] == ["sys", "module"] && modules.contains(place[2]) ? .folder(["version"]) : nil
  }

  private func processNode(_ place: [String]) -> Node? {
    guard place.count > 1, place[0] == "proc", let number = Int(place[1]),
      platform.processes.indices.contains(number - 1)
    else { return nil }
    return switch place.dropFirst(2) {
    case []: .folder(["comm", "cmdline"])
    case ["comm"]: .text(platform.processes[number - 1][0] + "\n")
    case ["cmdline"]: .text(platform.processes[number - 1].map { $0 + "\0" }.joined())
    default: nil
    }
  }
}
