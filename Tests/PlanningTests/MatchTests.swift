import Model
import Planning
import Testing

@Suite struct MatchTests {
  private let saved = Sketch.pf

  private func moved(_ address: String, guid: UInt64? = nil) -> PhysicalFunction {
    var pf = saved
    if let address = PCIAddress(address) { pf.pciAddress = address }
    if let guid { pf.nodeGUID = try? GUID(guid) }
    return pf
  }

  @Test func `the same GUID at the same address`() {
    #expect(Match(saved, among: [moved("c1:00.0", guid: 0x2), saved]) == .found(saved, note: nil))
  }

  @Test func `the same GUID in another slot`() {
    guard case .found(let pf, let note?) = Match(saved, among: [moved("c1:00.0")]) else {
      Issue.record("not found")
      return
    }
    #expect(pf.pciAddress == PCIAddress("c1:00.0"))
    #expect(note.contains("moved"))
  }

  @Test func `another GUID at the address is a replaced card`() {
    guard case .refused(let failure) = Match(saved, among: [moved("b1:00.0", guid: 0x2)]) else {
      Issue.record("not refused")
      return
    }
    #expect(failure.kind == .refused)
  }

  @Test func `two with the GUID`() {
    guard case .refused = Match(saved, among: [saved, moved("c1:00.0")]) else {
      Issue.record("not refused")
      return
    }
  }

  @Test func `without a readable GUID the address and the board decide`() {
    var unreadable = saved
    unreadable.nodeGUID = nil
    guard case .found(_, note: .some) = Match(saved, among: [unreadable]) else {
      Issue.record("not found")
      return
    }
    unreadable.boardID = nil
    guard case .absent(let failure) = Match(saved, among: [unreadable]) else {
      Issue.record("taken for it")
      return
    }
    #expect(failure.kind == .unavailable)
  }

  @Test func `a snapshot that knows neither GUID nor board fits no card`() {
    var nameless = saved
    (nameless.nodeGUID, nameless.boardID) = (nil, nil)
    guard case .absent(let failure) = Match(nameless, among: [saved]) else {
      Issue.record("taken for it")
      return
    }
    #expect(failure.kind == .unavailable)
  }

  @Test func `nothing there`() {
    guard case .absent(let failure) = Match(saved, among: []) else {
      Issue.record("found")
      return
    }
    #expect(failure.kind == .notFound)
  }
}
