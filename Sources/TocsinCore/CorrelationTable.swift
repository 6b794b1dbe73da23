import HeapModule
import TocsinJournal
import TocsinModel

/// The incidents that reports of the same happening can join, and those that reports have joined. Most incidents have no key
/// to be joined by, and cost nothing here.
///
/// It is part of the durable state: the fold of the incidents' and the joined reports' records. Times are those of the
/// records.
struct CorrelationTable: Equatable {
    /// One incident.
    struct Line: Equatable {
        /// The sender of its own report.
        let sender: String
        /// The times of its own report and of the newest that has joined it.
        let first: Timestamp
        var last: Timestamp
        /// The reports so far, its own included.
        var count = 1
        /// The greatest severity that was told.
        var severity: Severity
        /// Everybody who was told of it by a report.
        var told: Set<Recipient>
        /// The events and places that were told, of one that reports name as their happening.
        var aspects: Set<String> = []
        /// The keys by which it can be joined; empty once its time is over.
        var keys: [CorrelationKey]
        /// True if people have to act on it. Then it can be joined while they do.
        var asksForAction: Bool
        /// The incidents of reports that an operator has taken out, by the records by which those had joined.
        var splits: [Position: IncidentNumber] = [:]

        /// The time until which a key finds it. It ends with the longest time in any case.
        func end(of key: CorrelationKey) -> Timestamp {
            min(last + .milliseconds(key.withinMilliseconds), first + .seconds(Limits.correlationHours * 3600))
        }

        /// The places of ``aspects``.
        var grids: [GridCode] { aspects.compactMap { GridCode(String($0.prefix { $0 != "\n" })) } }

        /// The time until which it can be joined.
        var end: Timestamp { keys.map(end(of:)).max() ?? first }
    }

    /// A time at which a line is looked at. The line's own end may be later.
    private struct Due: Comparable {
        let at: Timestamp
        let incident: IncidentNumber

        static func < (left: Due, right: Due) -> Bool { (left.at, left.incident) < (right.at, right.incident) }
    }

    private(set) var lines: [IncidentNumber: Line] = [:]
    private var incidents: [String: IncidentNumber] = [:]
    private var dues = Heap<Due>()
    /// The number of lines that can be joined.
    private var joinable = 0

    var isEmpty: Bool { lines.isEmpty }

    subscript(incident: IncidentNumber) -> Line? { lines[incident] }

    /// Returns the incident that a report with one of these keys is to join at a time, if its count allows.
    ///
    /// A clock that was ahead and was set right joins nothing: the time between two reports counts both ways.
    func incident(
        by keys: [CorrelationKey], at time: Timestamp, where canBeJoined: (IncidentNumber) -> Bool
    ) -> IncidentNumber? {
        for key in keys {
            guard let incident = incidents[key.text], let line = lines[incident],
                line.count < Limits.reportsPerIncident,
                let own = line.keys.first(where: { $0.text.isIdentical(to: key.text) }), time <= line.end(of: own),
                time + .milliseconds(own.withinMilliseconds) >= line.last, canBeJoined(incident)
            else { continue }
            return incident
        }
        return nil
    }

    /// Returns the incident that a report has become since an operator took it out of the one that it had joined; nil where
    /// nobody did, or where that incident is closed and can be joined no more.
    func split(of record: IncidentRecord, at number: IncidentNumber) -> IncidentNumber? {
        guard let joined = record.news?.joinedReport else { return nil }
        return lines[joined.incident]?.splits[number.position]
    }

    /// The event and the place of a report, of which a happening may have several.
    static func aspect(_ event: String, _ grid: GridCode?) -> String { "\(grid?.description ?? "-")\n\(event)" }

    // MARK: - The fold

    /// Adds an incident that can be joined, or notes one that has joined another.
    ///
    /// - Parameters:
    ///   - number: The incident, or the position of a report that told nobody, as a number.
    ///   - record: Its record.
    ///   - time: The record's time.
    ///   - isOpen: Says whether an incident is open.
    mutating func add(
        _ number: IncidentNumber, _ record: IncidentRecord, at time: Timestamp, isOpen: (IncidentNumber) -> Bool
    ) {
        if let split = record.split {
            lines[split.incident]?.splits[split.report] = number
        }
        if let joined = record.news?.joinedReport { join(joined, record, at: time) }
        guard !record.correlation.isEmpty else { return }
        endOld(before: time, isOpen: isOpen)
        var line = Line(
            sender: record.name.sender, first: time, last: time, severity: record.severity,
            told: Set(record.alerts.map(\.recipient)), keys: record.correlation,
            asksForAction: record.alerts.contains { $0.purpose == .action })
        if line.keys.contains(where: \.isHappening) { line.aspects = [Self.aspect(record.event, record.grid)] }
        while joinable >= Limits.correlations, let oldest = popOldest() { end(oldest, isOpen: isOpen) }
        for key in line.keys { incidents[key.text] = number }
        lines[number] = line
        joinable += 1
        dues.insert(Due(at: line.end, incident: number))
    }

    private mutating func join(_ joined: JoinedReport, _ record: IncidentRecord, at time: Timestamp) {
        guard var line = lines.removeValue(forKey: joined.incident) else { return }
        line.last = max(line.last, time)
        line.count = max(line.count, joined.count)
        if !record.alerts.isEmpty {
            line.severity = max(line.severity, record.severity)
            line.told.formUnion(record.alerts.map(\.recipient))
        }
        if !line.aspects.isEmpty, line.aspects.count < Limits.happeningAspects {
            line.aspects.insert(Self.aspect(record.event, record.grid))
        }
        lines[joined.incident] = line
    }

    /// Notes that a report of this severity was taken out of an incident. If none was told of a greater one, the incident
    /// has its own again; of one that has closed that is not known, and the next report rings.
    mutating func lowerSeverity(of number: IncidentNumber, from severity: Severity, to own: Severity?) {
        guard let told = lines[number]?.severity, told <= severity else { return }
        lines[number]?.severity = own ?? .unknown
    }

    /// Brings an incident back that was opened again. Nothing more joins it.
    mutating func reopen(_ record: ReopenedRecord, at time: Timestamp) {
        guard record.reports > 1, lines[record.incident] == nil else { return }
        var line = Line(
            sender: record.sender, first: time, last: time, count: record.reports, severity: record.severity,
            told: [], keys: [], asksForAction: true)
        line.splits = record.splits
        lines[record.incident] = line
    }

    /// Notes that an incident has closed. One on which people had to act is dealt with: what comes now is new.
    mutating func close(_ number: IncidentNumber) {
        guard let line = lines[number], line.asksForAction || line.keys.isEmpty else { return }
        remove(number)
    }

    /// Forgets an incident that somebody has ended.
    mutating func remove(_ number: IncidentNumber) {
        guard let line = lines.removeValue(forKey: number) else { return }
        forget(line.keys, of: number)
    }

    /// Ends what can no longer be joined.
    private mutating func endOld(before time: Timestamp, isOpen: (IncidentNumber) -> Bool) {
        while let due = dues.min, due.at < time, let oldest = popOldest(before: time) { end(oldest, isOpen: isOpen) }
    }

    /// Takes out the line whose time ends first, if that is before a time.
    private mutating func popOldest(before time: Timestamp? = nil) -> IncidentNumber? {
        while let due = dues.popMin() {
            guard let line = lines[due.incident], !line.keys.isEmpty else { continue }
            let end = line.end
            guard end == due.at else {
                dues.insert(Due(at: end, incident: due.incident))
                continue
            }
            if let time, end >= time {
                dues.insert(due)
                return nil
            }
            return due.incident
        }
        return nil
    }

    /// Lets nothing more join an incident. An open one that reports have joined is kept: they may be taken out of it, and a
    /// Cancel does not end what others have seen.
    private mutating func end(_ number: IncidentNumber, isOpen: (IncidentNumber) -> Bool) {
        guard let line = lines[number] else { return }
        forget(line.keys, of: number)
        if line.count > 1, isOpen(number) { lines[number]?.keys = [] } else { lines[number] = nil }
    }

    private mutating func forget(_ keys: [CorrelationKey], of number: IncidentNumber) {
        if !keys.isEmpty { joinable -= 1 }
        for key in keys where incidents[key.text] == number { incidents[key.text] = nil }
    }

    static func == (left: CorrelationTable, right: CorrelationTable) -> Bool { left.lines == right.lines }
}

// In a snapshot: the number of lines, then each: incident, sender, times, count, severity, those told, aspects, keys each
// with milliseconds, whether it asks for action, the records taken out each with its incident. See the extension of ``Broker`` that makes
// snapshots.
extension CorrelationTable {
    func write(to buffer: inout ByteBuffer) {
        buffer.appendNumber(UInt64(lines.count))
        for (number, line) in lines.sorted(by: { $0.key < $1.key }) {
            buffer.appendSigned(number.value)
            buffer.appendText(line.sender)
            buffer.appendSigned(line.first.milliseconds)
            buffer.appendSigned(line.last.milliseconds)
            buffer.appendNumber(UInt64(line.count))
            buffer.append(line.severity.rank)
            buffer.appendNumber(UInt64(line.told.count))
            for recipient in line.told.sorted() { buffer.appendText(recipient.name) }
            buffer.appendNumber(UInt64(line.aspects.count))
            for aspect in line.aspects.sorted() { buffer.appendText(aspect) }
            buffer.appendNumber(UInt64(line.keys.count))
            for key in line.keys {
                buffer.appendText(key.text)
                buffer.appendSigned(key.withinMilliseconds)
                // Another incident may have taken its place at this key.
                buffer.append(incidents[key.text] == number ? 1 : 0)
            }
            buffer.append(line.asksForAction ? 1 : 0)
            buffer.appendNumber(UInt64(line.splits.count))
            for (report, incident) in line.splits.sorted(by: { $0.key < $1.key }) {
                buffer.appendSigned(report.value)
                buffer.appendSigned(incident.value)
            }
        }
    }

    init(_ reader: inout SnapshotReader) throws(SnapshotDamage) {
        for _ in 0..<(try reader.count()) {
            let number = IncidentNumber(try reader.signed(from: 1))
            let (sender, first) = (try reader.text(), Timestamp(milliseconds: try reader.signed()))
            let (last, count) = (Timestamp(milliseconds: try reader.signed()), Int(clamping: try reader.number()))
            let rank = try reader.byte()
            guard let severity = Severity.allCases.first(where: { $0.rank == rank }) else { throw SnapshotDamage() }
            var line = Line(
                sender: sender, first: first, last: last, count: count, severity: severity, told: [], keys: [],
                asksForAction: false)
            for _ in 0..<(try reader.count()) {
                guard let recipient = Recipient(try reader.text()) else { throw SnapshotDamage() }
                line.told.insert(recipient)
            }
            for _ in 0..<(try reader.count()) { line.aspects.insert(try reader.text()) }
            for _ in 0..<(try reader.count()) {
                let key = CorrelationKey(try reader.text(), withinMilliseconds: try reader.signed())
                line.keys.append(key)
                if try reader.byte() == 1 { incidents[key.text] = number }
            }
            line.asksForAction = try reader.byte() == 1
            for _ in 0..<(try reader.count()) {
                let report = Position(try reader.signed(from: 1))
                line.splits[report] = IncidentNumber(try reader.signed(from: 1))
            }
            lines[number] = line
            guard !line.keys.isEmpty else { continue }
            joinable += 1
            dues.insert(Due(at: line.end, incident: number))
        }
    }
}

extension ByteBuffer {
    /// Appends the incident that a report has joined, and the count; or 0.
    mutating func append(_ joined: JoinedReport?) {
        appendSigned(joined?.incident.value ?? 0)
        if let joined { appendNumber(UInt64(clamping: joined.count)) }
    }
}

extension SnapshotReader {
    mutating func joined() throws(SnapshotDamage) -> JoinedReport? {
        let incident = IncidentNumber(try signed(from: 0))
        return incident.value == 0 ? nil : JoinedReport(incident, count: Int(clamping: try number()))
    }
}
