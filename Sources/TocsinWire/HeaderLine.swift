import TocsinModel

/// Frame 0 of a message, written into one reused buffer: `TIP1 COMMAND argument …`.
public struct HeaderLine: ~Copyable {
    private var buffer = ByteBuffer(capacity: 256)

    public init() {}

    /// Creates the line of one command.
    public init(_ command: CommandWord, _ arguments: String...) {
        begin(command)
        for argument in arguments { add(argument) }
    }

    /// A copy of the line, UTF-8, without a line end.
    public var bytes: [UInt8] { buffer.bytes }

    /// Lends the line. It must not be used after `body` returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withUnsafeBytes(body)
    }

    /// Starts a new line.
    public mutating func begin(_ command: CommandWord) {
        buffer.removeAll()
        buffer.append("TIP1 " as StaticString)
        buffer.append(command.rawValue)
    }

    /// Adds an argument, which must not contain a space.
    public mutating func add(_ argument: String) {
        buffer.append(UInt8(ascii: " "))
        buffer.append(argument)
    }

    /// Adds a decimal number.
    public mutating func add(_ number: Int64) {
        buffer.append(UInt8(ascii: " "))
        buffer.appendDecimal(number)
    }
}

/// Reads frame 0 from left to right: single spaces, no line end, every argument UTF-8.
struct HeaderScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Reads the protocol's name and version, and the command's word.
    mutating func command() throws(Refusal) -> CommandWord {
        guard bytes.count <= Limits.headerBytes else {
            throw Refusal(.tooLarge, "The header has \(bytes.count) bytes; at most \(Limits.headerBytes) are allowed.")
        }
        guard !bytes.isEmpty else {
            throw Refusal(.malformed, "The header frame is empty; 'TIP1 COMMAND …' is expected.")
        }
        let name = try argument("protocol")
        guard name.equals("TIP1") else {
            guard let version = String(validating: name, as: UTF8.self) else {
                throw Refusal(.malformed, "The header is not UTF-8.", field: "protocol")
            }
            guard version.hasPrefix("TIP"), version.dropFirst(3).allSatisfy(\.isNumber) else {
                throw Refusal(.malformed, "A message begins with 'TIP1', not with '\(version.shortened)'.")
            }
            throw Refusal(.unsupported, "The version \(version.shortened) is not spoken here; TIP1 is.")
        }
        let word = try argument("command")
        if let command = CommandWord.table[word] { return command }
        guard let word = String(validating: word, as: UTF8.self) else {
            throw Refusal(.malformed, "The header is not UTF-8.", field: "command")
        }
        throw Refusal(.unsupported, "The command '\(word.shortened)' is not known.")
    }

    /// True if every argument has been read.
    var isAtEnd: Bool { position >= bytes.count }

    /// Reads the next argument's bytes.
    mutating func argument(_ name: StaticString) throws(Refusal) -> UnsafeRawBufferPointer {
        guard !isAtEnd else { throw Refusal(.malformed, "The header lacks its argument '\(name)'.", field: "\(name)") }
        var end = position
        while end < bytes.count, bytes[end] != UInt8(ascii: " ") {
            guard bytes[end] > 0x20, bytes[end] != 0x7f else {
                throw Refusal(.malformed, "The header contains a control character.", field: "\(name)")
            }
            end += 1
        }
        guard end > position, end != bytes.count - 1 else {
            throw Refusal(.malformed, "The header's arguments are separated by single spaces, with none at the end.")
        }
        let argument = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        position = end + 1
        return argument
    }

    /// Reads the next argument as text.
    mutating func text(_ name: StaticString) throws(Refusal) -> String {
        let bytes = try argument(name)
        let text = bytes.withMemoryRebound(to: UInt8.self) { bytes -> String? in
            guard let text = try? UTF8Span(validating: bytes.span) else { return nil }
            return String(copying: text)
        }
        guard let text else { throw Refusal(.malformed, "The header is not UTF-8.", field: "\(name)") }
        return text
    }

    /// Reads the next argument as text of at most `maximum` bytes.
    mutating func text(_ name: StaticString, maximum: Int) throws(Refusal) -> String {
        let text = try text(name)
        guard text.utf8.count <= maximum else {
            throw Refusal(.malformed, "The argument '\(name)' has more than \(maximum) bytes.", field: "\(name)")
        }
        return text
    }

    /// Reads the next argument as a decimal number.
    mutating func number(_ name: StaticString, from lowest: Int64 = 1) throws(Refusal) -> Int64 {
        let digits = try argument(name)
        guard let number = Int64(decimal: digits), number >= lowest else {
            throw Refusal(
                .malformed, "The argument '\(name)' must be a decimal number from \(lowest) on.", field: "\(name)")
        }
        return number
    }

    mutating func reference() throws(Refusal) -> Reference {
        Reference(unchecked: try text("reference", maximum: Limits.referenceBytes))
    }

    mutating func recipient() throws(Refusal) -> Recipient {
        let name = try text("recipient")
        guard let recipient = Recipient(name) else {
            throw Refusal(
                .malformed, "'\(name.shortened)' is not a recipient; those look like 'fire' or 'police@110101005'.",
                field: "recipient")
        }
        return recipient
    }

    /// Refuses further arguments.
    func finish() throws(Refusal) {
        guard isAtEnd else { throw Refusal(.malformed, "The header has more arguments than the command takes.") }
    }
}

extension Int64 {
    /// Reads up to 18 ASCII digits; nil for anything else.
    init?(decimal digits: some Collection<UInt8>) {
        guard !digits.isEmpty, digits.count <= 18 else { return nil }
        self = 0
        for byte in digits {
            guard let digit = byte.decimalDigit else { return nil }
            self = self * 10 + Int64(digit)
        }
    }
}

/// A client's own name for one of its commands, 1 to 64 bytes without spaces. The answer repeats it.
public struct Reference: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// Creates a reference; nil if the text is empty, too long, or has spaces or control characters.
    public init?(_ text: String) {
        guard (1...Limits.referenceBytes).contains(text.utf8.count),
            !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f })
        else { return nil }
        self.text = text
    }

    init(unchecked text: String) {
        self.text = text
    }

    /// The reference in an answer to a command whose reference could not be read.
    public static let none = Reference(unchecked: "-")

    public var description: String { text }
}
