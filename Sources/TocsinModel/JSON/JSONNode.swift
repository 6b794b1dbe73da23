/// One value in a parsed document. It is a view into its parser, valid only while ``JSONParser`` lends it.
///
/// A document is a tape of 64-bit slots, the type in the top byte and a payload of 56 bits below
/// (https://github.com/simdjson/simdjson/blob/v3.0.1/doc/tape.md):
///
///     type     payload                                  next value at
///     { [      slot after the matching end (32 bits)    payload
///     "        offset of a length-prefixed string       slot + 1
///     l u d    none; the number is the next slot        slot + 2
///     t f n    none                                     slot + 1
public struct JSONNode {
    let tape: UnsafePointer<UInt64>
    let strings: UnsafeRawPointer
    let index: Int

    /// The kind of a value.
    public enum Kind: String {
        case object, array, string, number, boolean, null
    }

    /// The kind of this value.
    public var kind: Kind {
        switch type {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    /// The text of a string; nil for another kind.
    public var string: String? {
        stringBytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The UTF-8 bytes of a string, unescaped; nil for another kind.
    public var stringBytes: UnsafeRawBufferPointer? {
        type == UInt8(ascii: "\"") ? bytes(at: index) : nil
    }

    /// A whole number that fits 64 bits; nil for fractions and for another kind.
    public var integer: Int64? {
        switch type {
        case UInt8(ascii: "l"): Int64(bitPattern: tape[index + 1])
        case UInt8(ascii: "u"): Int64(exactly: tape[index + 1])
        default: nil
        }
    }

    /// A number, whole or not; nil for another kind.
    public var double: Double? {
        switch type {
        case UInt8(ascii: "d"): Double(bitPattern: tape[index + 1])
        case UInt8(ascii: "u"): Double(tape[index + 1])
        default: integer.map(Double.init)
        }
    }

    /// A truth value; nil for another kind.
    public var boolean: Bool? {
        switch type {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// Calls `body` with the name, as UTF-8, and the value of each member, in the document's order. Does nothing unless
    /// the node is an object.
    @inlinable
    public func forEachMember<Failure: Error>(
        _ body: (UnsafeRawBufferPointer, JSONNode) throws(Failure) -> Void
    ) throws(Failure) {
        guard let (first, end) = memberSlots else { return }
        var slot = first
        while slot < end {
            let value = node(at: slot + 1)
            try body(bytes(at: slot), value)
            slot = value.next
        }
    }

    /// Calls `body` with each element in order. Does nothing unless the node is an array.
    @inlinable
    public func forEachElement<Failure: Error>(_ body: (JSONNode) throws(Failure) -> Void) throws(Failure) {
        guard let (first, end) = elementSlots else { return }
        var slot = first
        while slot < end {
            let value = node(at: slot)
            try body(value)
            slot = value.next
        }
    }

    /// The first member with this name; nil if there is none or the node is no object.
    public subscript(name: StaticString) -> JSONNode? {
        guard let (first, end) = memberSlots else { return nil }
        var slot = first
        while slot < end {
            let value = node(at: slot + 1)
            if bytes(at: slot).equals(name) { return value }
            slot = value.next
        }
        return nil
    }

    /// The numbers of an array of exactly two numbers; nil for anything else.
    public var twoNumbers: (Double, Double)? {
        guard let (start, end) = elementSlots, start < end else { return nil }
        let first = node(at: start)
        guard let firstNumber = first.double, first.next < end else { return nil }
        let second = node(at: first.next)
        guard let secondNumber = second.double, second.next == end else { return nil }
        return (firstNumber, secondNumber)
    }
}

extension JSONNode {
    private var type: UInt8 { UInt8(truncatingIfNeeded: tape[index] >> 56) }

    @usableFromInline var next: Int {
        switch type {
        case UInt8(ascii: "{"), UInt8(ascii: "["): endOfContainer
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    @usableFromInline var memberSlots: (first: Int, end: Int)? {
        type == UInt8(ascii: "{") ? (index + 1, endOfContainer - 1) : nil
    }

    @usableFromInline var elementSlots: (first: Int, end: Int)? {
        type == UInt8(ascii: "[") ? (index + 1, endOfContainer - 1) : nil
    }

    private var endOfContainer: Int { Int(UInt32(truncatingIfNeeded: tape[index])) }

    @usableFromInline func node(at slot: Int) -> JSONNode {
        JSONNode(tape: tape, strings: strings, index: slot)
    }

    @usableFromInline func bytes(at slot: Int) -> UnsafeRawBufferPointer {
        let start = strings + Int(tape[slot] & 0x00ff_ffff_ffff_ffff)
        let count = Int(start.loadUnaligned(as: UInt32.self))
        return UnsafeRawBufferPointer(start: start + 4, count: count)
    }
}

extension UnsafeRawBufferPointer {
    /// True if these bytes are exactly the text's UTF-8.
    public func equals(_ text: StaticString) -> Bool {
        equals(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// True if these bytes are exactly the others. Eight are compared together.
    package func equals(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard count >= 8 else {
            for index in indices where self[index] != other[index] { return false }
            return true
        }
        func differ(at offset: Int) -> Bool {
            loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        var offset = 0
        while offset + 8 < count {
            if differ(at: offset) { return false }
            offset += 8
        }
        // Some of the last eight have been compared already.
        return !differ(at: count - 8)
    }
}
