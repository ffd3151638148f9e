import Glibc
import HostInterface
import SystemPackage

/// Runs `body` and turns what swift-system throws into an error that names the file.
func onFile<Value>(
  _ operation: FileError.Operation, _ path: FilePath, _ body: () throws -> Value
) throws(FileError) -> Value {
  do {
    return try body()
  } catch let error as Errno {
    throw FileError(operation, path, error)
  } catch let error as FileError {
    throw error
  } catch {
    throw FileError(operation, path, .ioError)
  }
}

/// Throws the errno of a call that failed: call it on the very result, before anything else can touch errno.
@discardableResult
func check(_ result: Int32) throws(Errno) -> Int32 {
  guard result >= 0 else { throw Errno(rawValue: errno) }
  return result
}

/// The names in a folder, without `.` and `..`.
func names(in path: FilePath) throws(FileError) -> [String] {
  guard let stream = unsafe opendir(path.string) else { throw FileError(.list, path, Errno(rawValue: errno)) }
  defer { unsafe closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = unsafe readdir(stream) else {
      if errno != 0 { throw FileError(.list, path, Errno(rawValue: errno)) }
      return names
    }
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
}

/// What a symbolic link says.
func target(of link: FilePath) throws(FileError) -> FilePath {
  try onFile(.link, link) {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard unsafe readlink(link.string, &target, Int(PATH_MAX)) >= 0 else { throw Errno(rawValue: errno) }
    return FilePath(platformString: target)
  }
}

/// All that can be read from `file`.
///
/// - Parameter endsShort: Whether a read that gives less than was asked for is the last one, as where the kernel makes an
///   attribute's whole text at the first (Documentation/filesystems/sysfs.rst). It saves a call for each.
func contents(of file: FileDescriptor, endsShort: Bool = false) throws -> String {
  var text: [UInt8] = []
  let chunk = 4096
  while true {
    let part = unsafe try [UInt8](unsafeUninitializedCapacity: chunk) { buffer, count in
      count = try unsafe file.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    text += part
    if part.isEmpty || endsShort && part.count < chunk { return String(decoding: text, as: UTF8.self) }
  }
}
