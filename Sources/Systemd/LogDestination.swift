internal import Glibc

/// The destination of log entries, decided once per handler.
enum LogDestination: Sendable, Equatable {
    /// journald's native socket, as structured entries.
    case journal

    /// Plain lines, one write each, on an open file descriptor.
    case descriptor(Int32)

    /// Returns the journal if standard error already ends there, else standard error itself.
    ///
    /// The service manager sets `JOURNAL_STREAM` to the device and inode of the stream it made. They are compared, as a
    /// process inherits the variable even if standard error was redirected since (see systemd.exec(5)).
    static func detect() -> LogDestination {
        guard let stream = getenv("JOURNAL_STREAM") else { return .descriptor(STDERR_FILENO) }
        return isStream(String(cString: stream), STDERR_FILENO) ? .journal : .descriptor(STDERR_FILENO)
    }

    /// True if a file descriptor is the stream that `device:inode`, both decimal, describes.
    static func isStream(_ stream: String, _ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Writes a line with one write(2), so that lines of several threads do not mix.
    ///
    /// A second write happens only if the kernel took a part. A file or a terminal never does that, and a pipe only
    /// above 4,096 bytes. An error ends the attempt, as there is no other place to report it to.
    static func write(_ line: String, to descriptor: Int32) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}
