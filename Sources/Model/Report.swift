/// What one run did to one PF, and what it found afterwards.
package struct Report: Equatable, Sendable {
  package enum Result: String, Codable, Sendable {
    /// The PF was as the snapshot has it; nothing was written.
    case unchanged
    /// It is now as the snapshot has it.
    case restored
    case failed
    case refused
    /// A failure was given up: what it left was saved, knowingly.
    case accepted

    /// Whether the PF was seen to be as the generation has it.
    var isVerified: Bool { self == .unchanged || self == .restored }

    /// Whether what it left must not be taken for what is wanted.
    var isFailure: Bool { self == .failed || self == .refused }
  }

  /// What was seen of one VF at the end.
  package enum Verdict: String, Sendable {
    /// All that is saved of it reads back.
    case verified
    /// So does what can be seen; not all can.
    case notVisible
    case differs
  }

  /// One step that was tried.
  package struct StepRecord: Equatable, Sendable {
    package let words: String
    package let duration: Duration
    package let failure: Failure?
    /// The VF that it bound to a driver; nil for all other steps.
    package let boundVF: Int?
    /// What it wrote; nil for all other steps.
    package let written: VFSetting?
    /// The kernel took it, and then it could not be read back. Says why `failure` is not nil.
    package let isUnverified: Bool

    package init(
      words: String, duration: Duration, failure: Failure?, boundVF: Int? = nil, written: VFSetting? = nil,
      isUnverified: Bool = false
    ) {
      self.words = words
      self.duration = duration
      self.failure = failure
      self.boundVF = boundVF
      self.written = written
      self.isUnverified = isUnverified
    }
  }

  package var pf: PhysicalFunction
  package var generation: Int
  package var wantedVFs: Int
  /// The VF count at the end; nil where it could not be read.
  package var foundVFs: Int?
  package var result: Result
  package var steps: [StepRecord]
  /// What still differs after the last step.
  package var remaining: [Difference]
  /// What could not be compared, and why.
  package var notVisible: [NotVisible]
  /// What a person should know although nothing failed.
  package var notes: [String]
  /// Why the result is `failed` or `refused`.
  package var failure: Failure?
  package var duration: Duration

  package init(
    pf: PhysicalFunction, generation: Int, wantedVFs: Int, foundVFs: Int?, result: Result,
    steps: [StepRecord] = [], remaining: [Difference] = [], notVisible: [NotVisible] = [], notes: [String] = [],
    failure: Failure? = nil, duration: Duration = .zero
  ) {
    self.pf = pf
    self.generation = generation
    self.wantedVFs = wantedVFs
    self.foundVFs = foundVFs
    self.result = result
    self.steps = steps
    self.remaining = remaining
    self.notVisible = notVisible
    self.notes = notes
    self.failure = failure
    self.duration = duration
  }
}

extension Report {
  /// By VF; empty where the PF could not be read.
  package var verdicts: [Verdict] {
    guard let foundVFs else { return [] }
    return Verdict.all(wanted: wantedVFs, found: foundVFs, remaining, notVisible)
  }
}

extension Report.Verdict {
  /// By VF: what a comparison says of each that is wanted.
  ///
  /// - Parameter found: How many there are.
  package static func all(
    wanted: Int, found: Int, _ differences: [Difference], _ notVisible: [NotVisible]
  ) -> [Self] {
    let different = Set(differences.compactMap(\.vf))
    let hidden = Set(notVisible.map(\.vf))
    return (0..<wanted).map {
      different.contains($0) || $0 >= found ? .differs : hidden.contains($0) ? .notVisible : .verified
    }
  }
}
