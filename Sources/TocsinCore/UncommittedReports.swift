import DequeModule
import TocsinJournal
import TocsinModel

/// Reports that are accepted but not yet on disk. A report that comes again meanwhile is found here. After the commit
/// the journal finds it.
struct UncommittedReports {
    private var queue: Deque<IncidentReceipt> = []
    private var receipts: [ReportName: IncidentReceipt] = [:]
    /// The size of all their bodies, in bytes.
    private(set) var bytes = 0

    var count: Int { queue.count }

    func receipt(for name: ReportName) -> IncidentReceipt? { receipts[name] }

    mutating func add(_ receipt: IncidentReceipt) {
        queue.append(receipt)
        receipts[receipt.record.name] = receipt
        bytes += receipt.record.report.count
    }

    mutating func removeAll(through position: Position) {
        while !queue.isEmpty, queue[0].incident.position <= position {
            let first = queue.removeFirst()
            receipts.removeValue(forKey: first.record.name)
            bytes -= first.record.report.count
        }
    }
}
