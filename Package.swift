// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
/// Atomics is here only because SwiftPM warns of a package that is pinned and that no target names.
let nio =
  ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
  + [.product(name: "Atomics", package: "swift-atomics")]
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// A room of the house: see the table in docs/architecture.md. What is not in `imports` cannot be imported.
func room(_ name: String, imports: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: strict)
}

func tests(of name: String, imports: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: imports, swiftSettings: strict)
}

let package = Package(
  name: "sriov-persist",
  products: [
    .executable(name: "sriov-persist", targets: ["SRIOVPersist"]),
    .executable(name: "sriov-persist-sim", targets: ["SRIOVPersistSim"]),
    .executable(name: "kernel-contract", targets: ["KernelContractRunner"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    // What swift-nio needs, pinned as well: Package.resolved is not kept.
    .package(url: "https://github.com/apple/swift-atomics", exact: "1.3.0"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
  ],
  targets: [
    room("Model", imports: [system]),
    room("HostInterface", imports: ["Model", system]),
    room("Planning", imports: ["Model"]),
    room("Storage", imports: ["HostInterface", "Model", system]),
    room("Mlx5", imports: ["HostInterface", "Model", system]),
    room("Checks", imports: ["Docker", "Fabric", "HostInterface", "Mlx5", "Model", "YAML", system]),
    room("YAML", imports: ["CYAML"]),
    room("Docker", imports: ["HostInterface", "Model", system]),
    room("Fabric", imports: ["HostInterface", "Model", system]),
    room(
      "Agent",
      imports: ["Checks", "Docker", "Fabric", "HostInterface", "Mlx5", "Model", "Planning", "Storage", system]),
    room("Support", imports: ["HostInterface", "Mlx5", "Model", "Storage", system]),
    room(
      "Commands",
      imports: [
        "Agent", "Checks", "Fabric", "HostInterface", "Mlx5", "Model", "Planning", "Storage", "Support", arguments,
        system,
      ]),

    room(
      "LinuxHost",
      imports: ["CCompat", "CNetlink", "CSystemd", "CVerbs", "HostInterface", "Model", subprocess, system] + nio),
    room("SimulatedHost", imports: ["HostInterface", "Model", system]),

    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CNetlink", pkgConfig: "libnl-3.0", providers: [.apt(["libnl-3-dev"])]),
    .systemLibrary(name: "CVerbs", pkgConfig: "libibverbs", providers: [.apt(["libibverbs-dev"])]),
    .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CCompat"),

    .executableTarget(name: "SRIOVPersist", dependencies: ["Commands", "LinuxHost"], swiftSettings: strict),
    .executableTarget(
      name: "SRIOVPersistSim",
      dependencies: ["Commands", "HostInterface", "Model", "SimulatedHost", arguments, system],
      swiftSettings: strict),

    // The kernel contract: one table, run against the simulated host by `swift test` and against a real kernel in the
    // guest of Tests/System.
    .target(
      name: "KernelContract", dependencies: ["HostInterface", "Model", system], path: "Tests/KernelContract",
      swiftSettings: strict),
    .executableTarget(
      name: "KernelContractRunner", dependencies: ["HostInterface", "KernelContract", "LinuxHost", "Model", system],
      path: "Tests/KernelContractRunner", swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Docker", "HostInterface", "Model", "SimulatedHost", system],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests(of: "ModelTests", imports: ["Model", system]),
    tests(
      of: "FabricTests",
      imports: ["Fabric", "HostInterface", "Mlx5", "Model", "SimulatedHost", "TestSupport", system]),
    tests(of: "PlanningTests", imports: ["Model", "Planning", "TestSupport"]),
    tests(of: "StorageTests", imports: ["HostInterface", "Model", "SimulatedHost", "Storage", "TestSupport", system]),
    tests(of: "SupportTests", imports: ["HostInterface", "Model", "SimulatedHost", "Support", "TestSupport", system]),
    tests(of: "HostInterfaceTests", imports: ["HostInterface", "Model", "TestSupport"]),
    tests(of: "Mlx5Tests", imports: ["HostInterface", "Mlx5", "Model", "SimulatedHost", "TestSupport", system]),
    tests(
      of: "ChecksTests",
      imports: ["Checks", "Docker", "HostInterface", "LinuxHost", "Model", "SimulatedHost", "TestSupport", system]),
    tests(of: "YAMLTests", imports: ["YAML"]),
    tests(of: "DockerTests", imports: ["Docker", "HostInterface", "Model", "SimulatedHost", "TestSupport", system]),
    tests(
      of: "SimulatedHostTests",
      imports: ["HostInterface", "KernelContract", "Model", "SimulatedHost", "TestSupport", system]),
    tests(
      of: "AgentTests",
      imports: [
        "Agent", "Docker", "HostInterface", "LinuxHost", "Mlx5", "Model", "Planning", "SimulatedHost", "Storage",
        "TestSupport", system,
      ]),
    tests(
      of: "CommandsTests",
      imports: ["Checks", "Commands", "HostInterface", "Model", "SimulatedHost", "Storage", "TestSupport", system]),
    tests(of: "LinuxHostTests", imports: ["HostInterface", "LinuxHost", "Model", "TestSupport", system] + nio),
  ]
)
