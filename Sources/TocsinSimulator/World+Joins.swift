import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Reports that join an incident: whether everybody is told who must be, and the operator who takes one out again.
extension World {
    /// Checks a report that has joined an incident.
    mutating func checkJoined(_ record: IncidentRecord, _ entry: JournalEntry) {
        guard let joined = record.news?.joinedReport, let root = ledger.incidents[joined.incident]?.life,
            let report = reporters.lazy.flatMap(\.reports).first(where: { $0.name == record.name }),
            let rules = Town.rules(of: ledger.rules.texts)
        else { return observer.violate(.joined, "Record \(entry.position) comes from nowhere, or goes by no rules.") }
        let subject = Case(report, at: entry.at, body: record.report, storedGrid: record.grid)
        let routing = rules.route(subject, with: ledger.subscriptions(readBy: rules))
        let sources = ledger.silences.keys.map(Silencing.Source.silence) + rules.windows.map { .window($0.name) }
        let keys = ([nil] + sources).flatMap { routing.keys(of: report, keptStillBy: $0) }
        observer.expect(
            keys.contains { key in ledger.happenings[joined.incident]?.keys.contains { $0.text == key.text } ?? false },
            .joined, "Record \(entry.position) has nothing in common with \(joined.incident).")
        let acting = ledger.acting(on: joined.incident)
        let isForeseen = !routing.addressees.contains { $0.purpose == .action && $0.rule == Ruleset.fallbackName }
        observer.expect(
            isForeseen || !record.alerts.isEmpty || !acting.isEmpty, .joined,
            "Record \(entry.position) counts, no rule has foreseen it, and nobody acts on \(joined.incident).")
        for addressee in routing.addressees where addressee.rule != Ruleset.fallbackName {
            if record.alerts.isEmpty {
                let isTold =
                    ledger.happenings[joined.incident]?.told.contains(addressee.recipient) ?? false
                    || root.alerts.contains { $0.recipient == addressee.recipient }
                    || ledger.incidents.values.contains { incident in
                        (incident.life.record.news?.isOf(joined.incident) ?? false)
                            && incident.life.alerts.contains { $0.recipient == addressee.recipient }
                    }
                observer.expect(
                    addressee.purpose == .action ? acting.contains(addressee.recipient) : isTold, .joined,
                    "Record \(entry.position) counts, and \(addressee.recipient) does not know of \(joined.incident).")
            } else {
                observer.expect(
                    record.alerts.contains { $0.recipient == addressee.recipient }, .joined,
                    "Incident \(entry.position) does not tell \(addressee.recipient).")
            }
        }
        guard !record.alerts.isEmpty else { return }
        for alert in root.alerts where rules.directory.contains(alert.recipient) {
            observer.expect(
                record.alerts.contains { $0.recipient == alert.recipient }, .joined,
                "Incident \(entry.position) has joined \(root.number), and \(alert.recipient) is not told.")
        }
    }

    /// Takes a report out of the incident that it has joined, or tries to with one that has joined none.
    mutating func splitSomething() {
        let joined = ledger.entries.filter { $0.record.reported?.news?.joined != nil }
        let isStrange = joined.isEmpty || random.chance(20)
        let among = isStrange ? ledger.entries.filter { $0.record.reported != nil } : joined
        guard !among.isEmpty else { return }
        let entry = among[Int(random.pick(0...Int64(among.count - 1)))]
        guard let record = entry.record.reported, record.name.sender != Town.broker else { return }
        superintendent.asked += 1
        let from = record.news?.joinedReport?.incident ?? IncidentNumber(entry.position)
        note("the operator takes \(record.name) out of \(from)")
        guard let reference = Reference("split-\(superintendent.asked)") else { return }
        let wish = SplitRequest(
            record.name, from: from, by: Person(by: "operator", note: "It is another one."),
            isPreview: random.chance(10))
        let connection = superintendent.connection
        sendToBroker(.split(connection.peer, reference, wish), over: connection)
        if random.chance(20) { ping(.control, connection) }
    }

    /// Adds the report as it is stored.
    func found(_ wish: SplitRequest, _ daemon: SimulatedDaemon) -> SplitRequest {
        var wish = wish
        var found = daemon.pipeline.broker.reportBeingStored(wish.name)
        if found == nil, let entry = disk.entry(named: wish.name), let record = entry.record.reported {
            found = (entry.position, record)
        }
        let report = reporters.lazy.flatMap(\.reports).first { $0.name == wish.name }
        if let found, let report {
            wish.found = SplitRequest.StoredReport(position: found.position, record: found.record, report: report)
        }
        return wish
    }

    /// Checks the answer to SPLIT.
    mutating func check(_ answer: SplitAnswer, _ reference: Reference) {
        guard let number = answer.incident else { return }
        observer.counts.splits += 1
        observer.expect(
            ledger.incidents[number]?.life.record.split?.incident == answer.from, .durable,
            "\(reference) is answered \(number), which is no report of \(answer.from) on disk.")
    }
}
