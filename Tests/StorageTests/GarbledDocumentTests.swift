import Model
import Storage
import TestSupport
import Testing

/// Whatever is in a file of ours, it is read, or it is refused in words.
@Suite struct GarbledDocumentTests {
  private static let document = """
    {
      "adapters" : [
        {
          "driversAutoprobe" : true,
          "pf" : {
            "boardId" : "MT_0000000008", "deviceId" : "1017", "linkLayer" : "InfiniBand", "netdev" : "ibs21",
            "nodeGuid" : "0c:42:a1:03:00:b1:00:00", "pciAddress" : "0000:b1:00.0", "rdmaDevice" : "mlx5_0"
          },
          "vfs" : [
            { "driver" : "mlx5_core", "index" : 0, "nodeGuid" : "0c:42:a1:03:00:b1:01:00", "policy" : "Follow" },
            { "index" : 1, "portGuid" : "0c:42:a1:03:00:b1:02:01" }
          ]
        }
      ],
      "host" : "node17", "savedAt" : "2026-11-22T17:00:00Z", "version" : 1
    }
    """

  @Test(arguments: 1...100) func `a generation`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    for _ in 0..<50 {
      let text = Self.document.garbled(&dice)
      do throws(DocumentError) {
        let snapshot = try SnapshotDocument.decodeSnapshot(text).snapshot
        let again = try? SnapshotDocument.decodeSnapshot(JSONText.encode(snapshot)).snapshot
        #expect(again == snapshot, "what was read can be written and read: \(text)")
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test func `the document itself is good`() throws {
    #expect(try SnapshotDocument.decodeSnapshot(Self.document).snapshot.adapters[0].vfs.count == 2)
  }
}
