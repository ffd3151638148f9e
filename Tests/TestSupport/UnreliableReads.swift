package import HostInterface
import Synchronization
package import SystemPackage

/// A kernel whose reads fail now and then, and whose writes do not: an error, an answer cut short, garbled, or of an earlier
/// time. What looks like a good answer and is wrong comes once from each place: no reader could tell it from the truth
/// otherwise.
package final class UnreliableReads: FileTree, NetlinkSocket {
  private struct State {
    var dice: Dice
    var told: Set<String> = []
    var faults = 0
  }

  private let files: any FileTree & NetlinkSocket
  private let earlier: any FileTree & NetlinkSocket
  /// One read in so many fails.
  private let rarity: Int
  /// Of these places each read fails.
  private let broken: @Sendable (String) -> Bool
  private let state: Mutex<State>

  /// How many reads were tampered with.
  package var faults: Int { state.withLock(\.faults) }

  /// - Parameter earlier: The same kernel as it was at another time.
  package init(_ kernel: any FileTree & NetlinkSocket, earlier: any FileTree & NetlinkSocket, seed: UInt64) {
    files = kernel
    self.earlier = earlier
    var dice = Dice(seed: seed)
    rarity = [3, 8, 20, 60].randomElement(using: &dice) ?? 8
    let salt = dice.next()
    let isAnyBroken = Int.random(in: 0..<3, using: &dice) == 0
    broken = { place in
      guard isAnyBroken else { return false }
      var hash = salt
      for byte in place.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
      return hash % 23 == 0
    }
    state = Mutex(State(dice: dice))
  }

  private enum Fault {
    case none
    case error(Errno)
    case cut, garbled, earlier
  }

  private static let errors: [Errno] = [
    .ioError, .invalidArgument, .permissionDenied, .noMemory, .timedOut, .resourceTemporarilyUnavailable, .interrupted,
    .messageTooLong, .noBufferSpace, .resourceBusy,
  ]
  private static let absences: [Errno] = [.noSuchFileOrDirectory, .operationNotSupportedByDevice]

  private func fault(at place: String) -> Fault {
    state.withLock { state in
      let isBroken = broken(place)
      guard isBroken || Int.random(in: 0..<rarity, using: &state.dice) == 0 else { return .none }
      state.faults += 1
      // What is believed may come once from each place.
      if !isBroken && state.told.insert(place).inserted {
        switch Int.random(in: 0..<4, using: &state.dice) {
        case 0: return .error(Self.absences.randomElement(using: &state.dice) ?? .ioError)
        case 1: return .garbled
        case 2: return .earlier
        default: break
        }
      }
      return Int.random(in: 0..<3, using: &state.dice) == 0
        ? .cut : .error(Self.errors.randomElement(using: &state.dice) ?? .ioError)
    }
  }

  private func withDice<Value>(_ body: (inout Dice) -> Value) -> Value { state.withLock { body(&$0.dice) } }

  // MARK: FileTree

  package func read(_ path: FilePath) throws(FileError) -> String {
    switch fault(at: path.string) {
    case .none: return try files.read(path)
    case .error(let errno): throw FileError(.read, path, errno)
    case .cut:
      let text = try files.read(path)
      return withDice { String(text.prefix(Int.random(in: 0..<max(1, text.count), using: &$0))) }
    case .garbled:
      let text = try files.read(path)
      return withDice { text.garbled(&$0) }
    case .earlier: return try earlier.read(path)
    }
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    switch fault(at: path.string) {
    case .error(let errno): throw FileError(.list, path, errno)
    case .garbled:
      let names = try files.list(path)
      return withDice { dice in names.filter { _ in Bool.random(using: &dice) } }
    case .earlier: return try earlier.list(path)
    case .none, .cut: return try files.list(path)
    }
  }

  package func link(_ path: FilePath) throws(FileError) -> FilePath {
    switch fault(at: path.string) {
    case .error(let errno): throw FileError(.link, path, errno)
    case .cut:
      let target = try files.link(path).string
      return withDice { FilePath(String(target.prefix(Int.random(in: 0..<target.count, using: &$0)))) }
    case .earlier: return try earlier.link(path)
    case .none, .garbled: return try files.link(path)
    }
  }

  package func inode(_ path: FilePath) throws(FileError) -> UInt64 {
    if case .error(let errno) = fault(at: path.string) { throw FileError(.read, path, errno) }
    return try files.inode(path)
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }

  // MARK: NetlinkSocket

  package func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]] {
    guard request.command.name != "RTM_SETLINK" else { return try files.exchange(request) }
    switch fault(at: request.command.name) {
    case .none: return try files.exchange(request)
    case .error(let errno): throw NetlinkError(request, errno)
    case .cut:
      let answer = try files.exchange(request)
      return withDice { dice in answer.map { Array($0.prefix(Int.random(in: 0...$0.count, using: &dice))) } }
    case .garbled:
      let answer = try files.exchange(request)
      return withDice { dice in answer.map { $0.isEmpty ? $0 : $0.garbled(&dice) } }
    case .earlier: return try earlier.exchange(request)
    }
  }
}
