import TocsinJournal
import TocsinModel

/// The Updates and Cancels of incidents that are open, or whose news is. Most incidents have none, and cost nothing here.
///
/// It is part of the durable state: the fold of the incidents' records.
struct NewsTable: Equatable {
    /// The news of one incident.
    struct Line: Equatable {
        /// The greatest severity that an Update has told of it.
        var severity = Severity.unknown
        /// The mailboxes that were told of its news.
        var told: Set<Recipient> = []
        /// The open incidents that are news of it, each with its own report's sender.
        var open: [IncidentNumber: String] = [:]
    }

    private(set) var lines: [IncidentNumber: Line] = [:]
    /// The incidents that an open one is news of.
    private(set) var roots: [IncidentNumber: [IncidentNumber]] = [:]

    var isEmpty: Bool { lines.isEmpty }

    subscript(incident: IncidentNumber) -> Line? { lines[incident] }

    /// Adds an open incident, if it is news of others.
    mutating func add(
        _ number: IncidentNumber, _ news: ReportNews, _ severity: Severity, of sender: String,
        told: [IncidentRecord.Alert]
    ) {
        guard !news.roots.isEmpty else { return }
        roots[number] = news.roots.map(\.incident)
        for root in news.roots {
            var line = lines.removeValue(forKey: root.incident) ?? Line()
            if news.type != .cancel { line.severity = max(line.severity, severity) }
            line.told.formUnion(told.map(\.recipient))
            line.open[number] = sender
            lines[root.incident] = line
        }
    }

    /// Notes that a report of this severity was taken out of an incident. If none of its news has told a greater one, it is
    /// forgotten how severe they were.
    mutating func lowerSeverity(of number: IncidentNumber, from severity: Severity) {
        guard let told = lines[number]?.severity, told <= severity else { return }
        lines[number]?.severity = .unknown
    }

    /// Notes that a step has told somebody of an open incident, which may be news of others.
    mutating func note(_ recipient: Recipient, toldOf number: IncidentNumber) {
        for root in roots[number] ?? [] { lines[root]?.told.insert(recipient) }
    }

    /// Forgets an incident that has closed, and what nobody can ask for any more.
    ///
    /// - Parameters:
    ///   - number: The incident.
    ///   - isOpen: Says whether another one is open.
    mutating func remove(_ number: IncidentNumber, isOpen: (IncidentNumber) -> Bool) {
        for root in roots.removeValue(forKey: number) ?? [] {
            lines[root]?.open[number] = nil
            if lines[root]?.open.isEmpty ?? false, !isOpen(root) { lines[root] = nil }
        }
        if lines[number]?.open.isEmpty ?? false { lines[number] = nil }
    }
}

// In a snapshot: the number of lines, then each: incident, severity, the recipients told, the open incidents with their
// senders. See the extension of ``Broker`` that makes snapshots.
extension NewsTable {
    func write(to buffer: inout ByteBuffer) {
        buffer.appendNumber(UInt64(lines.count))
        for (root, line) in lines.sorted(by: { $0.key < $1.key }) {
            buffer.appendSigned(root.value)
            buffer.append(line.severity.rank)
            buffer.appendNumber(UInt64(line.told.count))
            for recipient in line.told.sorted() { buffer.appendText(recipient.name) }
            buffer.appendNumber(UInt64(line.open.count))
            for (number, sender) in line.open.sorted(by: { $0.key < $1.key }) {
                buffer.appendSigned(number.value)
                buffer.appendText(sender)
            }
        }
        // The order of an incident's roots is that of its report, and decides nothing here.
    }

    init(_ reader: inout SnapshotReader) throws(SnapshotDamage) {
        for _ in 0..<(try reader.count()) {
            let root = IncidentNumber(try reader.signed(from: 1))
            var line = Line()
            let rank = try reader.byte()
            guard let severity = Severity.allCases.first(where: { $0.rank == rank }) else { throw SnapshotDamage() }
            line.severity = severity
            for _ in 0..<(try reader.count()) {
                guard let recipient = Recipient(try reader.text()) else { throw SnapshotDamage() }
                line.told.insert(recipient)
            }
            for _ in 0..<(try reader.count()) {
                let number = IncidentNumber(try reader.signed(from: 1))
                line.open[number] = try reader.text()
                roots[number, default: []].append(root)
            }
            lines[root] = line
        }
    }

    static func == (left: NewsTable, right: NewsTable) -> Bool { left.lines == right.lines }
}
