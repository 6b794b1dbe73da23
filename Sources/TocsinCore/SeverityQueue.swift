import TocsinModel

/// The rank of an alert in a mailbox, 0 for what is sent first.
///
/// The most severe comes first. What is no alarm, as an exercise or a test, comes after all that are, however severe it is:
/// a drill never delays them.
struct DeliveryRank {
    static let count = 2 * Severity.allCases.count

    let value: UInt8

    init(_ severity: Severity, _ status: ReportStatus) {
        let comesLater =
            switch status {
            case .actual, .system: false
            case .exercise, .test, .draft: true
            }
        value = severity.rank + (comesLater ? UInt8(Severity.allCases.count) : 0)
    }
}

/// Waiting alert numbers, by their rank, oldest first within a rank.
struct SeverityQueue {
    /// The numbers by their rank.
    private var numbers = Array(repeating: NumberSet(), count: DeliveryRank.count)
    /// A bit for each rank that has numbers. Every alert that is sent asks for the first one twice.
    private var occupied: UInt16 = 0

    /// The first number, and its rank.
    var first: (rank: Int, number: AlertNumber)? {
        guard occupied != 0 else { return nil }
        let rank = occupied.trailingZeroBitCount
        return numbers[rank].first.map { (rank, $0) }
    }

    mutating func insert(_ number: AlertNumber, rank: DeliveryRank) {
        numbers[Int(rank.value)].insert(number)
        occupied |= 1 << UInt16(rank.value)
    }

    /// Removes the first number, if there is one.
    mutating func removeFirst() {
        guard occupied != 0 else { return }
        let rank = occupied.trailingZeroBitCount
        numbers[rank].removeFirst()
        if numbers[rank].isEmpty { occupied &= ~(1 << UInt16(rank)) }
    }

    mutating func removeAll() {
        for rank in numbers.indices where !numbers[rank].isEmpty { numbers[rank] = NumberSet() }
        occupied = 0
    }
}
