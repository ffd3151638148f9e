package import SystemPackage

/// The RDMA device that sits directly on a PCI function.
extension FileTree {
  /// Its name now, below the function's folder; nil while there is none.
  package func rdmaDevice(below folder: FilePath) throws(FileError) -> String? {
    try listIfPresent(FilePath("\(folder)/infiniband")).min()
  }

  /// What `read` makes of the device's files, all of one device; nil while there is no device, or none keeps its name.
  package func readRDMADevice<Value>(
    below folder: FilePath, _ read: (_ device: String) throws(FileError) -> Value?
  ) throws(FileError) -> Value? {
    try lookAgain { () throws(FileError) in
      guard let device = try rdmaDevice(below: folder) else { return nil }
      return try read(device)
    }
  }
}
