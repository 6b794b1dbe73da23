import TocsinModel

/// Alert numbers that wait, most severe first, oldest first within a severity.
struct SeverityQueue {
    /// By the rank of their severity.
    private var numbers = Array(repeating: NumberSet(), count: Severity.allCases.count)
    /// A bit for each rank that has some: every alert that is sent asks for the first one twice.
    private var occupied: UInt8 = 0

    /// The number whose turn it is, and its severity's rank.
    var first: (rank: Int, number: AlertNumber)? {
        guard occupied != 0 else { return nil }
        let rank = occupied.trailingZeroBitCount
        return numbers[rank].first.map { (rank, $0) }
    }

    mutating func insert(_ number: AlertNumber, severity: Severity) {
        numbers[Int(severity.rank)].insert(number)
        occupied |= 1 << UInt8(severity.rank)
    }

    /// Removes the number whose turn it is, if there is one.
    mutating func removeFirst() {
        guard occupied != 0 else { return }
        let rank = occupied.trailingZeroBitCount
        numbers[rank].removeFirst()
        if numbers[rank].isEmpty { occupied &= ~(1 << UInt8(rank)) }
    }

    mutating func removeAll() {
        for rank in numbers.indices where !numbers[rank].isEmpty { numbers[rank] = NumberSet() }
        occupied = 0
    }
}
