public import TocsinRouting
import Yams

/// Cutting a client out of the file, and nothing else.
extension ClientsText {
    /// The lines of an entry, and the file without them.
    public struct Removal: Hashable, Sendable {
        /// The lines that are cut, from 1.
        public let lines: ClosedRange<Int>
        /// The file's text without them, byte for byte.
        public let yaml: String
    }

    /// Cuts out the lines of a client's entry: from its hyphen to the last line that has more than a comment. Comments
    /// above it, and between it and the next one, stay.
    ///
    /// - Throws: where the entry cannot be cut out by lines alone, with what is to be done by hand; where there is no
    ///   such client, or more than one.
    public func removing(_ name: String) throws(FileProblem) -> Removal {
        let found = entries(named: name)
        guard let entry = found.first else {
            throw FileProblem(file: file, line: 1, column: 1, message: message(unknown: name))
        }
        func byHand(_ why: String) -> FileProblem {
            FileProblem(
                file: file, line: entry.place.line, column: entry.place.column,
                message: "\(why); remove '\(name)' by hand, and reload")
        }
        guard found.count == 1 else {
            let lines = found.map { String($0.place.line) }.joined(separator: ", ")
            throw byHand("'\(name)' is there \(found.count) times, in the lines \(lines)")
        }
        let text = TextLines(yaml)
        guard let start, !text.hasBracket(start.line, start.column) else {
            throw byHand("the list of clients is in brackets, and its entries share lines")
        }
        guard text.begins(entry.place.line, withHyphenBefore: entry.place.column) else {
            throw byHand("the entry does not follow its hyphen on the same line")
        }
        let next = entries.first { $0.place.line > entry.place.line }
        if let next, !text.begins(next.place.line, withHyphenBefore: next.place.column) {
            throw byHand("the entry after it does not follow its hyphen on the same line")
        }
        let lines = entry.place.line...text.lastContent(from: entry.place.line, before: next?.place.line)
        let rest = text.without(lines)
        // Whatever the lines look like: the file must say of everybody else what it said.
        guard try isSame(rest, without: entry) else {
            throw byHand("the lines of the entry cannot be told from those of others")
        }
        return Removal(lines: lines, yaml: rest)
    }

    /// True if a text has the same clients but for one.
    private func isSame(_ text: String, without entry: Entry) throws(FileProblem) -> Bool {
        do throws(FileProblems) {
            let rest = Array(try Self.list(of: text, file))
            let expected = Array(try Self.list(of: yaml, file)).filter { node in
                node.mark?.line != entry.place.line || node.mark?.column != entry.place.column
            }
            return expected.count == count - 1 && rest == expected
        } catch {
            return false
        }
    }
}

/// A text by its lines, as YAML ends them: with LF, CR LF or CR.
private struct TextLines {
    private let bytes: [UInt8]
    /// Where each line starts, and the end.
    private var starts = [0]

    private static let (space, tab, hash, hyphen, dot) = (
        UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: ".")
    )
    private static let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))

    init(_ text: String) {
        bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isEnd =
                byte == Self.lineFeed
                || byte == Self.carriageReturn && (index + 1 == bytes.count || bytes[index + 1] != Self.lineFeed)
            if isEnd, index + 1 < bytes.count { starts.append(index + 1) }
        }
        starts.append(bytes.count)
    }

    private var count: Int { starts.count - 1 }

    private subscript(line: Int) -> ArraySlice<UInt8> { bytes[starts[line - 1]..<starts[line]] }

    /// True if a line has nothing but one hyphen, with spaces around it, before a column.
    func begins(_ line: Int, withHyphenBefore column: Int) -> Bool {
        guard (1...count).contains(line) else { return false }
        let before = self[line].prefix(column - 1)
        return before.count(where: { $0 == Self.hyphen }) == 1
            && before.allSatisfy { $0 == Self.hyphen || $0 == Self.space || $0 == Self.tab }
    }

    /// True if there is a bracket at a line and column.
    func hasBracket(_ line: Int, _ column: Int) -> Bool {
        guard (1...count).contains(line) else { return false }
        // Columns are counted in characters, and not in bytes.
        return String(decoding: self[line], as: UTF8.self).unicodeScalars.dropFirst(column - 1).first == "["
    }

    /// Returns the last line from `line` on that has more than a comment, before `end` or the end of the document.
    func lastContent(from line: Int, before end: Int?) -> Int {
        var last = line
        var next = line + 1
        while next <= count, next < end ?? .max, !isDocumentMark(next) {
            let content = self[next].drop { $0 == Self.space || $0 == Self.tab }.first
            if let content, ![Self.hash, Self.lineFeed, Self.carriageReturn].contains(content) { last = next }
            next += 1
        }
        return last
    }

    private func isDocumentMark(_ line: Int) -> Bool {
        let beginning = self[line].prefix(3)
        return beginning.count == 3 && Set(beginning).count == 1
            && (beginning.first == Self.hyphen || beginning.first == Self.dot)
    }

    /// Returns the text without some lines.
    func without(_ lines: ClosedRange<Int>) -> String {
        String(
            decoding: bytes[..<starts[lines.lowerBound - 1]] + bytes[starts[lines.upperBound]...], as: UTF8.self)
    }
}
