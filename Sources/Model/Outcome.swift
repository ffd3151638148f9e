package import struct FoundationEssentials.Date

/// The last restore of one PF, as it is kept on disk.
package struct Outcome: Equatable, Codable, Sendable {
  package var pciAddress: PCIAddress
  package var nodeGUID: GUID?
  /// Of an Ethernet PF.
  package var macAddress: MACAddress?
  package var generation: Int
  package var result: Report.Result
  package var finishedAt: Date
  package var seconds: Double
  /// Why it failed or was refused, and the remedy.
  package var problem: String?
  /// The generations that this PF was verified against, ascending.
  package var verifiedGenerations: [Int]

  /// - Parameter verifiedBefore: The generations that the PF was verified against before this restore.
  package init(
    of pf: PhysicalFunction, generation: Int, result: Report.Result, finishedAt: Date,
    seconds: Double, problem: String?, verifiedBefore: [Int]
  ) {
    (pciAddress, nodeGUID, macAddress) = (pf.pciAddress, pf.nodeGUID, pf.macAddress)
    self.generation = generation
    self.result = result
    self.finishedAt = finishedAt
    self.seconds = seconds
    self.problem = problem
    verifiedGenerations = Set(verifiedBefore + (result.isVerified ? [generation] : [])).sorted()
  }

  enum CodingKeys: String, CodingKey {
    case pciAddress
    case nodeGUID = "nodeGuid"
    case macAddress, generation, result, finishedAt, seconds, problem, verifiedGenerations
  }

  /// Whether what it left must not be taken for what is wanted.
  package var isFailure: Bool { result.isFailure }
}
