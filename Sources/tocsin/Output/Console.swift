import Glibc
import Synchronization

/// The two streams of the command line. Each call is one write, so a reader at a pipe's end has it at once.
enum Console {
    /// The columns of standard output: its terminal's, else what COLUMNS says, else 80.
    static var width: Int { width(unknown: 80) }

    /// As ``width``, with another number where nobody says any.
    static func width(unknown: Int) -> Int { columns(of: STDOUT_FILENO, unknown: unknown) }

    private static func columns(of descriptor: Int32, unknown: Int = 80) -> Int {
        if let size = terminalSize(of: descriptor) { return size.columns }
        return Environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? unknown
    }

    /// What a descriptor's terminal says of its size; nil where there is none, or it does not say.
    static func terminalSize(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Writes a line to standard output.
    ///
    /// - Throws: a ``Failure`` `output` where the line is not out, whole: the disk is full, or the reader has gone. What was
    ///   to be shown has not been shown then.
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

    /// Writes a line to standard error: what is for people even where the output is for programs. Where that cannot be
    /// written there is nobody left to tell.
    static func note(_ text: String) {
        _ = write(Array((text + "\n").utf8), to: STDERR_FILENO)
    }

    /// Whether progress is seen.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Draws over the last line on standard error, where that is a screen; nothing otherwise.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        // A line that goes on in the next could not be drawn over.
        let line = "\r\u{1b}[2K" + text.cut(to: columns(of: STDERR_FILENO) - 1)
        _ = write(Array(line.utf8), to: STDERR_FILENO)
    }

    /// A line that a pipe takes in pieces stays one line: no other comes in between.
    private static let oneAtATime = Mutex(())

    private static func output(_ bytes: [UInt8]) throws(Failure) {
        let code = oneAtATime.withLock { _ in write(bytes, to: STDOUT_FILENO) }
        switch code {
        case 0: return
        case EPIPE: throw Failure(.refused, "standard output: its reader has gone", code: "output")
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
                    // Somebody has made the descriptor non-blocking; the reader is slow.
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
