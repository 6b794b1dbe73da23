public import TocsinModel

/// Alert numbers as RECEIVED lists them: `17` or `17-40,42`.
public struct NumberList: Hashable, Sendable, CustomStringConvertible {
    /// The ranges in the order they were written. They may touch or overlap.
    public private(set) var ranges: [ClosedRange<AlertNumber>]

    public init(_ ranges: [ClosedRange<AlertNumber>] = []) {
        self.ranges = ranges
    }

    /// The total of the ranges' lengths.
    public var count: Int { ranges.reduce(0) { $0 + $1.count } }

    public var isEmpty: Bool { ranges.isEmpty }

    /// Adds a number. Extends the last range if the number follows it.
    public mutating func append(_ number: AlertNumber) {
        if let last = ranges.last, last.upperBound.value + 1 == number.value {
            ranges[ranges.count - 1] = last.lowerBound...number
        } else {
            ranges.append(number...number)
        }
    }

    /// Reads a list.
    ///
    /// - Throws: `malformed` for anything but ranges of numbers from 1 on whose first number is not above the last, and
    ///   for more than ``TocsinModel/Limits/numberRanges`` ranges or ``TocsinModel/Limits/receivedNumbers`` numbers.
    public init(utf8 bytes: UnsafeRawBufferPointer) throws(Refusal) {
        ranges = []
        var total: Int64 = 0
        for part in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let bounds = part.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = Int64(decimal: bounds[0]), let last = Int64(decimal: bounds[bounds.count - 1]),
                first > 0, first <= last
            else {
                throw Refusal(.malformed, "Numbers are written '17' or '17-40,42'.", field: "numbers")
            }
            total += last - first + 1
            guard ranges.count < Limits.numberRanges, total <= Limits.receivedNumbers else {
                throw Refusal(
                    .malformed, "One RECEIVED names at most \(Limits.receivedNumbers) alerts.", field: "numbers")
            }
            ranges.append(AlertNumber(first)...AlertNumber(last))
        }
    }

    /// Appends the list in its form on the wire.
    public func append(to buffer: inout ByteBuffer) {
        for (index, range) in ranges.enumerated() {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            buffer.appendDecimal(range.lowerBound.value)
            if range.upperBound > range.lowerBound {
                buffer.append(UInt8(ascii: "-"))
                buffer.appendDecimal(range.upperBound.value)
            }
        }
    }

    public var description: String {
        var buffer = ByteBuffer(capacity: 32)
        append(to: &buffer)
        return buffer.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
