import HostInterface

/// Kinds of events, by which a program finds them and `journalctl -x` explains them: docs/journal.md has the table,
/// units/sriov-persist.catalog the explanations. An id never gets another meaning.
enum MessageID: String, CaseIterable {
  case restored = "6b1f0a5c3d7e4c0f9a5d2e8b71c4f360"
  case failed = "e2d94c7ab0f54d1f8c36a97e15b80d42"
  case vfFailed = "b7c05e1d92af4e83a4d06f3c58e1972b"
  case failure = "0f3a86d24be14975b21c7d9e60a5f8c3"
  case nothingToDo = "94d1e7b35c0a4f6e8f72b16a03dc59e8"
  case portReady = "5d80e2c6a94b4f17bb03c8d5e6f2791a"
  case portNotReady = "a1c47f38e05d4b629d8e24b7630f5ce9"
  case networkRestored = "8d2f61b07ac34e95b3c81f0e6d947a25"
  case networkFailed = "f79b03c4e1d84a62958e7a20c6b1d38f"
  case containerStarted = "2ce85a9174f04b3dbd60f3e19a785c4e"
  case ready = "3e7ac4f19d5b48268c60b2f7e91d05a4"
  case warning = "c58a2f916e7d43b0a9e41d70f5b3c826"
  case healthy = "8b942c4974e84bc2b6fd40d528a9be4f"
  case unhealthy = "ec7148c3e35e4d78a7d192ce38b8b470"
}

/// Fields of our own.
enum JournalField: String, CaseIterable {
  case pci = "SRIOV_PCI"
  case phase = "SRIOV_PHASE"
  case result = "SRIOV_RESULT"
  case vfsWanted = "SRIOV_VFS_WANTED"
  case vfsFound = "SRIOV_VFS_FOUND"
  case generation = "SRIOV_GENERATION"
  case vf = "SRIOV_VF"
  case network = "SRIOV_NETWORK"
  case container = "SRIOV_CONTAINER"
}

extension JournalEntry {
  init(_ priority: Priority, _ message: String, _ id: MessageID, _ fields: [JournalField: String]) {
    self.init(
      priority, message, messageID: id.rawValue,
      fields: Dictionary(uniqueKeysWithValues: fields.map { ($0.key.rawValue, $0.value) }))
  }
}
