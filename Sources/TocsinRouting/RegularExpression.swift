internal import CRE2
import TocsinModel

/// A regular expression of RE2 (https://github.com/google/re2/wiki/Syntax), in UTF-8.
///
/// Searching takes a time that is linear in the text, whatever the expression. Copies share one compiled program.
public struct RegularExpression: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no expression, in RE2's words.
    public struct Fault: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    public let text: String
    /// Words in small letters of which each matching text, in small letters, has one at least. Nil where there are none
    /// that are demanded, as with `.*` or one letter alone.
    package let demanded: [String]?
    private let program: Program

    /// Compiles an expression.
    ///
    /// - Throws: ``Fault`` for a text that is no expression, is longer than ``TocsinModel/Limits/expressionBytes``, or
    ///   whose program is larger than ``TocsinModel/Limits/expressionMemory``.
    public init(_ text: String) throws(Fault) {
        guard text.utf8.count <= Limits.expressionBytes else {
            throw Fault(description: "it has \(text.utf8.count) bytes; at most \(Limits.expressionBytes) are allowed")
        }
        self.text = text
        program = try Program(text)
        demanded = program.demanded
    }

    /// True if a part of the text matches.
    package func matches(_ text: UnsafeRawBufferPointer) -> Bool { program.matches(text) }

    public var description: String { text }

    public static func == (left: Self, right: Self) -> Bool { left.text.isIdentical(to: right.text) }

    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// RE2's compiled program.
///
/// `@unchecked Sendable`: the program does not change, and RE2 is safe to use by many threads at once.
private final class Program: @unchecked Sendable {
    /// The bytes of RE2's reason that are kept.
    private static let reasonBytes = 256

    private let expression: OpaquePointer

    init(_ text: String) throws(RegularExpression.Fault) {
        var text = text
        var reason = [CChar](repeating: 0, count: Self.reasonBytes)
        let expression = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes -> OpaquePointer? in
                guard let start = bytes.baseAddress else {
                    return cre2_create("", 0, Limits.expressionMemory, &reason, reason.count)
                }
                return cre2_create(start, bytes.count, Limits.expressionMemory, &reason, reason.count)
            }
        }
        guard let expression else {
            let words = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw RegularExpression.Fault(description: String(decoding: words, as: UTF8.self))
        }
        self.expression = expression
    }

    deinit { cre2_destroy(expression) }

    func matches(_ text: UnsafeRawBufferPointer) -> Bool { cre2_matches(expression, text.baseAddress, text.count) }

    /// RE2 says of any of its atoms whether a text that has only those may match. They are left out one after the other, the
    /// short ones first, as long as a text that has only those left out cannot match. Each match has one of the rest, which
    /// are the longest: the fewest texts have them.
    var demanded: [String]? {
        let atoms = atoms
        guard !atoms.isEmpty, !mayMatch([]) else { return nil }
        var left: [Int] = []
        for index in atoms.indices.sorted(by: { atoms[$0].utf8.count < atoms[$1].utf8.count }) {
            let more = (left + [index]).sorted()
            if !mayMatch(more) { left = more }
        }
        return atoms.indices.filter { !left.contains($0) }.map { atoms[$0] }
    }

    private func mayMatch(_ atoms: [Int]) -> Bool {
        let atoms = atoms.map { Int32($0) }
        return cre2_may_match(expression, atoms, atoms.count)
    }

    private var atoms: [String] {
        (0..<cre2_atom_count(expression)).map { index in
            var count = 0
            let start = cre2_atom(expression, index, &count)
            return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        }
    }
}
