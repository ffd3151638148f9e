import Fabric
import HostInterface
import Model
import Planning

/// What is not as it should be, and what to do about it.
package struct Problem: Sendable {
  /// One sentence each.
  package let lines: [String]
  package let remedy: String?
  /// The same as long as it is the same problem, whatever numbers the words have.
  package let key: String

  init(_ lines: [String], remedy: String?, key: String? = nil) {
    self.lines = lines
    self.remedy = remedy
    self.key = key ?? lines.joined(separator: "; ")
  }

  init(_ failure: Failure) { self.init([failure.message], remedy: failure.remedy) }
}

extension Problem: CustomStringConvertible {
  package var description: String { (lines + [remedy].compactMap(\.self)).joined(separator: "; ") }
}

extension Status.Entry {
  /// What is wrong with it; nothing while a restore is under way, which will tell.
  package var problems: [Problem] {
    switch state {
    case .restoring: []
    case .failed(let failure): [Problem(failure)] + [lastRestore].compactMap(\.self)
    case .compared(let drift):
      [difference, drift.notVisible.failure(on: pf).map(Problem.init), lastRestore, portProblem].compactMap(\.self)
    }
  }

  private var difference: Problem? {
    guard let drift, !drift.isEmpty else { return nil }
    return Problem(
      drift.differences.lines.map { "\(pf.pciAddress): \($0)" },
      remedy: "put it right: sriov-persist restore; see what that would do: sriov-persist restore --dry-run")
  }

  private var lastRestore: Problem? {
    guard let outcome, outcome.isFailure else { return nil }
    let what = "\(pf.pciAddress): the last restore \(outcome.result == .refused ? "was refused" : "failed")"
    return Problem(
      ["\(what): \(outcome.problem.map(pf.withoutName) ?? "nobody knows why")"],
      remedy: isAsSaved ? "nothing differs now; let that be known: sriov-persist restore" : nil, key: what)
  }

  private var portProblem: Problem? {
    guard needsPort, let port, !port.isReady else { return nil }
    return Problem([port.words(of: pf.pciAddress)], remedy: port.remedy(on: pf))
  }
}

extension NetworkStatus.Entry {
  /// What is wrong with it; nothing while a restore is under way.
  package var problems: [Problem] {
    guard holder == nil else { return [] }
    let name = "network \(network.name)"
    if isUsable { return [findings?.problemOfForgottenContainers].compactMap { $0?.on(name) } }
    if let problem { return [Problem(["\(name): \(problem.message)"], remedy: problem.remedy)] }
    let steps = (plan?.steps ?? []).map { "\(name): to be done: \($0)" }
    return [Problem(steps, remedy: "let it be done: sriov-persist restore network")]
  }
}

extension NetworkFindings {
  /// The plugin was restarted below containers: their VFs are offered to others, and each start on the PF fails. Only once
  /// none of them runs are all VFs there to be given out again (docker.md 11.2).
  var problemOfForgottenContainers: Problem? {
    guard !forgottenContainers.isEmpty else { return nil }
    let names = forgottenContainers.joined(separator: ", ")
    let all = forgottenContainers.joined(separator: " ")
    return Problem(
      [
        "the plugin has forgotten \(names), running on it, and offers VFs that are in use: no other container can start"
      ],
      remedy: "run: docker stop \(all) && docker start \(all)")
  }
}

extension Problem {
  fileprivate func on(_ name: String) -> Problem {
    Problem(lines.map { "\(name): \($0)" }, remedy: remedy)
  }
}
