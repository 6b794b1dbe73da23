/// Writes JSON text into one growing buffer, and puts the commas where they belong.
///
///     var json = JSONWriter()
///     json.object { json in
///         json.member("incident", 1234)
///         json.array("recipients") { $0.string("fire") }
///     }
///
/// The caller keeps names and values in step; the writer does not check that an object has only members.
public struct JSONWriter: ~Copyable {
    /// The text written so far, UTF-8.
    @usableFromInline var buffer: ByteBuffer
    @usableFromInline var needsComma = false

    /// Creates a writer with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        buffer = ByteBuffer(capacity: capacity)
    }

    /// Removes the text and keeps the capacity.
    @inlinable
    public mutating func removeAll() {
        buffer.removeAll()
        needsComma = false
    }

    /// A copy of the text's bytes.
    public var bytes: [UInt8] { buffer.bytes }

    /// The number of bytes.
    public var count: Int { buffer.count }

    /// The text as a string.
    public var text: String { buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

    /// Lends the text's bytes. They must not be used after `body` returns.
    @inlinable
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withUnsafeBytes(body)
    }

    /// Writes an object whose members `body` writes.
    @inlinable
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        container(open: UInt8(ascii: "{"), close: UInt8(ascii: "}"), body)
    }

    /// Writes an array whose elements `body` writes.
    @inlinable
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        container(open: UInt8(ascii: "["), close: UInt8(ascii: "]"), body)
    }

    /// Writes an object as a member.
    @inlinable
    public mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    /// Writes an array as a member.
    @inlinable
    public mutating func array(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        array(body)
    }

    @inlinable
    public mutating func string(_ value: String) {
        separate()
        quoted(value)
    }

    @inlinable
    public mutating func integer(_ value: Int64) {
        separate()
        buffer.appendDecimal(value)
    }

    @inlinable
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    @inlinable
    public mutating func boolean(_ value: Bool) {
        separate()
        buffer.append(value ? "true" as StaticString : "false")
    }

    public mutating func double(_ value: Double) {
        separate()
        buffer.append(value.description)
    }

    public mutating func timestamp(_ value: Timestamp) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        value.append(to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    public mutating func null() {
        separate()
        buffer.append("null" as StaticString)
    }

    /// Writes a value that is JSON already, unchanged.
    public mutating func raw(_ json: [UInt8]) {
        separate()
        buffer.append(json)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: Int64) {
        key(name)
        integer(value)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: Int) { member(name, Int64(value)) }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        boolean(value)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: Timestamp) {
        key(name)
        timestamp(value)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, raw json: [UInt8]) {
        key(name)
        raw(json)
    }

    /// Writes a member, unless its value is nil.
    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, ifPresent value: Int64?) {
        if let value { member(name, value) }
    }

    /// A member, unless its value is nil.
    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, ifPresent value: String?) {
        if let value { member(name, value) }
    }

    /// Writes a member, unless its value is nil.
    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, ifPresent value: Timestamp?) {
        if let value { member(name, value) }
    }

    // MARK: Texts that need no escapes

    /// Writes a word of a closed list.
    @inlinable
    public mutating func member<Word: RawRepresentable<String> & CaseIterable>(_ name: StaticString, _ word: Word) {
        key(name)
        plain(word.rawValue)
    }

    /// Writes a word of a closed list, unless it is nil.
    @inlinable
    public mutating func member<Word: RawRepresentable<String> & CaseIterable>(
        _ name: StaticString, ifPresent word: Word?
    ) {
        if let word { member(name, word) }
    }

    @inlinable
    public mutating func recipient(_ recipient: Recipient) {
        plain(recipient.name)
    }

    @inlinable @inline(__always)
    public mutating func member(_ name: StaticString, _ value: Recipient) {
        key(name)
        recipient(value)
    }

    /// Writes a member, unless its value is nil.
    @inlinable
    public mutating func member(_ name: StaticString, ifPresent value: Recipient?) {
        if let value { member(name, value) }
    }

    /// Writes a member, unless its value is nil.
    public mutating func member(_ name: StaticString, ifPresent value: GridCode?) {
        guard let value else { return }
        key(name)
        separate()
        buffer.append(UInt8(ascii: "\""))
        buffer.appendDecimal(Int64(value.packed))
        buffer.append(UInt8(ascii: "\""))
    }

    /// Writes a member's name; its value must follow.
    ///
    /// Always inlined, as are the members: the caller knows the name's length, which saves 2,850 of an incident's
    /// 65,800 instructions.
    @inlinable @inline(__always)
    public mutating func key(_ name: StaticString) {
        let comma = needsComma
        buffer.append(upTo: name.utf8CodeUnitCount + 4) { room in
            // The quotation mark overwrites the comma if none is needed.
            room[0] = UInt8(ascii: ",")
            var end = comma ? 1 : 0
            room[end] = UInt8(ascii: "\"")
            end += 1
            UnsafeMutableRawBufferPointer(rebasing: room[end...]).copyMemory(
                from: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            end += name.utf8CodeUnitCount
            room[end] = UInt8(ascii: "\"")
            room[end + 1] = UInt8(ascii: ":")
            return end + 2
        }
        needsComma = false
    }

    /// Writes a member's name that is not known at compile time; its value must follow.
    @inlinable
    public mutating func key(escaping name: String) {
        separate()
        quoted(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }
}

extension JSONWriter {
    @inlinable
    mutating func container(open: UInt8, close: UInt8, _ body: (inout JSONWriter) -> Void) {
        separate()
        buffer.append(open)
        needsComma = false
        body(&self)
        buffer.append(close)
        needsComma = true
    }

    @inlinable
    mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    @usableFromInline
    mutating func quoted(_ value: String) {
        var value = value
        value.withUTF8 { text in
            let text = UnsafeRawBufferPointer(text)
            guard text.needEscape else { return appendQuoted(text) }
            buffer.append(UInt8(ascii: "\""))
            for byte in text { appendEscaped(byte) }
            buffer.append(UInt8(ascii: "\""))
        }
    }

    /// Writes a text that needs no escapes.
    @usableFromInline
    mutating func plain(_ value: String) {
        separate()
        var value = value
        value.withUTF8 { appendQuoted(UnsafeRawBufferPointer($0)) }
    }

    private mutating func appendQuoted(_ text: UnsafeRawBufferPointer) {
        buffer.append(upTo: text.count + 2) { room in
            room[0] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(rebasing: room[1...]).copyMemory(from: text)
            room[text.count + 1] = UInt8(ascii: "\"")
            return text.count + 2
        }
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        guard byte.needsEscape else { return buffer.append(byte) }
        switch byte {
        case UInt8(ascii: "\""): buffer.append("\\\"" as StaticString)
        case UInt8(ascii: "\\"): buffer.append("\\\\" as StaticString)
        case 0x0a: buffer.append("\\n" as StaticString)
        case 0x0d: buffer.append("\\r" as StaticString)
        case 0x09: buffer.append("\\t" as StaticString)
        default: appendUnicodeEscape(byte)
        }
    }

    private mutating func appendUnicodeEscape(_ byte: UInt8) {
        let digits: StaticString = "0123456789abcdef"
        buffer.append("\\u00" as StaticString)
        buffer.append(digits.utf8Start[Int(byte >> 4)])
        buffer.append(digits.utf8Start[Int(byte & 15)])
    }
}

extension UnsafeRawBufferPointer {
    /// True if any of these bytes needs an escape. Eight are looked at together.
    fileprivate var needEscape: Bool {
        guard count >= 8 else { return contains(where: \.needsEscape) }
        var offset = 0
        while offset + 8 < count {
            if loadUnaligned(fromByteOffset: offset, as: UInt64.self).hasByteThatNeedsEscape { return true }
            offset += 8
        }
        // Some of the last eight have been looked at already.
        return loadUnaligned(fromByteOffset: count - 8, as: UInt64.self).hasByteThatNeedsEscape
    }
}

extension UInt64 {
    /// True if any of the eight bytes needs an escape, by the arithmetic of Bit Twiddling Hacks, "Determine if a word
    /// has a byte less than n" and "equal to n" (https://graphics.stanford.edu/~seander/bithacks.html).
    fileprivate var hasByteThatNeedsEscape: Bool {
        let (ones, high): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let quote = self ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = self ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let control = (self &- ones &* 0x20) & ~self
        let found = control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        return found & high != 0
    }
}

extension UInt8 {
    /// True if a JSON string must escape this byte (RFC 8259, section 7).
    fileprivate var needsEscape: Bool {
        self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\")
    }
}
