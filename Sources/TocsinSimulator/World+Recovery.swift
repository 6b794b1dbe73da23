import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Reading back from the disk.
extension World {
    /// Adds the new entries on disk to the ledger. Checks that exactly the recipients whom the rules name are told.
    mutating func readDisk() {
        do {
            for entry in try disk.entries(after: ledger.lastPosition) {
                ledger.add(entry, heard: hearsay, &observer)
                if case .incident(let record) = entry.record { checkRouting(of: record, entry) }
                if let record = entry.record.reported, record.news?.joined != nil { checkJoined(record, entry) }
            }
        } catch {
            observer.violate(.agreed, "The journal cannot be read: \(error)")
        }
    }

    private mutating func checkRouting(of record: IncidentRecord, _ entry: JournalEntry) {
        guard record.name.sender != Town.broker else { return checkLinkReport(record, entry) }
        let position = entry.position
        let reports = reporters.lazy.flatMap(\.reports)
        guard let report = reports.first(where: { $0.name == record.name }),
            let rules = Town.rules(of: ledger.rules.texts)
        else { return observer.violate(.routed, "Incident \(position) comes from nowhere, or goes by no rules.") }
        if report.messageType != .alert { checkNews(report, record, entry, rules) }
        guard record.news?.roots.isEmpty ?? true else { return }
        let routing = rules.route(
            Case(report, at: entry.at, body: record.report, storedGrid: record.grid),
            with: ledger.subscriptions(readBy: rules))
        let hush = rules.hush(
            Case(report, at: entry.at, body: record.report, storedGrid: record.grid), routing,
            ledger.standingSilences(readBy: rules))
        let told = hush?.routing ?? routing
        observer.expect(!record.alerts.isEmpty, .routed, "Incident \(position) has nobody.")
        observer.expect(
            record.alerts.map(\.addressee) == told.addressees && record.plans == told.keptPlans, .routed,
            "Incident \(position) is to go to \(told.addressees.map(\.recipient)), and goes to "
                + "\(record.alerts.map(\.recipient)).")
    }

    /// Returns a broker that knows the disk's contents, and the position of the kept snapshot. The broker is built from
    /// a snapshot made somewhere on the way, or from the kept one, which must make no difference.
    mutating func recoveredBroker(_ files: RuleFiles, _ now: Moment) -> (Broker, snapshotPosition: Position) {
        var (folded, restored) = (emptyBroker(files), emptyBroker(files))
        do {
            let entries = try disk.entries()
            let made = snapshot(folding: entries, into: &folded, now: now)
            let snapshot = random.chance(50) ? made : disk.snapshot ?? made
            restored = try broker(from: snapshot, entries, files, now)
        } catch {
            observer.violate(.agreed, "The journal cannot be read: \(error)")
        }
        observer.expect(
            owed(restored) == owed(folded), .agreed,
            "A snapshot and the records after it come to something else than all records.")
        return (restored, disk.snapshot?.position ?? .zero)
    }

    /// Checks that a kept snapshot equals the state after the records up to it.
    mutating func check(_ snapshot: JournalSnapshot, _ files: RuleFiles) {
        guard snapshot.position <= ledger.lastPosition else {
            return observer.violate(
                .agreed, "A snapshot of \(snapshot.position) records is kept, and \(ledger.lastPosition) are on disk.")
        }
        let now = Moment(wall: wall, uptime: 0)
        var folded = emptyBroker(files)
        for entry in ledger.entries { folded.apply(entry, now: now) }
        do {
            let restored = try broker(from: snapshot, ledger.entries, files, now)
            observer.expect(
                owed(restored) == owed(folded), .agreed,
                "The snapshot of \(snapshot.position) records says something else than they do.")
        } catch {
            observer.violate(.agreed, "The snapshot of \(snapshot.position) records cannot be read: \(error)")
        }
    }

    private func emptyBroker(_ files: RuleFiles) -> Broker {
        Broker(rules: files.rules, directory: files.directory, settings: Town.settings)
    }

    private func broker(
        from snapshot: JournalSnapshot, _ entries: [JournalEntry], _ files: RuleFiles, _ now: Moment
    ) throws -> Broker {
        var broker = emptyBroker(files)
        try broker.restore(snapshot, now: now)
        for entry in entries.dropFirst(Int(snapshot.position.value)) { broker.apply(entry, now: now) }
        return broker
    }

    /// Returns the obligations of a broker. Snapshots of equal states may differ, as mailboxes are in the order of
    /// their first use.
    private func owed(_ broker: Broker) -> [String] {
        let mailboxes = broker.mailboxLines.filter { $0.open > 0 }.map {
            "\($0.recipient) \($0.open) \($0.undelivered)"
        }
        let incidents = broker.openIncidents(through: broker.lastPosition).map { "incident \($0)" }
        let subscriptions = broker.subscriptions.subscriptions.map {
            "\($0.key) \($0.when) \($0.purpose.rawValue) \($0.since)"
        }
        let silences = broker.standingSilences(at: Timestamp(milliseconds: .min)).map {
            "silence \($0.number) \($0.silence.when) \($0.silence.until)"
        }
        let reports = broker.reportCounts.sorted { $0.key < $1.key }.map {
            "incident \($0.key) has \($0.value) reports"
        }
        return mailboxes + reports + incidents + subscriptions + silences + [
            "kept still \(broker.hushedIncidents(at: Timestamp(milliseconds: .min)))",
            "record \(broker.lastPosition)", "rules \(broker.rulesPosition)",
        ]
    }

    /// Applies all entries, and makes a snapshot meanwhile, a few incidents at a time, beginning at a random entry.
    private mutating func snapshot(
        folding entries: [JournalEntry], into broker: inout Broker, now: Moment
    ) -> JournalSnapshot {
        let place = Int(random.pick(0...Int64(entries.count)))
        for entry in entries[..<place] { broker.apply(entry, now: now) }
        // A snapshot does not hold parts of a rule file, so none is begun between two.
        let isBetweenParts = entries[place...].contains { entry in
            if case .rules(let rules) = entry.record { rules.after?.value ?? .max <= Int64(place) } else { false }
        }
        if isBetweenParts {
            for entry in entries[place...] { broker.apply(entry, now: now) }
            return broker.snapshot()
        }
        broker.beginSnapshot()
        var snapshot: JournalSnapshot?
        for entry in entries[place...] {
            broker.apply(entry, now: now)
            if snapshot == nil { snapshot = broker.proceedWithSnapshot(Int(entry.position.value) % 3) }
        }
        return snapshot ?? broker.proceedWithSnapshot(.max) ?? broker.snapshot()
    }
}
