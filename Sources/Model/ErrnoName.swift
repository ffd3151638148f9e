package import SystemPackage

extension Errno {
  /// The symbol of this error, such as `EBUSY`, for those that the files of a PF, a folder or a socket of ours can give.
  package var name: String {
    // 524 is the kernel-internal ENOTSUPP, which mlx5 lets out of its `config` and `stats` files; glibc has no name for it.
    if rawValue == 524 { return "ENOTSUPP (524)" }
    return Self.names[self] ?? "errno \(rawValue)"
  }

  private static let names: [Errno: String] = [
    .notPermitted: "EPERM", .noSuchFileOrDirectory: "ENOENT", .interrupted: "EINTR", .ioError: "EIO",
    .noSuchAddressOrDevice: "ENXIO", .badFileDescriptor: "EBADF", .resourceTemporarilyUnavailable: "EAGAIN",
    .noMemory: "ENOMEM", .permissionDenied: "EACCES", .resourceBusy: "EBUSY", .fileExists: "EEXIST",
    .improperLink: "EXDEV", .operationNotSupportedByDevice: "ENODEV", .notDirectory: "ENOTDIR",
    .isDirectory: "EISDIR", .invalidArgument: "EINVAL", .tooManyOpenFiles: "EMFILE", .fileTooLarge: "EFBIG",
    .noSpace: "ENOSPC", .readOnlyFileSystem: "EROFS", .outOfRange: "ERANGE", .tooManySymbolicLinkLevels: "ELOOP",
    .fileNameTooLong: "ENAMETOOLONG", .notSupported: "EOPNOTSUPP", .noFunction: "ENOSYS", .timedOut: "ETIMEDOUT",
    .connectionRefused: "ECONNREFUSED", .diskQuotaExceeded: "EDQUOT", .protocolNotSupported: "EPROTONOSUPPORT",
    .badMessage: "EBADMSG", .noBufferSpace: "ENOBUFS", .messageTooLong: "EMSGSIZE",
  ]
}
