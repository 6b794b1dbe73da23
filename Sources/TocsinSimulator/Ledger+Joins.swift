import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Reports that join an incident, as the journal has them.
extension Ledger {
    /// The reports of one happening so far.
    struct Happening {
        let sender: String
        let first: Timestamp
        var last: Timestamp
        var count = 1
        var severity: Severity
        var keys: [CorrelationKey]
        /// Everybody who was told by one of the reports.
        var told: Set<Recipient>
        /// The incidents of reports that an operator has taken out, by their records.
        var splits: [IncidentNumber: IncidentNumber] = [:]
        /// True once somebody has ended it.
        var isEnded = false

        func end(of key: CorrelationKey) -> Timestamp {
            min(last + .milliseconds(key.withinMilliseconds), first + .seconds(Limits.correlationHours * 3600))
        }

        func holds(_ key: CorrelationKey, at time: Timestamp) -> Bool {
            let isNear = time <= end(of: key) && time + .milliseconds(key.withinMilliseconds) >= last
            return !isEnded && isNear && keys.contains { $0.text.isIdentical(to: key.text) }
        }
    }

    /// Returns the life of the incident that a report became or has joined. Of one that was taken out, which may have closed
    /// since, the news says which it is of.
    func life(ofReportAt number: IncidentNumber, _ news: ReportNews) -> IncidentLife? {
        let joined = record(at: number)?.news?.joinedReport?.incident
        if let own = joined.flatMap({ happenings[$0]?.splits[number] }), news.isOf(own) { return incidents[own]?.life }
        return (incidents[number] ?? joined.flatMap { incidents[$0] })?.life
    }

    /// Returns the record of a report, whether it became an incident or has joined one.
    func record(at number: IncidentNumber) -> IncidentRecord? {
        let index = Int(number.value) - 1
        return entries.indices.contains(index) ? entries[index].record.reported : nil
    }

    mutating func noteSplit(_ split: ReportSplit, into number: IncidentNumber, _ entry: JournalEntry) {
        noteChange(.split, of: split.incident, entry)
        happenings[split.incident]?.splits[IncidentNumber(split.report)] = number
    }

    /// Returns true if a Cancel names every report of an incident that was not taken out of it.
    func namesAll(_ cancel: Report, of number: IncidentNumber) -> Bool {
        guard let happening = happenings[number], happening.count > 1 else { return true }
        let own = cancel.referencedNames.filter { $0.sender == cancel.name.sender }
        let named = own.compactMap { numbersByName[$0] }.filter { report in
            let joined = record(at: report)?.news?.joinedReport
            return (report == number || joined?.incident == number) && happening.splits[report] == nil
        }
        return named.count == happening.count - happening.splits.count
    }

    /// Adds a report that joined an incident and told nobody.
    mutating func addJoined(_ record: IncidentRecord, _ entry: JournalEntry, _ observer: inout Observer) {
        observer.counts.incidents += 1
        noteName(record, IncidentNumber(entry.position), &observer)
        observer.expect(record.alerts.isEmpty, .joined, "Record \(entry.position) counts, and alerts somebody.")
        addToHappening(record, entry, &observer)
    }

    /// Notes what an incident's record says of the happening of its report.
    mutating func addToHappening(_ record: IncidentRecord, _ entry: JournalEntry, _ observer: inout Observer) {
        let number = IncidentNumber(entry.position)
        if let joined = record.news?.joinedReport { join(joined, record, entry, &observer) }
        guard !record.correlation.isEmpty else { return }
        let named = record.correlation.filter(\.isHappening)
        for key in named.isEmpty ? record.correlation : named {
            // The last incident of a key is the one that is joined.
            guard let known = happenings.filter({ $0.value.keys.contains(key) }).keys.max() else { continue }
            observer.expect(
                !canBeJoined(known, by: key, at: entry.at), .joined,
                "Incident \(number) is of the same happening as \(known), and has not joined it.")
        }
        // What is over then stays over, also when the clock is set back.
        for (known, happening) in happenings
        where !happening.keys.contains(where: { entry.at <= happening.end(of: $0) }) {
            happenings[known]?.keys = []
        }
        // The last incident of a key is the one that is joined, also when it is over.
        for known in happenings.keys {
            happenings[known]?.keys.removeAll { key in record.correlation.contains { $0.text == key.text } }
        }
        happenings[number] = Happening(
            sender: record.name.sender, first: entry.at, last: entry.at, severity: record.severity,
            keys: record.correlation, told: Set(record.alerts.map(\.recipient)))
    }

    private func canBeJoined(_ number: IncidentNumber, by key: CorrelationKey, at time: Timestamp) -> Bool {
        guard let happening = happenings[number], happening.holds(key, at: time) else { return false }
        return isActedOn(number)
    }

    /// Returns true if people still have to act on an incident, or nobody had to.
    private func isActedOn(_ number: IncidentNumber) -> Bool {
        guard let life = incidents[number]?.life else { return false }
        guard life.record.alerts.contains(where: { $0.purpose == .action }) else { return true }
        return life.alerts.contains { $0.purpose == .action && !$0.isSettled }
    }

    private mutating func join(
        _ joined: JoinedReport, _ record: IncidentRecord, _ entry: JournalEntry, _ observer: inout Observer
    ) {
        observer.counts.joins += 1
        guard var happening = happenings[joined.incident], let root = incidents[joined.incident]?.life else {
            return observer.violate(.joined, "Record \(entry.position) has joined \(joined.incident), which cannot be.")
        }
        observer.expect(
            joined.count == happening.count + 1, .joined,
            "Record \(entry.position) is report \(joined.count) of \(joined.incident), which had \(happening.count).")
        observer.expect(
            root.record.status == record.status, .joined, "Record \(entry.position) has joined one of another status.")
        observer.expect(
            isActedOn(joined.incident) && !happening.isEnded, .joined,
            "Record \(entry.position) has joined \(joined.incident), which is dealt with.")
        observer.expect(
            happening.keys.contains { happening.holds($0, at: entry.at) }, .joined,
            "Record \(entry.position) has joined \(joined.incident), whose time is over.")
        observer.expect(
            !record.alerts.isEmpty || record.severity <= max(happening.severity, severity(ofUpdates: joined.incident)),
            .joined,
            "Record \(entry.position) is more severe than \(joined.incident), and tells nobody.")
        observer.expect(
            !(record.news?.isRaised ?? false) || record.severity > root.record.severity, .joined,
            "Record \(entry.position) raises \(joined.incident), which is as severe.")
        happening.count = joined.count
        happening.last = max(happening.last, entry.at)
        if !record.alerts.isEmpty { happening.severity = max(happening.severity, record.severity) }
        happening.told.formUnion(record.alerts.map(\.recipient))
        happenings[joined.incident] = happening
    }

    /// Returns the greatest severity that Updates of an incident have told.
    private func severity(ofUpdates number: IncidentNumber) -> Severity {
        incidents.values.compactMap { incident in
            guard let news = incident.life.record.news, news.type == .update, news.isOf(number) else { return nil }
            return incident.life.record.severity
        }.max() ?? .unknown
    }

    /// Returns the recipients who still have to act on an incident, or on one of the reports that have joined it.
    func acting(on number: IncidentNumber) -> Set<Recipient> {
        let lives = incidents.values.filter { incident in
            incident.life.number == number || incident.life.record.news?.isOf(number) ?? false
        }
        return Set(
            lives.flatMap(\.life.alerts).filter { $0.purpose == .action && !$0.isSettled }.map(\.recipient))
    }
}
