/// A set of alert numbers, held as ascending ranges that do not touch. It is small and fast where numbers come nearly
/// in order and leave in that order, as in a mailbox.
///
/// A set can be bounded. When it has too many ranges, it drops the lowest tenth of them.
public struct NumberSet: Sendable {
    /// The ranges. Those from `head` on are the set; those before it have been removed, and are erased in one move.
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

    /// The numbers as ascending ranges that do not touch.
    public var allRanges: [ClosedRange<AlertNumber>] {
        ranges[head...].map { AlertNumber($0.lowerBound)...AlertNumber($0.upperBound) }
    }

    public func contains(_ number: AlertNumber) -> Bool {
        guard !isEmpty, let last = ranges.last, number.value <= last.upperBound else { return false }
        return ranges[firstRange(endingFrom: number.value)].contains(number.value)
    }

    /// Inserts a number. Returns false if the set already contains it.
    @discardableResult
    public mutating func insert(_ number: AlertNumber) -> Bool {
        let value = number.value
        guard !isEmpty, let last = ranges.last, value <= last.upperBound + 1 else {
            ranges.append(value...value)
            keepBound()
            return true
        }
        if value == last.upperBound + 1 {
            ranges[ranges.count - 1] = last.lowerBound...value
            return true
        }
        return insertBefore(value)
    }

    /// Removes every number. The bound stays.
    public mutating func removeAll() {
        ranges = []
        head = 0
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

    /// Removes every number of a range and returns the removed numbers as ascending ranges that do not touch.
    @discardableResult
    public mutating func remove(_ numbers: ClosedRange<AlertNumber>) -> [ClosedRange<AlertNumber>] {
        var removed: [ClosedRange<AlertNumber>] = []
        remove(numbers) { removed.append($0) }
        return removed
    }

    /// Removes every number of a range and calls `removed` with the removed numbers, as ascending ranges that do not
    /// touch.
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

    /// Removes ranges from the front. Erases the removed ranges when they are most of all.
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
        case (false, false):
            ranges.insert(value...value, at: index)
            keepBound()
        }
        return true
    }

    private mutating func keepBound() {
        if ranges.count - head > maximumRanges { dropFirst(max(1, maximumRanges / 10)) }
    }

    /// Returns the index of the first range whose upper bound is `value` or more, by bisection. There must be one.
    private func firstRange(endingFrom value: Int64) -> Int {
        if ranges[head].upperBound >= value { return head }
        return ranges[head..<ranges.count - 1].partitioningIndex { $0.upperBound >= value }
    }
}
