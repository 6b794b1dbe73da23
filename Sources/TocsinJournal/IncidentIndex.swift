public import TocsinModel

/// Finds records of the log: by a report's name, by an incident, or by a position. The index is always on this machine,
/// and can be made again from the log.
///
/// An index belongs to one thread. It sees every append that had been answered when it is asked.
public protocol IncidentIndex: AnyObject, Sendable {
    /// Returns for each name the incident that its report became, or nil. For a report that joined an incident and told
    /// nobody it is the position of its record, as a number.
    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?]

    /// Returns the incident's entry with its report, or nil for a number that is not an incident's.
    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry?

    /// Replaces `reports` by the report of an incident as it was sent, and those of the incidents after it, in order,
    /// until there are at least `bytes` bytes. The caller will soon ask for the next ones, too. There are none for a
    /// number that is not an incident's.
    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError)

    /// Returns all records about one incident, in order: its entry, RECEIVED alerts, people's words, steps, its ends,
    /// the reports that are news of it before any other, those that were taken out of it, and the newest
    /// ``TocsinModel/Limits/listedReports`` of its ratings and of the reports that have joined it and told nobody.
    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry]

    /// Returns the entries by which one incident was given alerts after its report, in order: its steps and reopenings. It
    /// costs no more than finding them.
    func steps(of number: IncidentNumber) throws(JournalError) -> [JournalEntry]

    /// Returns true if a report that a principal sent has joined an incident.
    func isJoined(_ number: IncidentNumber, by principal: String) throws(JournalError) -> Bool

    /// Returns the newest incidents' entries, newest first, without their reports, at most `limit`, all before
    /// `before`.
    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry]

    /// Returns the entries at these positions, in order, without the reports of incidents.
    func entries(at positions: Range<Position>) throws(JournalError) -> [JournalEntry]

    /// Returns the entry at a position, if there is one.
    func entry(at position: Position) throws(JournalError) -> JournalEntry?

    /// Returns the subscriptions that stood before a record, in the order of their records.
    func subscriptions(before position: Position) throws(JournalError) -> [Subscription]

    /// Writes the answer to STATS: how the alerts of a time went.
    ///
    /// - Parameters:
    ///   - question: What they are counted by.
    ///   - now: The time at which what is open is judged.
    ///   - json: The writer. Nothing is written if an error is thrown.
    /// - Throws: A ``TocsinModel/Refusal`` if there are too many alerts, and ``JournalError``.
    func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) throws
}

extension Sequence<JournalEntry> {
    /// Returns the entries, of joined reports and of ratings only the newest ``TocsinModel/Limits/listedReports`` each.
    public func keepingNewest() -> [JournalEntry] {
        var entries = Array(self)
        for kind in [JournalRecord.Kind.joined, .rated] {
            let positions = entries.lazy.filter { $0.record.kind == kind }.map(\.position).sorted()
            guard positions.count > Limits.listedReports else { continue }
            let oldest = positions[positions.count - Limits.listedReports]
            entries.removeAll { $0.record.kind == kind && $0.position < oldest }
        }
        return entries
    }
}

extension IncidentIndex {
    /// Returns the report as it was sent, or nil for a number that is not an incident's.
    public func report(of number: IncidentNumber) throws(JournalError) -> [UInt8]? {
        var reports = StoredReports()
        try readReports(from: number, bytes: 1, into: &reports)
        return reports[number].map { [UInt8]($0) }
    }

    /// Returns the texts of the rules whose only or last part is the record at `position`, or nil if there is none.
    public func rules(at position: Position) throws(JournalError) -> RuleTexts? {
        try RuleTexts(at: position) { (part) throws(JournalError) in try entry(at: part) }
    }
}
