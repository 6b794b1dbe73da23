import TocsinModel

// The bytes of a snapshot. A number is written in groups of seven bits, the lowest first. A set eighth bit says that
// more follow (LEB128, as in DWARF 5, section 7.6). A number that may be negative is written as its index in the order
// 0, -1, 1, -2 …
//
//     300     10101100 00000010          -3     00000101

extension ByteBuffer {
    mutating func appendNumber(_ number: UInt64) {
        append(upTo: 10) { room in
            var (rest, count) = (number, 0)
            while rest > 0x7f {
                room[count] = UInt8(truncatingIfNeeded: rest) | 0x80
                rest >>= 7
                count += 1
            }
            room[count] = UInt8(truncatingIfNeeded: rest)
            return count + 1
        }
    }

    mutating func appendSigned(_ number: Int64) {
        appendNumber(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    /// Appends a text with its length before it.
    mutating func appendText(_ text: String) {
        appendNumber(UInt64(text.utf8.count))
        append(text)
    }
}

/// The error of a snapshot that cannot be restored. It ends too early, or has values that this version does not write.
struct SnapshotDamage: Error {}

/// Reads the bytes of a snapshot from the front.
struct SnapshotReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// The version of the snapshot, once it is known.
    var version: UInt64 = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws(SnapshotDamage) -> UInt8 {
        guard position < bytes.count else { throw SnapshotDamage() }
        position += 1
        return bytes[position - 1]
    }

    mutating func number() throws(SnapshotDamage) -> UInt64 {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try byte()
            guard shift < 64 else { throw SnapshotDamage() }
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    mutating func signed() throws(SnapshotDamage) -> Int64 {
        let number = try number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// Reads a signed number and adds it to `other`. The sum must not be below `lowest`.
    mutating func signed(from lowest: Int64 = .min, added other: Int64 = 0) throws(SnapshotDamage) -> Int64 {
        let (sum, overflow) = other.addingReportingOverflow(try signed())
        guard !overflow, sum >= lowest else { throw SnapshotDamage() }
        return sum
    }

    /// Reads the number of elements that follow, each of which takes at least a byte.
    mutating func count() throws(SnapshotDamage) -> Int {
        guard let count = Int(exactly: try number()), count <= bytes.count - position else { throw SnapshotDamage() }
        return count
    }

    /// Reads an index into a list of `limit` elements.
    mutating func index(below limit: Int) throws(SnapshotDamage) -> Int {
        guard let index = Int(exactly: try number()), index < limit else { throw SnapshotDamage() }
        return index
    }

    /// Reads a time in milliseconds; -1 stands for none.
    mutating func time() throws(SnapshotDamage) -> Int64? {
        let time = try signed(from: -1)
        return time < 0 ? nil : time
    }

    mutating func text() throws(SnapshotDamage) -> String {
        let count = try count()
        defer { position += count }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]), as: UTF8.self)
    }

    /// Reads an index and returns that element of `list`.
    mutating func element<Element>(of list: [Element]) throws(SnapshotDamage) -> Element {
        list[try index(below: list.count)]
    }
}
