/// udev and rdma-core rename devices soon after they came (mlx5.md 8).
extension FileTree {
  /// What `look` finds. A file that is missing below a name that was just found means that the device has another name by
  /// now, or went away: then it looks again, three times in all, and in the end nothing is there.
  package func lookAgain<Value>(
    _ look: () throws(FileError) -> Value?
  ) throws(FileError) -> Value? {
    for _ in 0..<3 {
      do throws(FileError) {
        return try look()
      } catch let error where error.isAbsence {
        continue
      }
    }
    return nil
  }
}
