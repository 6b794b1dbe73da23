/// Alert numbers as ascending ranges that do not touch: small and fast where numbers come nearly in order.
///
/// A set can be bounded: when it has too many ranges, it forgets the lowest tenth of them.
public struct NumberSet: Sendable {
    private var ranges: [ClosedRange<Int64>] = []
    private let maximumRanges: Int

    public init(maximumRanges: Int = .max) {
        self.maximumRanges = maximumRanges
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// Every number, ascending.
    public var numbers: some Sequence<AlertNumber> { ranges.lazy.joined().map { AlertNumber($0) } }

    public func contains(_ number: AlertNumber) -> Bool {
        guard let last = ranges.last, number.value <= last.upperBound else { return false }
        return ranges[firstRange(endingFrom: number.value)].contains(number.value)
    }

    /// Adds a number; false where it is there already.
    @discardableResult
    public mutating func insert(_ number: AlertNumber) -> Bool {
        let value = number.value
        guard let last = ranges.last, value <= last.upperBound + 1 else {
            ranges.append(value...value)
            if ranges.count > maximumRanges { ranges.removeFirst(max(1, maximumRanges / 10)) }
            return true
        }
        if value == last.upperBound + 1 {
            ranges[ranges.count - 1] = last.lowerBound...value
            return true
        }
        return insertBefore(value)
    }

    /// Removes every number of a range and returns those that were there, ascending and apart.
    public mutating func remove(_ numbers: ClosedRange<AlertNumber>) -> [ClosedRange<AlertNumber>] {
        let (first, last) = (numbers.lowerBound.value, numbers.upperBound.value)
        guard let end = ranges.last?.upperBound, first <= end else { return [] }
        var index = firstRange(endingFrom: first)
        var removed: [ClosedRange<AlertNumber>] = []
        while index < ranges.count, ranges[index].lowerBound <= last {
            let range = ranges[index]
            removed.append(AlertNumber(max(first, range.lowerBound))...AlertNumber(min(last, range.upperBound)))
            var rest: [ClosedRange<Int64>] = []
            if range.lowerBound < first { rest.append(range.lowerBound...first - 1) }
            if range.upperBound > last { rest.append(last + 1...range.upperBound) }
            ranges.replaceSubrange(index...index, with: rest)
            index += rest.count
        }
        return removed
    }

    private mutating func insertBefore(_ value: Int64) -> Bool {
        let index = firstRange(endingFrom: value)
        guard !ranges[index].contains(value) else { return false }
        let touchesNext = ranges[index].lowerBound == value + 1
        let touchesPrevious = index > 0 && ranges[index - 1].upperBound == value - 1
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
        var (low, high) = (0, ranges.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
