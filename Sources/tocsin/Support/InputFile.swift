import Glibc

/// Reads whole files and standard input.
enum InputFile {
    /// The most that one file may have: a grid file of a large city has some megabytes.
    static let maximumBytes = 64 << 20

    /// The bytes of a file; `-` is standard input.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the file and why it cannot be read.
    static func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return try read(descriptor: STDIN_FILENO, name: "standard input") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, name: path)
    }

    /// The text of a file.
    static func text(_ path: String) throws -> String {
        let bytes = try read(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.invalid, "\(path): the file is not UTF-8 text")
        }
        return text
    }

    /// - Throws: a ``Failure`` `invalid` that names the file, where it cannot be read.
    static func requireReadable(_ path: String) throws {
        guard exists(path) else { throw failure(path) }
    }

    static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

    private static func read(descriptor: Int32, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw failure(name)
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= maximumBytes else {
                throw Failure(.invalid, "\(name): the file has more than \(maximumBytes) bytes")
            }
        }
    }

    private static func failure(_ name: String) -> Failure {
        Failure(.invalid, "\(name): \(String(cString: strerror(errno)))")
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
        guard descriptor >= 0 else { throw Failure(.invalid, "\(path): \(String(cString: strerror(errno)))") }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    /// The next line without its end; nil after the last.
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
        guard buffer.count <= InputFile.maximumBytes else {
            throw Failure(.invalid, "\(name): a line has more than \(InputFile.maximumBytes) bytes")
        }
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        guard count >= 0 || errno == EINTR else {
            throw Failure(.invalid, "\(name): \(String(cString: strerror(errno)))")
        }
        if count == 0 { isAtEnd = true }
        if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
    }
}
