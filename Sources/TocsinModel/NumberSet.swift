/// Alert numbers as ascending ranges that do not touch: small and fast where numbers come nearly in order and leave in
/// that order, as a mailbox's do.
///
/// A set can be bounded: when it has too many ranges, it forgets the lowest tenth of them.
public struct NumberSet: Sendable {
    /// The ranges from `head` on are the set; those before it have left at the front, and their places go in one move.
    private var ranges: [ClosedRange<Int64>] = []
    private var head = 0
    private let maximumRanges: Int

    public init(maximumRanges: Int = .max) {
        self.maximumRanges = maximumRanges
    }

    public var isEmpty: Bool { head == ranges.count }

    /// The lowest number.
    public var first: AlertNumber? { isEmpty ? nil : AlertNumber(ranges[head].lowerBound) }

    /// Every number, ascending.
    public var numbers: some Sequence<AlertNumber> { ranges[head...].lazy.joined().map { AlertNumber($0) } }

    /// The numbers as ranges, ascending and apart.
    public var allRanges: [ClosedRange<AlertNumber>] {
        ranges[head...].map { AlertNumber($0.lowerBound)...AlertNumber($0.upperBound) }
    }

    public func contains(_ number: AlertNumber) -> Bool {
        guard !isEmpty, let last = ranges.last, number.value <= last.upperBound else { return false }
        return ranges[firstRange(endingFrom: number.value)].contains(number.value)
    }

    /// Adds a number; false where it is there already.
    @discardableResult
    public mutating func insert(_ number: AlertNumber) -> Bool {
        let value = number.value
        guard !isEmpty, let last = ranges.last, value <= last.upperBound + 1 else {
            ranges.append(value...value)
            if ranges.count - head > maximumRanges { dropFirst(max(1, maximumRanges / 10)) }
            return true
        }
        if value == last.upperBound + 1 {
            ranges[ranges.count - 1] = last.lowerBound...value
            return true
        }
        return insertBefore(value)
    }

    /// Removes the lowest number.
    ///
    /// - Precondition: The set is not empty.
    public mutating func removeFirst() {
        let range = ranges[head]
        if range.lowerBound == range.upperBound {
            dropFirst(1)
        } else {
            ranges[head] = range.lowerBound + 1...range.upperBound
        }
    }

    /// Removes every number of a range and returns those that were there, ascending and apart.
    @discardableResult
    public mutating func remove(_ numbers: ClosedRange<AlertNumber>) -> [ClosedRange<AlertNumber>] {
        var removed: [ClosedRange<AlertNumber>] = []
        remove(numbers) { removed.append($0) }
        return removed
    }

    /// Removes every number of a range; `removed` is told of those that were there, ascending and apart.
    public mutating func remove(_ numbers: ClosedRange<AlertNumber>, _ removed: (ClosedRange<AlertNumber>) -> Void) {
        let (first, last) = (numbers.lowerBound.value, numbers.upperBound.value)
        guard !isEmpty, let end = ranges.last?.upperBound, first <= end else { return }
        var index = firstRange(endingFrom: first)
        while index < ranges.count, ranges[index].lowerBound <= last {
            let range = ranges[index]
            removed(AlertNumber(max(first, range.lowerBound))...AlertNumber(min(last, range.upperBound)))
            switch (range.lowerBound < first, range.upperBound > last) {
            case (false, false) where index == head:
                head += 1
                index = head
            case (false, false): ranges.remove(at: index)
            case (true, false):
                ranges[index] = range.lowerBound...first - 1
                index += 1
            case (false, true): ranges[index] = last + 1...range.upperBound
            case (true, true):
                ranges[index] = range.lowerBound...first - 1
                ranges.insert(last + 1...range.upperBound, at: index + 1)
            }
            if range.upperBound > last { break }
        }
        dropFirst(0)
    }

    /// Takes ranges off the front, and gives their places back when they are most of all.
    private mutating func dropFirst(_ count: Int) {
        head += count
        guard head > 32, head * 2 > ranges.count else { return }
        ranges.removeFirst(head)
        head = 0
    }

    private mutating func insertBefore(_ value: Int64) -> Bool {
        let index = firstRange(endingFrom: value)
        guard !ranges[index].contains(value) else { return false }
        let touchesNext = ranges[index].lowerBound == value + 1
        let touchesPrevious = index > head && ranges[index - 1].upperBound == value - 1
        switch (touchesPrevious, touchesNext) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound...value
        case (false, true): ranges[index] = value...ranges[index].upperBound
        case (false, false): ranges.insert(value...value, at: index)
        }
        return true
    }

    /// The first range whose upper bound is `value` or more, by bisection; there must be one.
    private func firstRange(endingFrom value: Int64) -> Int {
        if ranges[head].upperBound >= value { return head }
        return ranges[head..<ranges.count - 1].partitioningIndex { $0.upperBound >= value }
    }
}
