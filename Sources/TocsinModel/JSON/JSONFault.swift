/// The position at which a text stops being JSON (RFC 8259), as an editor counts it.
///
/// simdjson says that a document is wrong and not where. This reads it once more, byte by byte, and only then.
public struct JSONFault: Hashable, Sendable {
    /// From 1 on.
    public let line: Int
    /// In characters, from 1 on.
    public let column: Int
    /// True if the text ends before it is whole.
    public let isCutOff: Bool

    /// The first byte at fault; nil for a document in which nothing is found.
    public init?(in bytes: UnsafeRawBufferPointer) {
        var scan = JSONScan(bytes)
        guard !scan.document() else { return nil }
        self.init(at: scan.position, in: bytes)
    }

    private init(at position: Int, in bytes: UnsafeRawBufferPointer) {
        isCutOff = position >= bytes.count
        let before = bytes[..<min(position, bytes.count)]
        line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // The bytes 10xxxxxx go on with a character of UTF-8.
        column = before[start...].count { $0 & 0xc0 != 0x80 } + 1
    }
}

/// One pass over a text, which stops at the first byte that JSON does not have there.
private struct JSONScan {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() -> Bool {
        guard value(depth: 0) else { return false }
        space()
        return position == bytes.count
    }

    private mutating func value(depth: Int) -> Bool {
        space()
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return container(depth: depth + 1)
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        case let byte? where byte == UInt8(ascii: "-") || byte.decimalDigit != nil: return number()
        case .some, nil: return false
        }
    }

    private mutating func container(depth: Int) -> Bool {
        guard depth <= Limits.jsonDepth else { return false }
        let isObject = take(UInt8(ascii: "{"))
        if !isObject { position += 1 }
        let end = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        space()
        guard !take(end) else { return true }
        while true {
            space()
            if isObject {
                guard next == UInt8(ascii: "\""), string() else { return false }
                space()
                guard take(UInt8(ascii: ":")) else { return false }
            }
            guard value(depth: depth) else { return false }
            space()
            if take(end) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
        }
    }

    private mutating func string() -> Bool {
        position += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case ..<0x20: return false
            case ..<0x80: position += 1
            default: guard character() else { return false }
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        let start = position
        position += 2
        guard start + 1 < bytes.count else { return false }
        switch bytes[start + 1] {
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal() else { break }
            guard unit & 0xf800 == 0xd800 else { return true }
            // Half of a pair: the other half must follow.
            if unit < 0xdc00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = hexadecimal(),
                low & 0xfc00 == 0xdc00
            {
                return true
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return true
        default: break
        }
        position = start
        return false
    }

    private mutating func hexadecimal() -> UInt16? {
        guard position + 4 <= bytes.count else { return nil }
        defer { position += 4 }
        let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        return digits.first == "+" ? nil : UInt16(digits, radix: 16)
    }

    /// A character of several bytes.
    private mutating func character() -> Bool {
        let length = bytes[position] >= 0xf0 ? 4 : bytes[position] >= 0xe0 ? 3 : 2
        let text = bytes[position..<min(position + length, bytes.count)]
        guard text.count == length, String(validating: text, as: UTF8.self)?.unicodeScalars.count == 1 else {
            return false
        }
        position += length
        return true
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { guard digits() else { return false } }
        if take(UInt8(ascii: ".")) { guard digits() else { return false } }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while next?.decimalDigit != nil { position += 1 }
        return position > start
    }

    private mutating func word(_ word: String) -> Bool {
        for byte in word.utf8 where !take(byte) { return false }
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func space() {
        while next == 0x20 || next == 0x0a || next == 0x0d || next == 0x09 { position += 1 }
    }
}
