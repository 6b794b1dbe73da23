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
    static func line(_ text: String = "") {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// Writes bytes and a line end to standard output: JSON as it came.
    static func line(_ bytes: [UInt8]) {
        write(bytes + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
    }

    /// Writes text to standard output without a line end.
    static func text(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    /// Writes a line to standard error: what is for people even where the output is for programs.
    static func note(_ text: String) {
        write(text + "\n", to: STDERR_FILENO)
    }

    /// Whether progress is seen.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Draws over the last line on standard error, where that is a screen; nothing otherwise.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        // A line that goes on in the next could not be drawn over.
        write("\r\u{1b}[2K" + text.cut(to: columns(of: STDERR_FILENO) - 1), to: STDERR_FILENO)
    }

    /// Why something could not be written to standard output, in the system's words; nil where nothing is wrong. A reader
    /// that has gone away is not wrong: it has read enough.
    static var problem: String? {
        let code = failure.load(ordering: .relaxed)
        return code == 0 ? nil : String(cString: strerror(code))
    }

    /// The first error of a write to standard output; 0 for none.
    private static let failure = Atomic<Int32>(0)

    private static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard written > 0 else {
                    if errno == EINTR || errno == EAGAIN { continue }
                    // EPIPE after an ignored SIGPIPE: nobody reads any more.
                    if errno != EPIPE, descriptor == STDOUT_FILENO {
                        _ = failure.compareExchange(expected: 0, desired: errno, ordering: .relaxed)
                    }
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}
