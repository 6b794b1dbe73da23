public import TocsinModel

/// Finds what the log has: by a report's name, by an incident, by a position. It is always on this machine, and can be made
/// again from the log.
///
/// An index belongs to one thread; it sees every append that had been answered when it is asked.
public protocol IncidentIndex: AnyObject, Sendable {
    /// For each name the incident that its report became, if it has.
    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?]

    /// The incident's entry with its report; nil for a number that is not an incident's.
    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry?

    /// Replaces `reports` by the report of an incident as it was sent, and those of the incidents after it, in order, until
    /// there are so many bytes: whoever asks for one will soon ask for the next. None for a number that is not an
    /// incident's.
    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError)

    /// Everything about one incident, in order: its entry, what its recipients received, persons said and steps did.
    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry]

    /// The newest incidents' entries, newest first, without their reports, at most `limit`, all before `before`.
    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry]

    /// The entry at a position, if there is one.
    func entry(at position: Position) throws(JournalError) -> JournalEntry?
}

extension IncidentIndex {
    /// The report as it was sent; nil for a number that is not an incident's.
    public func report(of number: IncidentNumber) throws(JournalError) -> [UInt8]? {
        var reports = StoredReports()
        try readReports(from: number, bytes: 1, into: &reports)
        return reports[number].map { [UInt8]($0) }
    }

    /// The text of the rule file that the record at `position` is, or is the last part of; nil where it is neither.
    public func rules(at position: Position) throws(JournalError) -> String? {
        var texts: [String] = []
        var next: Position? = position
        while let part = next {
            guard case .rules(let rules)? = try entry(at: part)?.record, rules.continues == (part != position) else {
                return nil
            }
            texts.append(rules.text)
            next = rules.after
        }
        return texts.reversed().joined()
    }
}
