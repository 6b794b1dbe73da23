import DequeModule
import TocsinModel
import TocsinWire

/// Reports that are accepted but not yet on disk. A report that comes again meanwhile is found here; after the commit
/// the journal finds it.
struct UncommittedReports {
    private var queue: Deque<(position: Position, name: ReportName, bytes: Int)> = []
    private var receipts: [ReportName: Receipt] = [:]
    /// The size of all their bodies.
    private(set) var bytes = 0

    var count: Int { queue.count }

    func receipt(for name: ReportName) -> Receipt? { receipts[name] }

    mutating func add(_ name: ReportName, _ receipt: Receipt, bytes: Int) {
        queue.append((receipt.incident.position, name, bytes))
        receipts[name] = receipt
        self.bytes += bytes
    }

    mutating func removeAll(through position: Position) {
        while let first = queue.first, first.position <= position {
            queue.removeFirst()
            receipts[first.name] = nil
            bytes -= first.bytes
        }
    }
}
