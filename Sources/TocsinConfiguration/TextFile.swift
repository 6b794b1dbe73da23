import Glibc
import TocsinModel
import TocsinRouting

/// Reads whole files that people write.
public enum TextFile {
    /// A file that cannot be read. The description says what to do.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// - Parameters:
        ///   - name: the file's name, as it was given.
        ///   - code: the system's errno.
        public init(_ name: String, code: Int32) {
            self.init(name, Self.words(code))
        }

        init(replacing name: String, _ words: String) {
            description = "\(name) is not changed: \(words)"
        }

        init(_ name: String, _ words: String) {
            description =
                KeyText.isLikely(fileName: name)
                ? "this is a key and not a file; name the file of the pair, as 'tocsin keys make' wrote it"
                : "\(name) cannot be read: \(words)"
        }

        /// - Parameters:
        ///   - name: the file's, as it was given.
        ///   - size: its bytes, if it says how many they are.
        init(_ name: String, tooLarge size: Int64?) {
            let size = size.map { "it has \($0) bytes" } ?? "it has more bytes than that"
            self.init(name, "\(size), and at most \(Limits.textFileBytes) are allowed")
        }

        /// - Parameters:
        ///   - name: the file's, as it was given.
        ///   - content: the file's bytes, which are not UTF-8.
        ///   - offset: the offset of the first bad byte.
        init(_ name: String, notUTF8 content: ArraySlice<UInt8>, at offset: Int) {
            let before = String(decoding: content.prefix(offset), as: UTF8.self)
                .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let byte = String(content[content.startIndex + offset], radix: 16, uppercase: true)
            description =
                "\(name):\(before.count):\((before.last?.unicodeScalars.count ?? 0) + 1): this is not text in UTF-8 (byte "
                + "\(byte.count < 2 ? "0" : "")\(byte)); save the file as UTF-8 in the editor"
        }

        private static func words(_ code: Int32) -> String {
            switch code {
            case ENOENT: "there is no such file"
            case ENXIO: "it is no regular file; a pipe, a device or a socket is in its place"
            case EISDIR: "it is a folder, and a file is expected"
            case ENOTDIR: "a part of its path is a file, and a folder is expected"
            case EACCES, EPERM: "this user may not read it; give the file and its folders the right to be read"
            case ELOOP: "its links lead in a circle"
            case EMFILE, ENFILE: "too many files are open"
            default: String(cString: strerror(code))
            }
        }
    }

    /// Reads the text of a file, without a byte order mark.
    ///
    /// - Throws: a ``Problem`` that names the file, if it is missing, no regular file, not readable for this user, too large
    ///   or not UTF-8. The last has the line and the column of the first bad byte.
    public static func read(_ path: String) throws(Problem) -> String {
        try text(of: bytes(path), path)
    }

    /// Reads the bytes of a file. Does not wait: where there is a pipe or a device in its place, it is refused.
    public static func bytes(_ path: String) throws(Problem) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Problem(path, code: errno) }
        defer { close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw Problem(path, code: errno) }
        switch information.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw Problem(path, code: EISDIR)
        default: throw Problem(path, "it is no regular file; a pipe, a device or a socket is in its place")
        }
        return try bytes(descriptor, name: path)
    }

    /// Reads the bytes of an open file, to its end.
    public static func bytes(_ descriptor: Int32, name: String) throws(Problem) -> [UInt8] {
        // A file that says how large it is need not be read to be refused.
        var information = stat()
        if fstat(descriptor, &information) == 0, information.st_size > off_t(Limits.textFileBytes) {
            throw Problem(name, tooLarge: Int64(information.st_size))
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Problem(name, code: errno)
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= Limits.textFileBytes else { throw Problem(name, tooLarge: nil) }
        }
    }

    /// Returns the text of a file's bytes, without a byte order mark.
    public static func text(of bytes: [UInt8], _ path: String) throws(Problem) -> String {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let content = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        do throws(UTF8.ValidationError) {
            return String(copying: try UTF8Span(validating: content.span))
        } catch {
            throw Problem(path, notUTF8: content, at: error.byteOffsets.lowerBound)
        }
    }
}
