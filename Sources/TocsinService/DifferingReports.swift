import TocsinCore
import TocsinJournal
import TocsinModel

/// The log's account of reports that came under another report's name and were not stored.
///
/// A sensor that counts from 1 again after a change of its battery sends such reports for weeks. So the log has a line
/// at the beginning, and one a minute while they go on.
struct DifferingReports {
    /// The time between two lines, in milliseconds.
    private static let interval: Int64 = 60_000

    /// The content of one line.
    struct Line {
        /// The name of the first such report since the last line.
        let name: ReportName
        /// The incident that has this name.
        let incident: IncidentNumber
        /// The number of such reports since the last line.
        var count: Int
    }

    private var next: Line?
    private var lastLine: Int64?

    mutating func note(_ receipt: IncidentReceipt) {
        if next == nil { next = Line(name: receipt.record.name, incident: receipt.incident, count: 0) }
        next?.count += 1
    }

    /// Returns the line that is due, once, or nil. `uptime` is in milliseconds.
    mutating func takeLine(at uptime: Int64) -> Line? {
        guard next != nil, lastLine.map({ uptime - $0 >= Self.interval }) ?? true else { return nil }
        lastLine = uptime
        return next.take()
    }
}
