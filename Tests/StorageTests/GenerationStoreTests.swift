import HostInterface
import Model
import SimulatedHost
import Storage
import Testing
import struct FoundationEssentials.Date

private func snapshot(vfs: Int) -> Snapshot {
  guard let address = PCIAddress("b1:00.0") else { preconditionFailure("an address") }
  let pf = PhysicalFunction(
    pciAddress: address, nodeGUID: try? GUID(0x0c42_a103_00b1_0000), boardID: "MT_8", deviceID: "1017",
    linkLayer: .infiniBand, rdmaDevice: "mlx5_0", netdev: "ibs21")
  let saved = (0..<vfs).map { index in
    SavedVF(index: index, driver: "mlx5_core", attributes: [.policy: .policy(.follow)])
  }
  return Snapshot(
    savedAt: Date(timeIntervalSince1970: 1_800_000_000), host: "h",
    adapters: [Adapter(pf: pf, driversAutoprobe: true, vfs: saved)])
}

private let folder = "/var/lib/sriov-persist/generations"

private func disk(_ texts: [Int: String]) -> SimulatedDisk {
  var files: [String: SimulatedDisk.File] = [:]
  for (number, text) in texts { files["\(folder)/00000\(number).json"] = .init(contents: text) }
  return SimulatedDisk(files, tasks: SimulatedTasks())
}

private func text(vfs: Int) throws -> String { try JSONText.encode(snapshot(vfs: vfs)) }

@Suite struct GenerationStoreTests {
  @Test func `what is saved is loaded`() throws {
    let store = GenerationStore(disk([:]))
    #expect(try store.current().generation == nil)
    #expect(try store.save(snapshot(vfs: 4), keeping: []) == 1)
    #expect(try store.save(snapshot(vfs: 2), keeping: []) == 2)
    #expect(try store.current().generation?.snapshot == snapshot(vfs: 2))
    #expect(try store.load(1).snapshot == snapshot(vfs: 4))
  }

  @Test func `the last ten are kept, and those that were verified`() throws {
    let store = GenerationStore(disk([:]))
    for number in 1...14 { #expect(try store.save(snapshot(vfs: number), keeping: number > 2 ? [2] : []) == number) }
    #expect(try store.numbers() == [2] + Array(5...14))
  }

  @Test func `a number that something is known of is not given again`() throws {
    let store = GenerationStore(disk([1: try text(vfs: 4)]))
    #expect(try store.save(snapshot(vfs: 2), keeping: [1, 3]) == 4)
  }

  @Test func `a damaged newest generation gives way to the one before, and is reported`() throws {
    let store = GenerationStore(disk([1: try text(vfs: 4), 2: "{"]))
    let (generation, damaged) = try store.current()
    #expect(generation?.number == 1)
    #expect(damaged.map(\.number) == [2])
    // The number of a damaged one is not given again: nobody's evidence is overwritten.
    #expect(try store.save(snapshot(vfs: 1), keeping: []) == 3)
  }

  @Test func `none readable is an error, not an empty store`() throws {
    let store = GenerationStore(disk([1: "", 2: "[]"]))
    #expect { try store.current() } throws: { ($0 as? Failure)?.kind == .badSnapshot }
  }

  @Test(arguments: [(UInt32(1000), UInt32(0o644)), (0, 0o664), (0, 0o646)])
  func `a file that others may have written is refused`(owner: UInt32, mode: UInt32) throws {
    let disk = disk([1: try text(vfs: 4)])
    disk.files["\(folder)/000001.json"]?.ownerID = owner
    disk.files["\(folder)/000001.json"]?.mode = mode
    #expect(throws: GenerationStore.DamageOrAbsence.self) { try GenerationStore(disk).load(1) }
  }

  @Test(arguments: ["1.json", "0000001.json", "000001.json~", "000000.json", ".000001.json.new", "-00001.json"])
  func `other files in the folder are no generations`(name: String) throws {
    let disk = SimulatedDisk(["\(folder)/\(name)": .init(contents: try text(vfs: 4))], tasks: SimulatedTasks())
    #expect(try GenerationStore(disk).numbers().isEmpty)
  }

  @Test func `a power cut at any instant leaves the old generation or the new one`() throws {
    var outcomes: Set<Int> = []
    // More operations than a save has: the last round is not cut at all.
    for operation in 1...8 {
      for surviving in 0...3 {
        let disk = disk([1: try text(vfs: 4)])
        disk.cutPower(inOperation: operation)
        _ = try? GenerationStore(disk).save(snapshot(vfs: 2), keeping: [])
        disk.restart(surviving: surviving)
        let (generation, damaged) = try GenerationStore(disk).current()
        #expect(damaged.isEmpty)
        #expect(generation?.snapshot == snapshot(vfs: generation?.number == 1 ? 4 : 2))
        outcomes.insert(generation?.number ?? 0)
        // And whatever was left behind is not in the way of the next save.
        #expect(try GenerationStore(disk).save(snapshot(vfs: 3), keeping: []) > 1)
        disk.restart()
        #expect(try GenerationStore(disk).current().generation?.snapshot == snapshot(vfs: 3))
      }
    }
    #expect(outcomes == [1, 2])
  }
}

@Suite struct SnapshotDocumentTests {
  /// Each change of a good document, and the words that must be in the complaint.
  @Test(arguments: [
    ("\"version\" : 1", "\"version\" : 2", "version 2"), (",\n  \"version\" : 1", "", "version"),
    ("\"version\" : 1", "\"version\" : \"1\"", "version"),
    ("\"0c:42:a1:03:00:b1:00:00\"", "\"00:00:00:00:00:00:00:00\"", "adapters[0].pf.nodeGuid: 00:00"),
    ("\"0c:42:a1:03:00:b1:00:00\"", "\"ff:ff:ff:ff:ff:ff:ff:ff\"", "all-ones"),
    ("\"0c:42:a1:03:00:b1:00:00\"", "\"0d:42:a1:03:00:b1:00:00\"", "group address"),
    ("\"0000:b1:00.0\"", "\"b1\"", "adapters[0].pf.pciAddress: \"b1\" is not a PCI address"),
    ("\"Follow\"", "\"follow\"", "adapters[0].vfs[0].policy"), ("\"index\" : 1", "\"index\" : 0", "numbered from 0"),
    ("\"vfs\"", "\"fvs\"", "vfs"), ("}\n", "", ""),
  ]) func `a bad document is refused in words`(old: String, new: String, complaint: String) throws {
    let good = try text(vfs: 2)
    let bad = good.replacing(old, with: new, maxReplacements: old == "}\n" ? 9 : 1)
    #expect(good != bad)
    #expect {
      try SnapshotDocument.decodeSnapshot(bad)
    } throws: { error in
      complaint.isEmpty || "\(error)".contains(complaint)
    }
  }

  @Test func `two functions with one GUID are refused`() throws {
    var twice = snapshot(vfs: 2)
    for index in 0...1 { twice.adapters[0].vfs[index].attributes[.nodeGUID] = .guid(try GUID(0x0c01)) }
    #expect(twice.mistake?.contains("VF 0 of 0000:b1:00.0 and VF 1 of 0000:b1:00.0 have the same GUID") == true)
    twice.adapters[0].vfs[1].attributes = [:]
    twice.adapters[0].vfs[0].attributes[.portGUID] = .guid(try GUID(0x0c01))
    #expect(twice.mistake == nil, "node and port GUID of one function may be equal")
  }

  @Test func `an attribute of the other link layer, and a MAC that two VFs of a PF have, are mistakes`() throws {
    var ethernet = snapshot(vfs: 2)
    ethernet.adapters[0].pf.linkLayer = .ethernet
    ethernet.adapters[0].vfs[0].attributes[.nodeGUID] = .guid(try GUID(0x0c01))
    #expect(ethernet.mistake == "adapters[0].vfs[0] has a node GUID: VFs of an Ethernet PF have none")
    for index in ethernet.adapters[0].vfs.indices {
      ethernet.adapters[0].vfs[index].attributes = [.mac: .mac(try MACAddress([2, 0, 0, 0, 0, UInt8(index)]))]
    }
    #expect(ethernet.mistake == nil)
    var bonded = ethernet
    bonded.adapters.append(ethernet.adapters[0])
    bonded.adapters[1].pf.pciAddress = try #require(PCIAddress("c1:00.0"))
    bonded.adapters[1].pf.nodeGUID = try GUID(0x0c42_a103_00c1_0000)
    #expect(bonded.mistake == nil, "a VF of each of two PFs, with one MAC, is what a bond is made of")
    ethernet.adapters[0].vfs[1].attributes[.mac] = ethernet.adapters[0].vfs[0].attributes[.mac]
    #expect(
      ethernet.mistake == "VF 0 of 0000:b1:00.0 and VF 1 of 0000:b1:00.0 have the same MAC 02:00:00:00:00:00")
    ethernet.adapters[0].vfs[1].attributes = [.mac: .mac(try MACAddress([2, 0, 0, 0, 0, 9]))]
    ethernet.adapters[0].pf.macAddress = try MACAddress([2, 0, 0, 0, 0, 9])
    #expect(ethernet.mistake?.contains("PF 0000:b1:00.0 and VF 1 of 0000:b1:00.0 have the same MAC") == true)
    ethernet.adapters[0].pf.linkLayer = .infiniBand
    #expect(ethernet.mistake == "adapters[0].vfs[0] has a MAC: VFs of an InfiniBand PF have none")
  }

  @Test func `unknown keys are reported with their path and dropped`() throws {
    let odd = try text(vfs: 2).replacing("\"index\" : 1", with: "\"colour\" : \"red\", \"index\" : 1")
      .replacing("\"host\" : \"h\"", with: "\"host\" : \"h\", \"note\" : {}")
    let (decoded, unknown) = try SnapshotDocument.decodeSnapshot(odd)
    #expect(decoded == snapshot(vfs: 2))
    #expect(unknown == ["unknown key adapters[0].vfs[1].colour is ignored", "unknown key note is ignored"])
  }

  @Test func `a key that is there twice is reported with its line, and the first one counts`() throws {
    let text = try text(vfs: 2)
    let policy = "\"policy\" : \"Follow\""
    let last = try #require(text.ranges(of: policy).last)
    let twice = "\(text[..<last.upperBound]),\n\"policy\" : \"Down\"\(text[last.upperBound...])"
    let (decoded, leftOut) = try SnapshotDocument.decodeSnapshot(twice)
    #expect(decoded == snapshot(vfs: 2))
    let line = text[..<last.lowerBound].count { $0 == "\n" } + 1
    #expect(
      leftOut == ["line \(line + 1): \"adapters[0].vfs[1].policy\" is a duplicate; using the one in line \(line)"])
  }

  @Test func `autoprobe is on where a document leaves it out`() throws {
    let text = try text(vfs: 1).replacing("\"driversAutoprobe\" : true,", with: "")
    #expect(try SnapshotDocument.decodeSnapshot(text).snapshot == snapshot(vfs: 1))
  }
}
