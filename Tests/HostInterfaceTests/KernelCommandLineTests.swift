import HostInterface
import Testing

@Suite struct KernelCommandLineTests {
  @Test(
    arguments: [
      ("quiet", true),
      ("systemd.restore_state=1", true),
      ("systemd.restore_state", true),
      ("systemd.restore_state=0", false),
      ("quiet systemd.restore_state=no ro\n", false),
      ("systemd.restore_state=off", false),
      ("systemd.restore_state=False", false),
      ("systemd.restore-state=f", false),
      ("\"systemd.restore_state=0\"", false),
      // The last one counts.
      ("systemd.restore_state=0 systemd.restore_state=yes", true),
      ("systemd.restore_state=yes systemd.restore_state=0", false),
      ("systemd.restore_state=0 systemd.restore_state", false),
      // None of these is the switch.
      ("xsystemd.restore_state=0", true),
      ("systemd.restore_states=0", true),
      ("dyndbg=\"file x.c systemd.restore_state=0\"", true),
      ("systemd.restore_state=never", true),
      ("systemd.restore_state=", true),
      ("", true),
    ])
  func `systemd's switch for restoring state is read as systemd reads it`(_ text: String, _ allowed: Bool) {
    #expect(KernelCommandLine(text).allowsRestoringState == allowed)
  }

  @Test func `a quote keeps words together`() {
    let words = KernelCommandLine("a \"b c\" d='e f'g  h")
    for word in ["a", "b c", "d=e fg", "h"] { #expect(words.contains(word), "\(word)") }
    #expect(!words.contains("b"))
  }
}
