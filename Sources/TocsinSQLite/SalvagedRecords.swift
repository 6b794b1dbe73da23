import TocsinJournal
import TocsinModel

/// The remaining records of a damaged journal, put in order again.
///
/// Incidents keep their numbers, because people know them. The numbers are positions, so a filler stands in the place
/// of each lost record. A record that speaks of a lost incident or alert is left out as well. The number of a lost
/// alert may be given again, and the old record must not speak of the new alert.
struct SalvagedRecords {
    /// The author of each filler. A filler closes an incident that cannot exist, which changes nothing in any version.
    static let writer = "tocsin salvage"

    /// The alert numbers that each recipient has been given.
    private var given: [Recipient: NumberSet] = [:]
    private(set) var losses = SalvageLosses()
    private(set) var kept: Int64 = 0
    /// Returns true if a saved incident has this number.
    private let isIncident: (IncidentNumber) throws -> Bool

    init(isIncident: @escaping (IncidentNumber) throws -> Bool) {
        self.isIncident = isIncident
    }

    /// Returns the filler for a lost record.
    mutating func replacement(for position: Int64, at: Timestamp) -> JournalEntry {
        losses.add(position)
        return Self.filler(position, at, "record \(position) was lost")
    }

    private static func filler(_ position: Int64, _ at: Timestamp, _ note: String) -> JournalEntry {
        JournalEntry(
            position: Position(position), at: at,
            record: .closed(
                ClosedRecord(incident: IncidentNumber(0), person: Person(by: writer, note: note))))
    }

    /// Returns a record as it goes to the new journal.
    mutating func salvaged(_ entry: JournalEntry) throws -> JournalEntry {
        var result = entry
        switch entry.record {
        // What a subscription says needs no other record. One whose replacement was lost stands as it was before.
        case .rules, .subscribed, .unsubscribed, .silenced, .unsilenced: break
        case .incident(let incident):
            for alert in incident.alerts { given[alert.recipient, default: NumberSet()].insert(alert.number) }
        // It has the report, which is kept also where the incident that it has joined is lost.
        case .joined: break
        case .received(var received):
            received.numbers = given(of: received.numbers, received.recipient)
            if received.numbers.isEmpty { return leaveOut(entry, "alerts of \(received.recipient)") }
            result.record = .received(received)
        case .personal(var personal):
            personal.numbers = given(of: personal.numbers, personal.recipient)
            if personal.numbers.isEmpty { return leaveOut(entry, "alerts of \(personal.recipient)") }
            result.record = .personal(personal)
        case .escalated(let step):
            guard try isIncident(step.incident) else { return leaveOut(entry, "incident \(step.incident)") }
            given[step.recipient, default: NumberSet()].insert(step.number)
        case .reopened(let reopened):
            guard try isIncident(reopened.incident) else { return leaveOut(entry, "incident \(reopened.incident)") }
            for alert in reopened.alerts { given[alert.recipient, default: NumberSet()].insert(alert.number) }
        case .rung(let rung):
            guard try isGiven(rung.number, to: rung.recipient, in: rung.incident) else {
                return leaveOut(entry, "alerts of \(rung.recipient)")
            }
        case .stoodDown(let stoodDown):
            guard try isGiven(stoodDown.number, to: stoodDown.recipient, in: stoodDown.incident) else {
                return leaveOut(entry, "alerts of \(stoodDown.recipient)")
            }
        case .closed(let closed):
            guard try closed.incident.value <= 0 || isIncident(closed.incident) else {
                return leaveOut(entry, "incident \(closed.incident)")
            }
        case .removed(let removed):
            for one in removed.given { given[one.recipient, default: NumberSet()].insert(one.number) }
        case .rated(let rated):
            guard try isIncident(rated.incident) else { return leaveOut(entry, "incident \(rated.incident)") }
        }
        kept += 1
        if result.record != entry.record { losses.addShortened(entry.position.value) }
        return result
    }

    private mutating func leaveOut(_ entry: JournalEntry, _ what: String) -> JournalEntry {
        losses.addLeftOut(entry.position.value, what)
        return Self.filler(
            entry.position.value, entry.at, "record \(entry.position) was left out: it speaks of lost \(what)")
    }

    private func isGiven(
        _ number: AlertNumber, to recipient: Recipient, in incident: IncidentNumber
    ) throws -> Bool {
        try isIncident(incident) && !given(of: [number...number], recipient).isEmpty
    }

    private func given(
        of ranges: [ClosedRange<AlertNumber>], _ recipient: Recipient
    ) -> [ClosedRange<AlertNumber>] {
        guard let known = given[recipient]?.allRanges else { return [] }
        return ranges.flatMap { range in
            known.compactMap { other in range.overlaps(other) ? range.clamped(to: other) : nil }
        }
    }
}

/// The losses of a salvage, line by line. The first lines are kept, and the others counted.
public struct SalvageLosses: Sendable {
    public static let limit = 200

    /// The number of lost records.
    public private(set) var lost: Int64 = 0
    /// The number of records that were left out or shortened because of the losses.
    public private(set) var leftOut: Int64 = 0
    private var run: ClosedRange<Int64>?
    private var written: [String] = []
    private var notWritten = 0

    /// The losses in words.
    public var lines: [String] {
        var lines = written
        if let run { lines.append(Self.line(run)) }
        if notWritten > 0 { lines.append("\(notWritten) more") }
        return lines
    }

    mutating func add(_ position: Int64) {
        lost += 1
        if let last = run, position == last.upperBound + 1 {
            run = last.lowerBound...position
        } else {
            endRun()
            run = position...position
        }
    }

    mutating func addLeftOut(_ position: Int64, _ what: String) {
        leftOut += 1
        endRun()
        add(line: "record \(position) is left out: it speaks of lost \(what)")
    }

    mutating func addShortened(_ position: Int64) {
        leftOut += 1
        endRun()
        add(line: "record \(position) is shortened: some of the alerts that it speaks of are lost")
    }

    private mutating func endRun() {
        if let run = run.take() { add(line: Self.line(run)) }
    }

    private mutating func add(line: String) {
        if written.count < Self.limit { written.append(line) } else { notWritten += 1 }
    }

    private static func line(_ run: ClosedRange<Int64>) -> String {
        run.count == 1 ? "record \(run.lowerBound) is lost" : "records \(run.lowerBound) to \(run.upperBound) are lost"
    }
}
