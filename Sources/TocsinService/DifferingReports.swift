import TocsinCore
import TocsinJournal
import TocsinModel

/// Reports that came under the name of another one and were not stored: what the log says of them.
///
/// A sensor that counts from 1 again after its battery was changed reports so for weeks, so the log has a line when it
/// begins, and one a minute while it goes on.
struct DifferingReports {
    /// Between two lines, in milliseconds.
    private static let interval: Int64 = 60_000

    /// What one line says.
    struct Line {
        /// Of the report that came first since the last line.
        let name: ReportName
        /// The incident that has this name.
        let incident: IncidentNumber
        /// How many have come since the last line.
        var count: Int
    }

    private var next: Line?
    private var lastLine: Int64?

    mutating func note(_ receipt: IncidentReceipt) {
        if next == nil { next = Line(name: receipt.record.name, incident: receipt.incident, count: 0) }
        next?.count += 1
    }

    /// The line that is due, once; nil where there is none. `uptime` is in milliseconds.
    mutating func takeLine(at uptime: Int64) -> Line? {
        guard next != nil, lastLine.map({ uptime - $0 >= Self.interval }) ?? true else { return nil }
        lastLine = uptime
        return next.take()
    }
}
