import Glibc

/// The two streams of the command line. Each call is one write, so a reader at a pipe's end has it at once.
enum Console {
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

    /// Draws over the last line on standard error, where that is a screen; nothing otherwise.
    static func progress(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        write("\r\u{1b}[2K" + text, to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        write(Array(text.utf8), to: descriptor)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                // Nobody reads any more (EPIPE after an ignored SIGPIPE): there is nobody left to tell.
                guard written > 0 else {
                    if errno == EINTR || errno == EAGAIN { continue }
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
    }
}
