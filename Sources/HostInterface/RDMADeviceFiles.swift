package import SystemPackage

/// The RDMA device that sits directly on a PCI function. rdma-core renames it soon after it came (mlx5.md 8).
extension FileTree {
  /// Its name now, below the function's folder; nil while there is none.
  package func rdmaDevice(below folder: FilePath) throws(FileError) -> String? {
    try listIfPresent(FilePath("\(folder)/infiniband")).min()
  }

  /// What `read` makes of the device's files; nil while there is no device.
  ///
  /// - Parameter read: Gives nil where a file was missing, as when the device is renamed between finding its name and
  ///   reading: what was read until then is dropped, and all of it read again.
  package func readRDMADevice<Value>(
    below folder: FilePath, _ read: (_ device: String) throws(FileError) -> Value?
  ) throws(FileError) -> Value? {
    for _ in 0..<3 {
      guard let device = try rdmaDevice(below: folder) else { return nil }
      if let value = try read(device) { return value }
    }
    return nil
  }
}
