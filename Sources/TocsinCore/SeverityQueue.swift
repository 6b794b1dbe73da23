import TocsinModel

/// Waiting alert numbers, most severe first, oldest first within a severity.
struct SeverityQueue {
    /// The numbers by the rank of their severity.
    private var numbers = Array(repeating: NumberSet(), count: Severity.allCases.count)
    /// A bit for each rank that has numbers. Every alert that is sent asks for the first one twice.
    private var occupied: UInt8 = 0

    /// The first number, and its severity's rank.
    var first: (rank: Int, number: AlertNumber)? {
        guard occupied != 0 else { return nil }
        let rank = occupied.trailingZeroBitCount
        return numbers[rank].first.map { (rank, $0) }
    }

    mutating func insert(_ number: AlertNumber, severity: Severity) {
        numbers[Int(severity.rank)].insert(number)
        occupied |= 1 << UInt8(severity.rank)
    }

    /// Removes the first number, if there is one.
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
