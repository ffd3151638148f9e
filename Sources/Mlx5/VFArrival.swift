package import struct FoundationEssentials.Date
import HostInterface
import SystemPackage

extension PFDevice {
  /// When the last of its VFs was made or bound, by whomever: with a VF's RDMA device the kernel makes a node for
  /// libibverbs. Nil where no VF has one.
  package var lastArrivalOfVF: Date? {
    get throws(FileError) {
      var last: Date?
      for index in try vfIndexes {
        guard let vf = try function(ofVF: index) else { continue }
        for name in try files.listIfPresent(vf.path("infiniband_verbs")) {
          guard let made = try? disk.modified(FilePath("/dev/infiniband/\(name)")) else { continue }
          last = max(last ?? made, made)
        }
      }
      return last
    }
  }
}
