package import HostInterface
package import Model
import SystemPackage

/// The agent's locks: one per PF, one for the containers on it, one for the store, one for what looks leave, one for Docker,
/// which is taken before any PF's. Each dies with its process.
package struct Locks: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// - Throws: `Failure` (`busy`) at once when another run has the PF; else what `body` throws.
  package func withPF<Result>(_ pf: PhysicalFunction, _ body: () throws -> Result) throws -> Result {
    try hold(path(of: pf.pciAddress), of: "the PF \(pf)", body)
  }

  /// The same with several PFs.
  package func withPFs<Result>(_ pfs: some Collection<PhysicalFunction>, _ body: () throws -> Result) throws -> Result {
    guard let pf = pfs.first else { return try body() }
    return try withPF(pf) { try withPFs(pfs.dropFirst(), body) }
  }

  /// Who works on a PF now.
  package func holder(ofPF address: PCIAddress) throws(FileError) -> LockHolder? {
    try disk.holder(ofLock: path(of: address))
  }

  /// - Throws: `Failure` (`busy`) at once when another run writes the store; else what `body` throws.
  package func withStore<Result>(_ body: () throws -> Result) throws -> Result {
    try hold(StateFolders.locks.appending("store"), of: "the saved generations", body)
  }

  /// - Throws: `Failure` (`busy`) at once when another run works on Docker; else what `body` throws.
  package func withDocker<Result>(_ body: () throws -> Result) throws -> Result {
    try hold(docker, of: "Docker's networks", body)
  }

  /// For whoever starts containers on a PF's networks. It works on Docker beside others, which do not wait for containers.
  ///
  /// - Throws: `Failure` (`busy`) at once when another run starts them; else what `body` throws.
  package func withContainers<Result>(on pf: PCIAddress, _ body: () throws -> Result) throws -> Result {
    try hold(containers(on: pf), of: "the containers on \(pf)", body)
  }

  package func holderOfContainers(on pf: PCIAddress) throws(FileError) -> LockHolder? {
    try disk.holder(ofLock: containers(on: pf))
  }

  package func holderOfDocker() throws(FileError) -> LockHolder? { try disk.holder(ofLock: docker) }

  /// Runs `body` without the lock where none can be had, as by those who are not root: what a look saw is told all the same.
  ///
  /// - Throws: `Failure` (`busy`) at once when another run keeps what a look saw; else what `body` throws.
  package func withHealth(_ body: () throws -> Void) throws {
    var hasBegun = false
    do {
      try hold(StateFolders.locks.appending("health"), of: "the notes and metrics of looks") {
        hasBegun = true
        try body()
      }
    } catch is FileError where !hasBegun {
      try body()
    }
  }

  private func containers(on pf: PCIAddress) -> FilePath { StateFolders.locks.appending("containers-\(pf)") }

  private var docker: FilePath { StateFolders.locks.appending("docker") }

  private func hold<Result>(_ path: FilePath, of what: String, _ body: () throws -> Result) throws -> Result {
    try disk.makeFolder(StateFolders.locks)
    do {
      return try disk.withLock(path, body)
    } catch let holder as LockHolder {
      throw Failure(.busy, "another run has \(what) (\(holder))", remedy: "wait for it to end, then try again")
    }
  }

  private func path(of address: PCIAddress) -> FilePath { StateFolders.locks.appending(address.description) }
}
