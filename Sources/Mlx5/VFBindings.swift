import HostInterface
import SystemPackage

extension PFDevice {
  /// A text that is another one once any of its VFs was made or bound anew, by whomever, wherever its netdev and its RDMA
  /// device are: the kernel makes a VF's link to its driver at each bind.
  package var bindings: String {
    get throws(FileError) {
      var words: [String] = []
      for index in try vfIndexes {
        guard let vf = try function(ofVF: index) else { continue }
        words.append("\(vf.address)=\(try bindingInode(of: vf).map(String.init) ?? "unbound")")
      }
      return words.joined(separator: " ")
    }
  }

  private func bindingInode(of vf: PCIFunction) throws(FileError) -> UInt64? {
    do {
      return try files.inode(vf.path("driver"))
    } catch let error where error.isAbsence {
      return nil
    }
  }
}
