package import SystemPackage

extension Errno {
  /// The symbol of this error, such as `EBUSY`, for those that the files of a PF, a folder or a socket of ours can give.
  package var name: String {
    // 524 is the kernel-internal ENOTSUPP, which mlx5 lets out of its `config` and `stats` files; glibc has no name for it.
    if rawValue == 524 { return "ENOTSUPP (524)" }
    return Self.names[self] ?? "errno \(rawValue)"
  }

  /// The name with what it means, where the name alone does not say that of a file: `EROFS (the file system is read-only)`.
  package var explained: String { Self.meanings[self].map { "\(name) (\($0))" } ?? name }

  private static let meanings: [Errno: String] = [
    .readOnlyFileSystem: "the file system is read-only",
    .tooManySymbolicLinkLevels: "it is a symbolic link, which is not followed, or leads through too many",
    .noSpace: "no space is left on the device", .diskQuotaExceeded: "the disk quota is used up",
    .improperLink: "it is on another file system", .notDirectory: "a part of the path is not a folder",
    .fileNameTooLong: "the name is too long", .tooManyOpenFiles: "too many files are open",
    .staleNFSFileHandle: "the server no longer has the file",
  ]

  private static let names: [Errno: String] = [
    .notPermitted: "EPERM", .noSuchFileOrDirectory: "ENOENT", .interrupted: "EINTR", .ioError: "EIO",
    .noSuchAddressOrDevice: "ENXIO", .badFileDescriptor: "EBADF", .resourceTemporarilyUnavailable: "EAGAIN",
    .noMemory: "ENOMEM", .permissionDenied: "EACCES", .resourceBusy: "EBUSY", .fileExists: "EEXIST",
    .improperLink: "EXDEV", .operationNotSupportedByDevice: "ENODEV", .notDirectory: "ENOTDIR",
    .isDirectory: "EISDIR", .invalidArgument: "EINVAL", .tooManyOpenFiles: "EMFILE", .fileTooLarge: "EFBIG",
    .noSpace: "ENOSPC", .readOnlyFileSystem: "EROFS", .outOfRange: "ERANGE", .tooManySymbolicLinkLevels: "ELOOP",
    .fileNameTooLong: "ENAMETOOLONG", .notSupported: "EOPNOTSUPP", .noFunction: "ENOSYS", .timedOut: "ETIMEDOUT",
    .connectionRefused: "ECONNREFUSED", .diskQuotaExceeded: "EDQUOT", .protocolNotSupported: "EPROTONOSUPPORT",
    .brokenPipe: "EPIPE", .directoryNotEmpty: "ENOTEMPTY", .staleNFSFileHandle: "ESTALE",
    .connectionReset: "ECONNRESET",
    .socketNotConnected: "ENOTCONN", .textFileBusy: "ETXTBSY", .argListTooLong: "E2BIG",
    .addressInUse: "EADDRINUSE", .networkDown: "ENETDOWN", .hostIsDown: "EHOSTDOWN", .deadlock: "EDEADLK",
    .canceled: "ECANCELED", .alreadyInProcess: "EALREADY", .protocolError: "EPROTO",
    .tooManyOpenFilesInSystem: "ENFILE",
    .badMessage: "EBADMSG", .noBufferSpace: "ENOBUFS", .messageTooLong: "EMSGSIZE",
  ]
}
