import Glibc

/// A file that a command writes at its end. It is opened at once, so that what takes long does not fail only then.
final class OutputFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens a file, or makes it. Nothing in it is changed yet.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the file and the reason.
    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.invalid, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Writes the whole content, in place of what was there.
    ///
    /// - Throws: a ``Failure`` `refused` (`output`) that names the file and the reason.
    func write(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        var isWritten = ftruncate(descriptor, 0) == 0 || errno == EINVAL
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else { isWritten = count < 0 && errno == EINTR }
        }
        guard isWritten else {
            throw Failure(.refused, "\(path): \(String(cString: strerror(errno)))", code: "output")
        }
    }
}
