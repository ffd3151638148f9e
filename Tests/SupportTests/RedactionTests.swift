import Support
import TestSupport
import Testing

@Suite struct RedactionTests {
  private func redact(_ texts: [String], hosts: [String] = []) -> [String] {
    var redaction = Redaction(learning: texts, hostNames: hosts)
    return texts.map { redaction.redact($0) }
  }

  private func redact(_ text: String) -> String { redact([text])[0] }

  @Test(arguments: [
    "0c:42:a1:03:00:b1:01:07": "5a:5a:5a:5a:00:00:00:01",
    "0C:42:A1:03:00:B1:01:07": "5a:5a:5a:5a:00:00:00:01",
    "c:42:a1:3:0:b1:1:7": "5a:5a:5a:5a:00:00:00:01",
    "0c42:a103:00b1:0107": "5a5a:5a5a:0000:0001",
    "c42:a103:b1:107": "5a5a:5a5a:0000:0001",
    "0x0c42a10300b10107": "0x5a5a5a5a00000001",
    "0c42a10300b10107": "5a5a5a5a00000001",
    "0c-42-a1-03-00-b1-01-07": "5a-5a-5a-5a-00-00-00-01",
    "fe80:0000:0000:0000:0c42:a103:00b1:0107": "fe80:0000:0000:0000:5a5a:5a5a:0000:0001",
    "fe80::c42:a103:b1:107": "fe80:0000:0000:0000:5a5a:5a5a:0000:0001",
    "fe80::c42:a103:b1:107%ibs21": "fe80:0000:0000:0000:5a5a:5a5a:0000:0001%ibs21",
    "80:00:02:08:fe:80:00:00:00:00:00:00:0c:42:a1:03:00:b1:01:07":
      "80:00:02:08:fe:80:00:00:00:00:00:00:5a:5a:5a:5a:00:00:00:01",
  ]) func `a GUID in every notation that tells itself`(notation: String, standIn: String) {
    var redaction = Redaction(learning: [notation])
    let once = redaction.redact(notation)
    #expect(once == standIn)
    #expect(redaction.redact(once) == once, "a stand-in stays")
    for (before, after) in [("guid:", ":down"), ("\"", "\""), ("mlx5_0 ", "."), ("(", ")"), ("x=", ",y"), ("", ": up")]
    {
      #expect(redact(before + notation + after) == before + standIn + after)
    }
  }

  @Test(arguments: [
    "0c42a10300b10107", "0x0c, 0x42, 0xa1, 0x03, 0x00, 0xb1, 0x01, 0x07", "0c 42 a1 03 00 b1 01 07",
    "0xc42a10300b10107", "fe800000000000000c42a10300b10107", "0c42.a103.00b1.0107", "0c_42_a1_03_00_b1_01_07",
    "ff:00:00:00:00:00:02:00:00:02:c9:00:0c:42:a1:03:00:b1:01:07", "guid0c42a10300b10107z",
    "\\n0c42a10300b10107", "\\u001b0c:42:a1:03:00:b1:01:07", "c42a10300b10107", "\\u0030c:42:a1:03:00:b1:01:07",
    "[12] 0c:42:a1:03:00:b1:01:07:1", "1:0c42:a103:00b1:0107",
    "dead:beef:0c42:a103:00b1:0107",
  ]) func `one that was seen elsewhere is found in every other notation`(notation: String) {
    let texts = redact(["0c:42:a1:03:00:b1:01:07", "before \(notation) after"])
    let digits = texts[1].lowercased().filter(\.isHexDigit)
    #expect(!digits.contains("c42a10300b10107") && !texts[1].contains("b1"), "\(texts[1])")
    #expect(texts[1].hasPrefix("before ") && texts[1].hasSuffix(" after"))
  }

  @Test(arguments: [
    "0c:42:a1:b1:00:07": "5a:5a:5a:00:00:01", "0c-42-a1-b1-00-07": "5a-5a-5a-00-00-01",
    "0c-42-a1-b1-00-07-eth0": "5a-5a-5a-00-00-01-eth0", "0c-42-a1-b1-00-07-1": "5a-5a-5a-00-00-01-1",
    "0c-42-a1-b1-00-07-fe0": "5a-5a-5a-00-00-01-fe0", "mac:0c-42-a1-b1-00-07": "mac:5a-5a-5a-00-00-01",
    "eth0:0c:42:a1:b1:00:07": "eth0:5a:5a:5a:00:00:01",
  ]) func `a MAC`(notation: String, standIn: String) {
    #expect(redact(notation) == standIn)
    for other in ["enx0c42a1b10007", "0c42.a1b1.0007", "0x0c42a1b10007", "0c42a1b10007"] {
      #expect(!redact([notation, other])[1].contains(/b1\.?0007/))
    }
  }

  @Test func `the same one has the same stand-in, another one another`() {
    let texts = redact([
      "0c:42:a1:03:00:b1:01:07 and 0c:42:a1:03:00:b1:01:08", "0x0c42a10300b10108, fe80::c42:a103:b1:107",
    ])
    #expect(texts[0] == "5a:5a:5a:5a:00:00:00:01 and 5a:5a:5a:5a:00:00:00:02")
    #expect(texts[1] == "0x5a5a5a5a00000002, fe80:0000:0000:0000:5a5a:5a5a:0000:0001")
  }

  @Test func `what is in one subnet stays in one`() {
    #expect(
      redact("10.10.1.0/24 gw 10.10.1.1, 10.10.1.7; 10.10.2.7; 192.168.3.255; tcp://10.10.1.7:2375")
        == "240.1.1.0/24 gw 240.1.1.1, 240.1.1.2; 240.1.2.1; 241.1.1.255; tcp://240.1.1.2:2375")
    #expect(
      redact("10.0.0.1-10.0.0.9 gw.10.0.0.1 10.0.0.1.") == "240.0.0.1-240.0.0.2 gw.240.0.0.1 240.0.0.1.")
    #expect(redact("::ffff:10.10.1.7 ::ffff:0a0a:0107") == "::ffff:240.1.1.1 0000:0000:0000:0000:0000:ffff:f001:0101")
    #expect(!redact("fd00:1::7 2001:db8:1:2:3:4:5:6").contains(/fd00|2001|db8/))
  }

  @Test(arguments: [
    "0000:b1:00.0", "b1:00.0", "10000:e1:00.1", "0000:b1:00.0:1", "00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff",
    "0000:0000:0000:0000", "0xffffffffffffffff", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "::", "::1", "fe80::",
    "2026-11-22T17:00:00Z", "17:00:00", "1732348800000000", "sriov-persist 0.1.0", "16.35.2000",
    "MLNX_OFED_LINUX-5.8-3.0.7.0", "2.9.0-1.4.7.0", "23.10-1.1.9.0", "25.10-1.7.1", "v1.2.3.4", "OFED.23.10.1.1.9.1",
    "6.1.0-18-amd64",
    "0.0.0.0", "127.0.0.1", "255.255.255.0", "15b3:1017", "MT_0000000008", "6b1f0a5c3d7e4c0f9a5d2e8b71c4f360",
    "sha256:7001", "0x1003", "VF 2: policy is Down, wanted Follow", "mlx5_core",
    "serial console", "[mem 0x3bffe000000-0x3bfffffffff 64bit pref]", "100.200.300.4",
  ]) func `what is no identity stays`(text: String) {
    #expect(redact(text) == text)
    #expect(redact("{\"a\" : \"\(text)\"}") == "{\"a\" : \"\(text)\"}")
  }

  @Test func `host names with their domains, whatever their case`() {
    let texts = redact(
      [
        "gpu17 GPU17.lab.example.com root@gpu17: my-gpu17_x gpu171 gpu17.", "mail.lab.example.com",
        "other.host", "ip-10-10-1-7 on localhost",
      ], hosts: ["gpu17.lab.example.com", "ip-10-10-1-7", "localhost", "", "a"])
    #expect(texts[0] == "host-1 host-1 root@host-1: my-host-1_x gpu171 host-1.")
    #expect(texts[1] == "mail.domain-1" && texts[2] == "other.host" && texts[3] == "host-2 on localhost")
  }

  private static let id = "4f3e9a0c12d7" + String(repeating: "8b", count: 26)
  private static let standIn = "1d1d1d000001" + String(repeating: "0", count: 52)

  @Test(arguments: [
    "/system.slice/docker-\(id).scope": "/system.slice/docker-\(standIn).scope",
    "0::/docker/\(id)": "0::/docker/\(standIn)", "\"id\":\"\(id)\"": "\"id\":\"\(standIn)\"",
    "container \(id.prefix(12)) died": "container 1d1d1d000001 died",
    "overlay2/\(id)/merged as \(id.prefix(12)), \(id.uppercased())":
      "overlay2/\(standIn)/merged as 1d1d1d000001, \(standIn)",
    "sha256:\(id)": "sha256:\(id)",
    "UUID 4c4c4544-0042-3510-8052-b4c04f4d3332": "UUID 1d1d1d00-0001-0000-0000-000000000000",
  ]) func `ids of containers, networks and machines`(text: String, redacted: String) {
    var redaction = Redaction(learning: [text])
    let once = redaction.redact(text)
    #expect(once == redacted)
    #expect(redaction.redact(once) == once, "a stand-in stays")
  }

  @Test(arguments: [
    "owner=Ann.Lee+vf@lab.example.com,": "owner=mail-1,", "<ann@example.org>, ANN@example.org": "<mail-1>, mail-1",
    "\"maintainer\":\"Ann Lee <ann@example.org>\"": "\"maintainer\":\"Ann Lee <mail-1>\"",
    "/home/ann.lee/x and /home/bob": "/home/user-1/x and /home/user-2",
    "https://ann:s3cret@proxy:3128/x": "https://xxx@proxy:3128/x", "http://t0ken@10.0.0.1/": "http://xxx@240.0.0.1/",
    "sriov-persist@0000:b1:00.0.service": "sriov-persist@0000:b1:00.0.service",
    "opensm@rail0.service root@localhost a@b": "opensm@rail0.service root@localhost a@b",
    "unix:///run/docker.sock": "unix:///run/docker.sock",
  ]) func `people and passwords`(text: String, redacted: String) {
    var redaction = Redaction(learning: [text])
    let once = redaction.redact(text)
    #expect(once == redacted)
    #expect(redaction.redact(once) == once, "a stand-in stays")
  }

  @Test func `a machine of the site is replaced by its whole name only`() {
    var redaction = Redaction(
      learning: [], hostNames: ["gpu17.lab.example.com"], otherNames: ["registry.corp.example.com", "one"])
    #expect(
      redaction.redact("registry.corp.example.com:5000/rdma/sriov-plugin, registry, gpu17, one")
        == "host-4:5000/rdma/sriov-plugin, registry, host-1, one")
  }

  @Test func `a domain of one part is a word like others`() {
    #expect(redact(["gpu17.local gpu17 local"], hosts: ["gpu17.local"]) == ["host-1 host-1 local"])
  }

  /// As words they are found, and addresses come through no better for them.
  @Test(arguments: ["b1", "10", "cafe", "fe80", "db.example.com", "a1", "00b1", "0107", "b1.cafe.de"])
  func `a host whose name is hexadecimal digits`(host: String) {
    let addresses = [
      "0c:42:a1:03:00:b1:01:07", "fe80::c42:a103:b1:107", "0c42:a103:00b1:0107", "0x0c42a10300b10107",
      "10:ca:fe:b1:00:07", "10-ca-fe-b1-00-07", "0c, 42, a1, 03, 00, b1, 01, 07", "10.10.1.7", "fd00:b1::cafe:10:db:7",
      "serial: 10:ca:fe:b1:00:07",
    ]
    let texts = redact(addresses, hosts: [host])
    #expect(texts == redact(addresses), "as with any other name")
    #expect(!texts.joined(separator: "\n").contains(/b1|10[.:-]|ca.?fe|a1/), "\(texts)")
    let kept = "0000:b1:00.0 b1:00.0 10.0 16.10.2000 25.10-1.7.1 10:10:10 2026-10-10 fe80:: 6b1f-cafe-b1 0xdb VF 10: 10"
    #expect(redact([kept], hosts: [host]) == [kept])
    let name = "root@\(host):~ \(host): up, \(host)."
    let user = host.contains(".") ? "mail-1" : "root@host-1"
    #expect(redact([name], hosts: [host]) == [host == "10" || host == "0107" ? name : "\(user):~ host-1: up, host-1."])
  }

  @Test(arguments: [
    "acmebank-0c42a1b10007", "acmebank-0c-42-a1-b1-00-07", "acmebank-0c42a10300b10107.example.com",
    "0c42a1b10007-acmebank",
  ]) func `a host that is called by an address of its`(host: String) {
    let texts = redact(
      ["0c:42:a1:b1:00:07 0c:42:a1:03:00:b1:01:07", "\(host) root@\(host.uppercased()):~"], hosts: [host])
    #expect(texts[1] == "host-1 \(host.contains(".") ? "mail-1" : "root@host-1"):~")
  }

  @Test func `a name of other hexadecimal digits than a PCI address has is one anywhere`() {
    #expect(
      redact(["ada:22 ada-1 a100:5000/x cafe.de cafe.lan"], hosts: ["ada", "cafe"]) == [
        "host-1:22 host-1-1 a100:5000/x host-2 host-2"
      ])
  }

  @Test(.timeLimit(.minutes(2)), arguments: ["00-", "1.1.1-", "serial "])
  func `a long text takes no longer for what is in it`(part: String) {
    let text = String(repeating: part, count: (1 << 18) / part.utf8.count) + "00z"
    #expect(redact([text], hosts: ["b1.example.com"])[0].hasSuffix("00z"))
  }

  @Test func `what is counted is what was replaced, in whatever notation`() {
    let texts = ["0c:42:a1:03:00:b1:01:07 0c:42:a1:03:00:b1:01:08 10.0.0.1 aa:bb:cc:dd:ee:01", "serial: x1 gpu17"]
    var redaction = Redaction(learning: texts, hostNames: ["gpu17", "gpu18"])
    #expect(
      redaction.summary
        == "GUIDs: 0, MAC addresses: 0, IPv4 addresses: 0, serial numbers: 0, ids: 0, host names: 0, people: 0")
    _ = redaction.redact("c42a10300b10107 0xaabbccddee01 10.0.0.1 10.0.0.2 gpu17 GPU17")
    #expect(
      redaction.summary
        == "GUIDs: 1, MAC addresses: 1, IPv4 addresses: 2, serial numbers: 0, ids: 0, host names: 1, people: 0")
  }

  @Test(arguments: [
    "Serial number: MT1916X01234": "Serial number: serial-1", "serial=MT1916X01234;": "serial=serial-1;",
    "\"serialNumber\" : \"MT1916X01234\"": "\"serialNumber\" : \"serial-1\"", "S/N: MT1916X01234": "S/N: serial-1",
    "[SN] Serial number: MT1916X01234": "[SN] Serial number: serial-1", "SN: MT1916X01234": "SN: serial-1",
    "isn: MT1916X01234": "isn: MT1916X01234",
  ]) func `serial numbers`(text: String, redacted: String) {
    #expect(redact(text) == redacted)
  }

  @Test(arguments: 1...30) func `whatever is around it, a GUID does not come through`(seed: UInt64) {
    var dice = Dice(seed: seed)
    let guids = (0..<4).map { _ in UInt64.random(in: 1 << 60..<UInt64.max, using: &dice) & ~(1 << 56) }
    let noise = Array("abc0123:.-_ x/\"\\{}[],\n\u{1b}é")
    var text = guids.map(\.bytes).joined(separator: " ") + "\n"
    for _ in 0..<40 {
      text += String((0..<Int.random(in: 0...5, using: &dice)).map { _ in noise.randomElement(using: &dice) ?? " " })
      text += [\UInt64.bytes, \.groups, \.dense, \.gid].randomElement(using: &dice).map { guids[0][keyPath: $0] } ?? ""
      text += guids.randomElement(using: &dice)?.dense ?? ""
    }
    let digits = String(redact(text).lowercased().filter(\.isHexDigit))
    for guid in guids { #expect(!digits.contains(guid.dense), "\(text)") }
  }

  @Test(arguments: 1...10) func `whatever the bytes, what is between addresses is not lost`(seed: UInt64) {
    var dice = Dice(seed: seed)
    let alphabet = Array("0123456789abcdefx:::...---\\u00 \"serial=/n".utf8)
    for length in stride(from: 0, to: 200, by: 3) {
      let text = (0..<length).map { _ in alphabet.randomElement(using: &dice) ?? 0 }
      let original = String(decoding: text, as: UTF8.self)
      #expect(redact(original).filter { "=/\"".contains($0) } == original.filter { "=/\"".contains($0) })
    }
  }
}

extension UInt64 {
  fileprivate var dense: String {
    String(repeating: "0", count: 16 - String(self, radix: 16).count) + String(self, radix: 16)
  }

  fileprivate func joined(_ width: Int) -> String {
    let digits = Array(dense)
    return stride(from: 0, to: 16, by: width).map { String(digits[$0..<$0 + width]) }.joined(separator: ":")
  }

  fileprivate var bytes: String { joined(2) }
  fileprivate var groups: String { joined(4) }
  fileprivate var gid: String { "fe80::" + groups }
}
