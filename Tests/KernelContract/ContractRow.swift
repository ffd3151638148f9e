package import SystemPackage

/// One statement about the kernel's files: in this state, this call gives that.
///
/// Paths: `{pf}` is the PF's folder, `{vf2}` the folder of its VF 2, and a component `*` the only entry of its folder.
/// In texts, `{pf}` and `{vf2}` are the functions' PCI addresses.
package struct ContractRow: Sendable {
  package let name: String
  /// The section of mlx5.md that says so.
  package let source: String
  /// What leads to the state; each must be as it says, too. Before it, the PF was unbound and bound: it has no VFs.
  package let given: [Check]
  package let when: Check
  /// What holds while `when` is under way.
  package let meanwhile: Meanwhile?
  package let then: [Check]

  package struct Meanwhile: Sendable {
    /// The moment to look: when this path is there.
    package let once: String
    package let checks: [Check]
  }

  init(
    _ name: String, _ source: String, given: [Check] = [], when: Check, meanwhile: Meanwhile? = nil, then: [Check] = []
  ) {
    self.name = name
    self.source = source
    self.given = given
    self.when = when
    self.meanwhile = meanwhile
    self.then = then
  }
}

/// A call and what comes of it.
package enum Check: Sendable {
  case write(String, String, gives: Errno? = nil)
  case read(String, gives: String)
  case readFails(String, Errno)
  case missing(String)
  case present(String)
  /// A read that returns no earlier than the write that is under way.
  case readBlocks(String, gives: String)
}

extension ContractRow: CustomStringConvertible {
  package var description: String { "\(name) (mlx5.md \(source))" }
}
