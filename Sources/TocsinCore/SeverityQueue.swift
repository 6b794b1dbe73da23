import TocsinModel

/// Alert numbers that wait, most severe first, oldest first within a severity.
struct SeverityQueue {
    /// By the rank of their severity.
    private var numbers = Array(repeating: NumberSet(), count: Severity.allCases.count)

    /// The number whose turn it is, and its severity's rank.
    var first: (rank: Int, number: AlertNumber)? {
        for rank in numbers.indices { if let number = numbers[rank].first { return (rank, number) } }
        return nil
    }

    mutating func insert(_ number: AlertNumber, severity: Severity) {
        numbers[Int(severity.rank)].insert(number)
    }

    mutating func removeFirst() {
        for rank in numbers.indices where !numbers[rank].isEmpty { return numbers[rank].removeFirst() }
    }

    mutating func removeAll() {
        for rank in numbers.indices where !numbers[rank].isEmpty { numbers[rank] = NumberSet() }
    }
}
