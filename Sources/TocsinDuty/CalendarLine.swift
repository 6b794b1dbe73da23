import TocsinModel
import TocsinRouting

/// The text of a calendar in its content lines (RFC 5545, 3.1): what was folded over several lines is one.
struct CalendarLines {
    private(set) var lines: [CalendarLine] = []
    private(set) var problems: [FileProblem] = []

    /// - Parameters:
    ///   - text: the file's text. Lines end with CR LF, or with LF alone.
    ///   - file: what problems call the file.
    init(_ text: String, file: String) {
        var unfolded: [UnfoldedLine] = []
        for (index, bytes) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
            guard let first = bytes.first else { continue }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
                guard !unfolded.isEmpty else {
                    problems.append(
                        FileProblem(
                            file: file, line: index + 1, column: 1,
                            message: "the line goes on another one, and is the first; valid is BEGIN:VCALENDAR"))
                    return
                }
                unfolded[unfolded.count - 1].add(bytes.dropFirst(), line: index + 1, skipped: 1)
            } else {
                var line = UnfoldedLine(file: file)
                line.add(bytes, line: index + 1, skipped: 0)
                unfolded.append(line)
            }
        }
        for line in unfolded {
            do throws(FileProblem) {
                lines.append(try CalendarLine(line))
            } catch {
                guard problems.count < FileProblems.limit else { return }
                problems.append(error)
            }
        }
    }

    /// Returns the text of a calendar's bytes. A fold in the middle of a character, as some programs make it, is moved
    /// behind the character (RFC 5545, 3.1).
    static func text(of bytes: [UInt8]) -> [UInt8] {
        var mended: [UInt8] = []
        mended.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let fold = fold(in: bytes, at: index)
            if fold > 0, index + fold < bytes.count, bytes[index + fold] & 0xC0 == 0x80 {
                let start = index
                index += fold
                while index < bytes.count, bytes[index] & 0xC0 == 0x80 {
                    mended.append(bytes[index])
                    index += 1
                }
                mended.append(contentsOf: bytes[start..<start + fold])
            } else {
                mended.append(bytes[index])
                index += 1
            }
        }
        return mended
    }

    /// The number of bytes of a line end with the white space after it; 0 if there is none.
    private static func fold(in bytes: [UInt8], at index: Int) -> Int {
        let end = bytes[index] == UInt8(ascii: "\r") ? index + 1 : index
        guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\n"),
            bytes[end + 1] == UInt8(ascii: " ") || bytes[end + 1] == UInt8(ascii: "\t")
        else { return 0 }
        return end + 2 - index
    }
}

/// A content line's bytes, and where they stand in the file.
struct UnfoldedLine {
    let file: String
    private(set) var bytes: [UInt8] = []
    private var pieces: [(offset: Int, line: Int, skipped: Int)] = []

    init(file: String) {
        self.file = file
    }

    mutating func add(_ piece: Substring.UTF8View.SubSequence, line: Int, skipped: Int) {
        pieces.append((bytes.count, line, skipped))
        bytes.append(contentsOf: piece)
    }

    /// Returns a problem at a byte of the line.
    func problem(at offset: Int, _ message: String) -> FileProblem {
        let piece = pieces.last { $0.offset <= offset } ?? (0, 1, 0)
        let before = bytes[piece.offset..<min(max(offset, piece.offset), bytes.count)]
        let column = before.count { $0 & 0xC0 != 0x80 } + piece.skipped + 1
        return FileProblem(file: file, line: piece.line, column: column, message: message)
    }
}

/// One content line: `DTSTART;TZID=Asia/Shanghai:20261130T080000`.
struct CalendarLine {
    /// In capital letters.
    let name: String
    /// The names are in capital letters; the values are without quotation marks.
    let parameters: [(name: String, value: String)]
    let value: String
    private let valueOffset: Int
    private let source: UnfoldedLine

    init(_ source: UnfoldedLine) throws(FileProblem) {
        let bytes = source.bytes
        if let control = bytes.firstIndex(where: { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }) {
            throw source.problem(at: control, "a control character is not allowed here (RFC 5545, 3.1)")
        }
        var index = 0
        func word() -> String {
            let start = index
            while index < bytes.count, Self.isNameByte(bytes[index]) { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self).uppercased()
        }
        name = word()
        guard !name.isEmpty else {
            throw source.problem(
                at: 0, "this is not a line of a calendar; valid are NAME:VALUE and NAME;PARAMETER=VALUE:VALUE")
        }
        var parameters: [(name: String, value: String)] = []
        while index < bytes.count, bytes[index] == UInt8(ascii: ";") {
            index += 1
            let start = index
            let name = word()
            guard !name.isEmpty, index < bytes.count, bytes[index] == UInt8(ascii: "=") else {
                throw source.problem(at: start, "this is not a parameter; valid are NAME=VALUE between ';' and ':'")
            }
            index += 1
            var value: [UInt8] = []
            var isQuoted = false
            while index < bytes.count {
                let byte = bytes[index]
                if byte == UInt8(ascii: "\"") {
                    isQuoted.toggle()
                } else if !isQuoted, byte == UInt8(ascii: ";") || byte == UInt8(ascii: ":") {
                    break
                } else {
                    value.append(byte)
                }
                index += 1
            }
            guard !isQuoted else { throw source.problem(at: start, "the quotation mark is not closed in this line") }
            parameters.append((name, String(decoding: value, as: UTF8.self)))
        }
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
            throw source.problem(
                at: index, "a ':' is missing here; valid are NAME:VALUE and NAME;PARAMETER=VALUE:VALUE")
        }
        self.parameters = parameters
        valueOffset = index + 1
        value = String(decoding: bytes[(index + 1)...], as: UTF8.self)
        self.source = source
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.decimalDigit != nil || byte == UInt8(ascii: "-")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Returns the value of a parameter; nil if it is not there.
    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// Returns a problem at the line's name.
    func problem(_ message: String) -> FileProblem { source.problem(at: 0, message) }

    /// Returns a problem at the line's value, or at a byte of it.
    func problemOfValue(_ message: String, at offset: Int = 0) -> FileProblem {
        source.problem(at: valueOffset + offset, message)
    }

    /// The value without its escapes (RFC 5545, 3.3.11).
    func text() throws(FileProblem) -> String {
        var text = ""
        var isEscaped = false
        var offset = 0
        for scalar in value.unicodeScalars {
            defer { offset += UTF8.width(scalar) }
            guard isEscaped else {
                if scalar == "\\" { isEscaped = true } else { text.unicodeScalars.append(scalar) }
                continue
            }
            isEscaped = false
            switch scalar {
            case "\\", ";", ",": text.unicodeScalars.append(scalar)
            case "n", "N": text.append("\n")
            default:
                throw problemOfValue("'\\\(scalar)' is not an escape; valid are \\\\, \\;, \\, and \\n", at: offset - 1)
            }
        }
        guard !isEscaped else {
            throw problemOfValue("'\\' ends the text; valid are \\\\, \\;, \\, and \\n", at: offset - 1)
        }
        return text
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { UTF8.encode(scalar)?.count ?? 1 }
}
