import Glibc
import Synchronization

/// The two output streams of the command line. Each call is one write, so that a reader at a pipe's end has it at once.
enum Console {
    /// The columns of standard output: its terminal's, else those of COLUMNS, else 80.
    static var width: Int { width(unknown: 80) }

    /// Returns the same as ``width``, with another number if neither is known.
    static func width(unknown: Int) -> Int { columns(of: STDOUT_FILENO, unknown: unknown) }

    private static func columns(of descriptor: Int32, unknown: Int = 80) -> Int {
        if let size = terminalSize(of: descriptor) { return size.columns }
        return Environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? unknown
    }

    /// Returns the size of a descriptor's terminal; nil if there is none or it does not say.
    static func terminalSize(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes a line to standard output.
    ///
    /// - Throws: a ``Failure`` if the whole line could not be written: `output` as the disk is full, ``Failure/readerGone``
    ///   as whoever read it has gone. The line then counts as not shown.
    static func line(_ text: String = "") throws(Failure) {
        try output(Array(text.utf8) + [UInt8(ascii: "\n")])
    }

    /// Writes bytes and a line end to standard output: JSON as it came.
    static func line(_ bytes: [UInt8]) throws(Failure) {
        try output(bytes + [UInt8(ascii: "\n")])
    }

    /// Writes text to standard output without a line end.
    static func text(_ text: String) throws(Failure) {
        try output(Array(text.utf8))
    }

    /// Writes a line for people to standard error, even if the output is for programs. If it cannot be written, nobody
    /// is left to tell.
    static func note(_ text: String) {
        _ = write(Array((text + "\n").utf8), to: STDERR_FILENO)
    }

    /// True if progress is visible.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Draws over the last line on standard error, if that is a screen; otherwise does nothing.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        // A line that continues in the next could not be drawn over.
        let line = "\r\u{1b}[2K" + text.cut(to: columns(of: STDERR_FILENO) - 1)
        _ = write(Array(line.utf8), to: STDERR_FILENO)
    }

    /// The lock that keeps a line whole if a pipe takes it in pieces: no other line comes in between.
    private static let oneAtATime = Mutex(())

    private static func output(_ bytes: [UInt8]) throws(Failure) {
        let code = oneAtATime.withLock { _ in write(bytes, to: STDOUT_FILENO) }
        switch code {
        case 0: return
        case EPIPE: throw .readerGone
        default: throw Failure(.refused, "standard output: \(String(cString: strerror(code)))", code: "output")
        }
    }

    /// - Returns: 0 once everything is written, else the error of write(2).
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if written > 0 {
                    rest = rest.dropFirst(written)
                } else if errno == EAGAIN {
                    // Another program has made the descriptor non-blocking, and the reader is slow.
                    var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&room, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }
}
