import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// What a silence would have kept still in the last day, for whoever is about to ask for it.
struct SilencePreview {
    private static let day: Int64 = 86_400_000
    /// Incidents that are read from the journal at once.
    private static let readAtOnce = 500

    private let wish: SilenceWish

    init(_ wish: SilenceWish) {
        self.wish = wish
    }

    /// Writes `{"since":T,"looked":120,"complete":true,"incidents":3,"alerts":9,"examples":[{"incident":7,…}]}`, the newest
    /// first.
    ///
    /// - Parameters:
    ///   - index: The journal.
    ///   - rules: The rules of now, by which the conditions are read.
    ///   - now: The end of the day.
    ///   - json: What it is written to.
    /// - Throws: A ``TocsinModel/Refusal`` for conditions that a silence cannot have; a ``TocsinJournal/JournalError``.
    func write(_ index: any IncidentIndex, _ rules: Ruleset, now: Timestamp, to json: inout JSONWriter) throws {
        var silences = SilenceTable()
        silences.read(by: rules)
        // Its end is of no matter for what it would have kept still.
        let silence = Silence(
            when: wish.when, until: Timestamp(milliseconds: .max), person: Person(by: ""), evenExtreme: wish.evenExtreme
        )
        try SilenceTable.check(wish.when, by: rules)
        silences.add(silence, at: .zero)
        let since = Timestamp(milliseconds: now.milliseconds - Self.day)
        var (looked, incidents, alerts) = (0, 0, 0)
        var examples: [JournalEntry] = []
        var reports = StoredReports()
        var before: IncidentNumber?
        var isComplete = false
        while looked < Limits.previewedIncidents, !isComplete {
            let entries = try index.newestIncidents(before: before, limit: Self.readAtOnce)
            isComplete = entries.count < Self.readAtOnce
            for entry in entries {
                guard entry.at >= since else {
                    isComplete = true
                    break
                }
                looked += 1
                before = IncidentNumber(entry.position)
                let number = IncidentNumber(entry.position)
                try index.readReports(from: number, bytes: 1, into: &reports)
                guard case .incident(let record) = entry.record, let body = reports[number],
                    let kept = kept(record, body: Array(body), at: entry.at, silences, rules)
                else { continue }
                incidents += 1
                alerts += kept
                if examples.count < Limits.previewedExamples { examples.append(entry) }
            }
        }
        json.object { json in
            json.member("since", since)
            json.member("looked", looked)
            json.member("complete", isComplete)
            json.member("incidents", incidents)
            json.member("alerts", alerts)
            json.array("examples") { json in
                for entry in examples { Self.write(entry, to: &json) }
            }
        }
    }

    /// Returns the number of an incident's alerts that would not have rung; nil if the incident does not meet the conditions.
    private func kept(
        _ record: IncidentRecord, body: [UInt8], at time: Timestamp, _ silences: SilenceTable, _ rules: Ruleset
    ) -> Int? {
        // What the broker reports itself is never silent. A stored report may be larger than the limit of now.
        guard !record.isOwnReport, let report = try? ReportDecoder(maximumBytes: body.count).decode(body)
        else { return nil }
        let subject = Case(report, at: time, body: body, storedGrid: record.grid)
        let routing = Routing(recorded: record.alerts.map(\.addressee), plans: record.plans)
        guard let hush = rules.hush(subject, routing, silences), case .silence = hush.silencing.source
        else { return nil }
        return record.alerts.indices.count { !hush.told.contains($0) }
    }

    private static func write(_ entry: JournalEntry, to json: inout JSONWriter) {
        guard case .incident(let incident) = entry.record else { return }
        json.object { json in
            json.member("incident", entry.position.value)
            json.member("storedAt", entry.at)
            json.member("event", incident.event)
            json.member("severity", incident.severity)
            json.member("grid", ifPresent: incident.grid)
            json.member("sender", incident.name.sender)
        }
    }
}
