import Synchronization
import TocsinJournal
import TocsinModel
import TocsinProof
import TocsinRouting
import TocsinSQLite

/// A rehearsal of a journal's incidents: reads them, and routes each by both rules on every processor.
struct JournalRehearsal {
    private(set) var rehearsal = Rehearsal()
    /// The incidents whose reports this version cannot read.
    private(set) var unreadable = 0
    let trial: Trial
    private var incidents: JournalIncidents

    init(_ incidents: JournalIncidents, _ trial: Trial) {
        self.incidents = incidents
        self.trial = trial
    }

    /// Rehearses every incident. Progress is shown on standard error, if that is a terminal.
    ///
    /// - Parameter show: is called with each incident of which somebody is told otherwise, in their order.
    /// - Throws: `JournalError`; a ``Failure`` `interrupted` when a signal asks the program to end; what `show` throws.
    mutating func run(_ show: (PastIncident, [RecipientChange]) throws -> Void) async throws {
        let (isInterrupted, signals) = (Flag(), Signals.ending())
        let watch = Task { for await _ in signals { isInterrupted.raise() } }
        defer {
            watch.cancel()
            Console.progress("")
        }
        var piece = try incidents.next()
        while let entries = piece {
            let progress = incidents.progress
            let trial = trial
            async let routed = trial.route(entries)
            // The next piece is read while this one is routed.
            piece = try incidents.next()
            for incident in await routed { try take(incident, show) }
            guard !isInterrupted.isRaised else {
                let count = rehearsal.real.incidents + rehearsal.exercises.incidents
                throw Failure(.refused, "interrupted after \(counted(count, "incident"))", code: "interrupted")
            }
            if let (done, total) = progress, total > 0 { Console.progress("rehearsing, \(done * 100 / total) %") }
        }
    }

    private mutating func take(
        _ routed: Trial.Routed, _ show: (PastIncident, [RecipientChange]) throws -> Void
    ) throws {
        switch routed {
        case .unreadable: unreadable += 1
        case .incident(let incident, let before, let after):
            let changes = rehearsal.add(incident.report.status, before: before, after: after)
            if !changes.isEmpty { try show(incident, changes) }
        }
    }
}

/// The rules that are compared.
struct Trial: Sendable {
    /// The incidents that one task routes.
    private static let chunk = 250

    /// The rules in force, or those named in their place.
    let former: RulesOnTrial
    let new: RulesOnTrial

    enum Routed: Sendable {
        case incident(PastIncident, before: Routing, after: Routing)
        /// This version cannot read the report.
        case unreadable
    }

    /// Returns the incidents with their routings by both rules, in their order.
    func route(_ entries: [JournalEntry]) async -> [Routed] {
        await withTaskGroup(of: (first: Int, routed: [Routed]).self) { group in
            for first in stride(from: 0, to: entries.count, by: Self.chunk) {
                group.addTask { (first, route(entries[first...].prefix(Self.chunk))) }
            }
            var parts: [(first: Int, routed: [Routed])] = []
            for await part in group { parts.append(part) }
            return parts.sorted { $0.first < $1.first }.flatMap(\.routed)
        }
    }

    private func route(_ entries: ArraySlice<JournalEntry>) -> [Routed] {
        // A report may be larger than the limit of now.
        let decoder = ReportDecoder(maximumBytes: Int(Limits.frameBytes))
        return entries.compactMap { entry in
            guard case .incident(let record) = entry.record else { return nil }
            guard let report = try? decoder.decode(record.report) else { return .unreadable }
            let incident = PastIncident(
                IncidentNumber(entry.position), storedAt: entry.at, report, body: record.report,
                origin: record.origin)
            return .incident(incident, before: former.routing(of: incident), after: new.routing(of: incident))
        }
    }
}

extension IncidentRecord {
    /// Where the report came from. The broker's own go to supervisors first.
    fileprivate var origin: PastIncident.Origin {
        if alerts.first?.rule == Ruleset.ratedLowName { return .lowRating(told: alerts.map(\.recipient)) }
        guard let first = alerts.first, let link = Ruleset.supervisedLink(of: first.rule) else { return .reporter }
        return switch first.purpose {
        case .action: .lostLink(String(link), supervisor: first.recipient)
        case .information: .restoredLink(String(link), told: alerts.map(\.recipient))
        }
    }
}

/// A flag that one task raises and another sees.
private final class Flag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .relaxed) }

    func raise() { raised.store(true, ordering: .relaxed) }
}
