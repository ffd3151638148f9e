package import struct FoundationEssentials.Date

/// The last restore of one PF, as it is kept on disk.
package struct Outcome: Equatable, Codable, Sendable {
  package var pciAddress: PCIAddress
  package var nodeGUID: GUID?
  package var generation: Int
  package var result: Report.Result
  package var finishedAt: Date
  package var seconds: Double
  /// Why it failed or was refused, and the remedy.
  package var problem: String?
  /// The last generation that this PF was verified against, this one or an earlier one.
  package var lastVerifiedGeneration: Int?

  /// - Parameter verifiedBefore: The generation that the PF was last verified against before this restore.
  package init(
    pciAddress: PCIAddress, nodeGUID: GUID?, generation: Int, result: Report.Result, finishedAt: Date,
    seconds: Double, problem: String?, verifiedBefore: Int?
  ) {
    self.pciAddress = pciAddress
    self.nodeGUID = nodeGUID
    self.generation = generation
    self.result = result
    self.finishedAt = finishedAt
    self.seconds = seconds
    self.problem = problem
    lastVerifiedGeneration = result.isVerified ? generation : verifiedBefore
  }

  enum CodingKeys: String, CodingKey {
    case pciAddress
    case nodeGUID = "nodeGuid"
    case generation, result, finishedAt, seconds, problem, lastVerifiedGeneration
  }

  /// Whether what it left must not be taken for what is wanted.
  package var isFailure: Bool { result.isFailure }
}
