import Glibc
import Synchronization

/// A file that a command writes at its end. It is opened at once, so that what takes long does not fail only then; and
/// one that is made for it and not written leaves again.
final class OutputFile: Sendable {
    private let descriptor: Int32
    private let path: String
    /// True while the file is one that was made here and has nothing.
    private let isSpare: Mutex<Bool>

    /// Opens a file, or makes it. Nothing in it is changed yet.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the file and the reason.
    init(_ path: String) throws(Failure) {
        self.path = path
        let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        isSpare = Mutex(made >= 0)
        descriptor = made >= 0 ? made : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.invalid, "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        if isSpare.withLock(\.self) { unlink(path) }
        close(descriptor)
    }

    /// Writes the whole content, in place of what was there.
    ///
    /// - Throws: a ``Failure`` `refused` (`output`) that names the file and the reason.
    func write(_ bytes: [UInt8]) throws(Failure) {
        isSpare.withLock { $0 = false }
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
