/// On whose word a restore works, which decides how far it may go. Made once, of what the command line says.
package enum Authority: Sendable {
  /// `--unattended`: a unit, or a script that says so. Never through zero, nothing is replaced, and a Docker that was
  /// stopped stays stopped.
  case unattended
  /// A person: through zero, if nothing is held.
  case person
  /// A person who said that VFs in use, or networks that differ, may be replaced.
  case replacing
}
