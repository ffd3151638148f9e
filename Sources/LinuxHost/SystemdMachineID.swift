import CSystemd

/// The machine-id through libsystemd.
enum SystemdMachineID {
  /// Hashed with a number of this program's own, as machine-id(5) asks of whoever writes it down: it is confidential itself.
  /// Nil where there is none, or none yet.
  static var forThisProgram: String? {
    var identifier = sd_id128_t()
    guard unsafe sd_id128_get_machine_app_specific(program, &identifier) >= 0 else { return nil }
    return unsafe withUnsafeBytes(of: &identifier) { bytes in
      unsafe bytes.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }
  }

  /// Never to be changed: every saved generation has what was made with it.
  private static let program = sd_id128_t(qwords: (0x5c3e_91d7_2a6f_4b08, 0x8d14_e2b9_7f60_c5a3))
}
