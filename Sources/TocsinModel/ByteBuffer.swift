/// A growing buffer of bytes that are appended and then lent. Headers, JSON and snapshots are written into it.
///
/// An emptied buffer keeps its capacity, so repeated use allocates nothing. Capacity is checked once for each piece and
/// not for each byte, which is why this is not an array.
///
/// `@unchecked Sendable`: this value alone owns the memory, and it cannot be copied.
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    @usableFromInline var start: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    /// The number of bytes written.
    @usableFromInline private(set) var written = 0
    private let alignment: Int

    /// Creates a buffer with room for `capacity` bytes. The first byte's address is a multiple of `alignment`.
    public init(capacity: Int = 256, alignment: Int = 16) {
        self.capacity = max(capacity, 16)
        self.alignment = alignment
        start = Self.allocate(self.capacity, alignment)
    }

    private static func allocate(_ capacity: Int, _ alignment: Int) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: alignment).bindMemory(
            to: UInt8.self, capacity: capacity)
    }

    deinit {
        start.deallocate()
    }

    /// The number of bytes written.
    @inlinable public var count: Int { written }

    @inlinable public var isEmpty: Bool { written == 0 }

    /// A copy of the bytes.
    public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

    /// Removes the bytes and keeps the capacity.
    @inlinable
    public mutating func removeAll() {
        written = 0
    }

    /// Lends the bytes for reading. They must not be used after `body` returns.
    @inlinable
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: written))
    }

    /// Lends the bytes for changing them in place.
    @inlinable
    public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableRawBufferPointer(start: start, count: written))
    }

    // MARK: Writing

    @inlinable
    public mutating func append(_ byte: UInt8) {
        makeRoom(for: 1)
        start[written] = byte
        written += 1
    }

    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        makeRoom(for: bytes.count)
        UnsafeMutableRawPointer(start + written).copyMemory(from: source, byteCount: bytes.count)
        written += bytes.count
    }

    /// Appends a number's bytes in little-endian order.
    @inlinable
    public mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append($0) }
    }

    /// Appends the bytes that `fill` writes into the space it is given, at most `count`. `fill` returns how many it has
    /// written.
    @inlinable @inline(__always)
    public mutating func append(upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int) {
        makeRoom(for: count)
        let filled = fill(UnsafeMutableRawBufferPointer(start: start + written, count: count))
        precondition((0...count).contains(filled), "No more is written than there is room for.")
        written += filled
    }

    /// Appends zeros.
    public mutating func append(zeros: Int) {
        makeRoom(for: zeros)
        (start + written).initialize(repeating: 0, count: zeros)
        written += zeros
    }

    @inlinable
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// Appends a text's UTF-8.
    @inlinable
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a whole number in decimal.
    @inlinable
    public mutating func appendDecimal(_ value: Int64) {
        makeRoom(for: 20)
        if value < 0 {
            start[written] = UInt8(ascii: "-")
            written += 1
        }
        var rest = value.magnitude
        var offset = written + rest.decimalDigits
        written = offset
        while rest >= 100 {
            let (hundreds, two) = rest.quotientAndRemainder(dividingBy: 100)
            offset -= 2
            setTwoDigits(Int(two), at: offset)
            rest = hundreds
        }
        if rest >= 10 {
            setTwoDigits(Int(rest), at: offset - 2)
        } else {
            start[offset - 1] = UInt8(ascii: "0") + UInt8(rest)
        }
    }

    /// Replaces two written bytes, of which the first is `fromEnd` bytes before the end, with the digits of a number
    /// from 0 to 99.
    @inlinable @inline(__always)
    mutating func setTwoDigits(_ value: Int, fromEnd: Int) {
        precondition((2...written).contains(fromEnd), "Both bytes have been written.")
        setTwoDigits(value, at: written - fromEnd)
    }

    /// - Precondition: The number is 0 to 99.
    @inlinable @inline(__always)
    mutating func setTwoDigits(_ value: Int, at offset: Int) {
        // The digits are looked up and copied together: this is done some 120 times for an incident.
        let digits: StaticString = """
            00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051\
            525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
            """
        precondition((0..<100).contains(value), "Two digits hold it.")
        let two = UnsafeRawPointer(digits.utf8Start + 2 * value).loadUnaligned(as: UInt16.self)
        UnsafeMutableRawPointer(start + offset).storeBytes(of: two, as: UInt16.self)
    }

    @inlinable
    mutating func makeRoom(for more: Int) {
        if capacity - written < more { grow(by: more) }
    }

    @usableFromInline
    mutating func grow(by more: Int) {
        let larger = max(capacity * 2, written + more)
        let moved = Self.allocate(larger, alignment)
        moved.update(from: start, count: written)
        start.deallocate()
        (start, capacity) = (moved, larger)
    }
}

extension UInt64 {
    /// The number of decimal digits, 1 for 0.
    @inlinable var decimalDigits: Int {
        var (rest, digits) = (self, 1)
        while rest >= 10_000 {
            rest /= 10_000
            digits += 4
        }
        return digits + (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
    }
}
