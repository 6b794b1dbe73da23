import Glibc
import TocsinConfiguration
import TocsinModel

/// Reads whole files and standard input.
enum InputFile {
    /// Reads the bytes of a file; `-` is standard input.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the file and the reason.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        try failing { () throws(TextFile.Problem) in
            try path == "-" ? TextFile.bytes(STDIN_FILENO, name: "standard input") : TextFile.bytes(path)
        }
    }

    /// Reads the text of a file, without a byte order mark.
    static func text(_ path: String) throws(Failure) -> String {
        try failing { () throws(TextFile.Problem) in try TextFile.read(path) }
    }

    /// Requires that a file can be read.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the file, if it cannot be read.
    static func requireReadable(_ path: String) throws(Failure) {
        guard exists(path) else { throw Failure(.invalid, TextFile.Problem(path, code: errno).description) }
    }

    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    private static func failing<Value>(_ read: () throws(TextFile.Problem) -> Value) throws(Failure) -> Value {
        do {
            return try read()
        } catch {
            throw Failure(.invalid, error.description)
        }
    }
}

/// Reads a file line by line, holding one chunk at a time.
struct LineReader: ~Copyable {
    private let descriptor: Int32
    private let name: String
    private var buffer: [UInt8] = []
    private var position = 0
    private var isAtEnd = false

    /// Opens a file; `-` is standard input.
    init(_ path: String) throws {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.invalid, TextFile.Problem(path, code: errno).description) }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// Returns the next line without its end; nil after the last.
    mutating func next() throws -> [UInt8]? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return Array(buffer[position..<end])
            }
            if isAtEnd {
                defer { position = buffer.count }
                return position < buffer.count ? Array(buffer[position...]) : nil
            }
            try fill()
        }
    }

    private mutating func fill() throws {
        buffer.removeFirst(position)
        position = 0
        guard buffer.count <= Limits.textFileBytes else {
            throw Failure(.invalid, "\(name): a line has more than \(Limits.textFileBytes) bytes")
        }
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        guard count >= 0 || errno == EINTR else {
            throw Failure(.invalid, TextFile.Problem(name, code: errno).description)
        }
        if count == 0 { isAtEnd = true }
        if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
    }
}
