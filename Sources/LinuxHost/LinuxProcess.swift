import Glibc

/// How the process begins and ends.
package enum LinuxProcess {
  /// Opens standard input, output and error where they were closed: else the next file that is opened would take the place,
  /// and be written to. What is opened cannot be used, so that writing fails with EBADF as before.
  ///
  /// SIGPIPE is ignored: a reader that has seen enough, as in `sriov-persist restore | head -1`, does not end a restore
  /// half-way. Writing fails with EPIPE instead.
  package static func begin() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// Ends the process without exit(3)'s destructors: threads that the kernel blocks, libibverbs' events and the event loop of
  /// Docker's socket may still use what those destroy.
  package static func end(with status: Int32) -> Never {
    fflush(nil)
    _exit(status)
  }
}
