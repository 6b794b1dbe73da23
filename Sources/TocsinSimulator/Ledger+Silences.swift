import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// The silences, by the records on disk alone.
extension Ledger {
    /// A silence as the journal has it.
    struct SilenceLine {
        let silence: Silence
        /// The time at which it is over: its own end, or that of an UNSILENCE.
        var end: Timestamp
    }

    mutating func add(_ silence: Silence, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer) {
        observer.counts.silences += 1
        observer.expect(heard.silences.contains(silence), .recorded, "Nobody has asked for silence \(entry.position).")
        note(SilenceLine(silence: silence, end: silence.until), at: entry.position)
    }

    mutating func add(_ record: UnsilencedRecord, _ entry: JournalEntry, _ heard: Hearsay, _ observer: inout Observer) {
        guard var line = silences[record.silence], line.end > entry.at else {
            return observer.violate(.recorded, "Silence \(record.silence) is ended and does not stand.")
        }
        // A broker that starts has only the civil clock to say how much has passed.
        let isOverdue =
            hasPassed(line.silence.until, since: record.silence, at: entry.position)
            || observer.counts.clockChanges > 0
        observer.expect(
            heard.unsilenced.contains(record.silence) || record.person.by == Town.broker && isOverdue, .recorded,
            "Nobody has ended silence \(record.silence).")
        line.end = entry.at
        note(line, at: record.silence)
    }

    /// Returns true if as much time has passed between two records as the clock showed at the first of them until a time.
    private func hasPassed(_ until: Timestamp, since first: Position, at second: Position) -> Bool {
        guard let begin = madeAt[first], let end = madeAt[second], first.value > 0, first.value <= entries.count else {
            return false
        }
        return end - begin >= until.milliseconds - entries[Int(first.value) - 1].at.milliseconds
    }

    /// Returns the silences that stand, as rules read them.
    func standingSilences(readBy rules: Ruleset) -> SilenceTable {
        var table = SilenceTable()
        table.read(by: rules)
        for (number, line) in silences where line.end == line.silence.until { table.add(line.silence, at: number) }
        return table
    }

    /// Checks that an alert is kept still by a silence that stands, and that nothing tells it before.
    mutating func check(
        _ silencing: Silencing, of record: StoodDownRecord, _ entry: JournalEntry, _ observer: inout Observer
    ) {
        observer.counts.hushedAlerts += 1
        let name = AlertName(recipient: record.recipient, number: record.number)
        observer.expect(
            record.state == .silenced && end(of: silencing) > entry.at, .hushed,
            "\(name) is kept still, and no silence stands.")
        observer.expect(alert(name)?.state == .queued, .hushed, "\(name) is kept still, and was told before.")
        noteHushed(name, silencing)
    }

    /// Checks that an alert rings because its silence is over, and not before.
    func checkLifted(_ name: AlertName, _ entry: JournalEntry, _ observer: inout Observer) {
        guard let silencing = hushed[name] else {
            return observer.violate(.hushed, "\(name) rings after a silence, and there was none.")
        }
        let isOverdue = owners[name].map { hasPassed(silencing.until, since: $0.position, at: entry.position) } ?? false
        observer.expect(
            end(of: silencing) <= entry.at || isOverdue || observer.counts.clockChanges > 0, .hushed,
            "\(name) rings, and its silence is not over.")
    }

    private func end(of silencing: Silencing) -> Timestamp {
        switch silencing.source {
        case .silence(let number):
            // One that was ended early is over, whatever the clock shows.
            silences[number].flatMap { $0.end == $0.silence.until ? $0.end : nil } ?? Timestamp(milliseconds: .min)
        case .window: silencing.until
        }
    }
}
