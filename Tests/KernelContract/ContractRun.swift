package import HostInterface
package import Model
import Synchronization
import SystemPackage

/// Holds a kernel to the contract, through the same seam as the agent.
package struct ContractRun: Sendable {
  private let files: any FileTree
  private let netlink: any NetlinkSocket
  private let tasks: any Tasks
  private let pf: PCIAddress

  package init(on host: Host, pf: PCIAddress) {
    files = host.files
    netlink = host.netlink
    tasks = host.tasks
    self.pf = pf
  }

  /// What is not as the row says; empty when all is.
  package func violations(of row: ContractRow) -> [String] {
    let anew: [Check] = ["unbind", "bind"].map { .write("/sys/bus/pci/drivers/mlx5_core/\($0)", "{pf}") }
    let reset = anew + [.write("{pf}/sriov_drivers_autoprobe", "1")]
    if let broken = firstViolation(in: reset + row.given) { return ["given: \(broken)"] }
    let found = row.meanwhile.map { act(row.when, meanwhile: $0) } ?? [violation(of: row.when)]
    return (found + row.then.map(violation)).compactMap(\.self)
  }

  private func firstViolation(in checks: [Check]) -> String? {
    checks.lazy.compactMap(violation).first
  }

  private func act(_ check: Check, meanwhile: ContractRow.Meanwhile) -> [String?] {
    let isDone = Mutex(false)
    let outcome = Mutex<String?>(nil)
    let bell = tasks.makeBell()
    tasks.start {
      let violation = violation(of: check)
      outcome.withLock { $0 = violation }
      isDone.withLock { $0 = true }
      bell.ring()
    }
    let deadline = tasks.now() + .seconds(30)
    while !isDone.withLock(\.self) && !exists(meanwhile.once) && tasks.now() < deadline {
      bell.wait(until: tasks.now() + .milliseconds(1))
    }
    guard !isDone.withLock(\.self) else { return ["over before \(meanwhile.once) was there"] }
    let found = meanwhile.checks.map { check in
      if case .readBlocks(let path, let text) = check {
        let violation = violation(of: .read(path, gives: text))
        // The write lets go of the lock a moment before its call returns.
        if !isDone.withLock(\.self) { bell.wait(until: tasks.now() + .milliseconds(100)) }
        return isDone.withLock(\.self) ? violation : "reading \(path) did not wait"
      }
      return violation(of: check)
    }
    while !isDone.withLock(\.self) && tasks.now() < deadline { bell.wait(until: deadline) }
    return found + [outcome.withLock(\.self)]
  }

  private func exists(_ path: String) -> Bool {
    errno { () throws(FileError) in _ = try files.list(try locate(path)) } != .noSuchFileOrDirectory
  }

  /// Nil when all is as the check says.
  private func violation(of check: Check) -> String? {
    switch check {
    case .write(let path, let text, let expected):
      let errno = errno { () throws(FileError) in try files.store(try expand(text), in: try locate(path)) }
      return errno == expected ? nil : "\(text) > \(path) gave \(words(errno)), not \(words(expected))"
    case .read(let path, let expected), .readBlocks(let path, let expected):
      var text = ""
      let errno = errno { () throws(FileError) in text = try files.readLine(try locate(path)) }
      let found = errno.map(\.name) ?? text
      return found == expected ? nil : "\(path) is \(found), not \(expected)"
    case .config(let vf, let key, let expected):
      let text = (try? files.read(try locate("{pf}/sriov/\(vf)/config"))) ?? ""
      let values = text.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1).map(\.trimmed) }
      let found = values.first { $0.first == key }?.last
      return found == expected ? nil : "config of VF \(vf): \(key) is \(found ?? "not there"), not \(expected)"
    case .readFails(let path, let expected):
      let errno = errno { () throws(FileError) in _ = try files.read(try locate(path)) }
      return errno == expected ? nil : "reading \(path) gave \(words(errno)), not \(expected.name)"
    case .setVF(let lists, let folder, let expected):
      guard let index = try? link(below: folder) else { return "no netdev below \(folder)" }
      let errno = set(lists, below: index)
      let names = lists.joined().map(\.name).joined(separator: ", ")
      return errno == expected ? nil : "\(names) gave \(words(errno)), not \(words(expected))"
    case .setVFOfNoLink(let setting, let expected):
      let errno = set([[setting]], below: Int32.max)
      return errno == expected ? nil : "\(setting.name) gave \(words(errno)), not \(expected.name)"
    case .vfSays(let setting):
      let violations = [true, false].compactMap { violation(of: setting, isDump: $0) }
      return violations.isEmpty ? nil : violations.joined(separator: ", ")
    case .present(let path):
      return exists(path) ? nil : "\(path) is not there"
    case .missing(let path):
      return exists(path) ? "\(path) is there" : nil
    }
  }

  private func words(_ errno: Errno?) -> String { errno?.name ?? "success" }

  private func errno(_ body: () throws(FileError) -> Void) -> Errno? {
    do throws(FileError) {
      try body()
      return nil
    } catch {
      return error.errno
    }
  }

  // MARK: rtnetlink

  private func link(below folder: String) throws(FileError) -> Int32 {
    Int32(try files.readLine(try locate("\(folder)/net/*/ifindex"))) ?? 0
  }

  /// struct ifinfomsg.
  private func header(_ index: Int32) -> [UInt8] {
    [0, 0, 0, 0] + index.nativeBytes + [UInt8](repeating: 0, count: 8)
  }

  private func set(_ lists: [[VFSetting]], below index: Int32) -> Errno? {
    let infos = lists.map { settings in
      NetlinkAttribute(1, settings.map { NetlinkAttribute($0.type, $0.vf.nativeBytes + $0.value) })
    }
    let payload = header(index) + [NetlinkAttribute(22, infos)].bytes
    do throws(NetlinkError) {
      _ = try netlink.exchange(NetlinkRequest(NetlinkCommand(.route, 19, "RTM_SETLINK"), payload: payload))
      return nil
    } catch {
      return error.errno
    }
  }

  private func violation(of setting: VFSetting, isDump: Bool) -> String? {
    let what = "VF \(setting.vf) in a \(isDump ? "dump" : "reply")"
    guard let index = try? link(below: "{pf}") else { return "the PF has no netdev" }
    let payload = header(isDump ? 0 : index) + [NetlinkAttribute(29, UInt32(9))].bytes
    let request = NetlinkRequest(NetlinkCommand(.route, 18, "RTM_GETLINK"), isDump: isDump, payload: payload)
    guard let messages = try? netlink.exchange(request) else { return "\(what): not told" }
    let values = messages.filter { Int32(nativeBytes: $0.dropFirst(4).prefix(4)) == index }
      .flatMap { [NetlinkAttribute](bytes: $0.dropFirst(16))[type: 22]?.attributes ?? [] }
      .compactMap { $0.attributes[type: setting.type]?.value }
    let found = values.first { $0.starts(with: setting.vf.nativeBytes) }.map { Array($0.dropFirst(4)) }
    return found == setting.value ? nil : "\(what): \(found.map { "\($0)" } ?? "nothing"), not \(setting.name)"
  }

  // MARK: Paths

  private func address(ofVF index: Int) throws(FileError) -> PCIAddress {
    let link = FilePath("/sys/bus/pci/devices/\(pf)/virtfn\(index)")
    guard let address = try files.linkName(link).flatMap({ PCIAddress($0) }) else {
      throw FileError(.link, link, .noSuchFileOrDirectory)
    }
    return address
  }

  /// `{pf}` and `{vf<n>}` as addresses.
  private func expand(_ text: String) throws(FileError) -> String {
    guard let open = text.firstIndex(of: "{"), let close = text.firstIndex(of: "}") else { return text }
    let name = text[text.index(after: open)..<close]
    let address = name == "pf" ? pf : try address(ofVF: Int(name.dropFirst(2)) ?? 0)
    return text[..<open] + address.description + text[text.index(after: close)...]
  }

  /// The path, each `*` replaced by the only entry of its folder.
  private func locate(_ path: String) throws(FileError) -> FilePath {
    let expanded = try expand(path.hasPrefix("{") ? "/sys/bus/pci/devices/" + path : path)
    var place = FilePath("/")
    for component in FilePath(expanded).components {
      guard let name = component.string == "*" ? try files.list(place).first : component.string else {
        throw FileError(.list, place.appending(component), .noSuchFileOrDirectory)
      }
      place.append(name)
    }
    return place
  }
}
