public import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// An incident that somebody rates, as the journal has it.
public struct RatedIncident: Sendable {
    public var sender: String
    public var event: String
    public var status: ReportStatus
    public var grid: GridCode?
    /// The rules that told somebody of it.
    public var rules: Set<String>
    /// True if the broker has reported a low rating of it already.
    public var isToldOf: Bool
    /// Its life, for opening it again; nil where the rating is not low, or it is closed and no rule of it opens it again.
    public var life: IncidentLife?

    public init(
        sender: String, event: String, status: ReportStatus, grid: GridCode?, rules: Set<String>, isToldOf: Bool
    ) {
        (self.sender, self.event, self.status, self.grid) = (sender, event, status, grid)
        (self.rules, self.isToldOf) = (rules, isToldOf)
    }
}

/// What field clients think of how their incidents were dealt with.
extension Broker {
    /// RATE: records the rating of a closed incident. A low one is told to those whom its rules, as they are now, name for
    /// that, as an incident of the broker's own.
    mutating func rate(
        _ peer: Peer, _ reference: Reference, _ rated: RatedRecord, of incident: RatedIncident?, into turn: inout Turn
    ) {
        let reopening: Reopening?
        do throws(Refusal) {
            if try hasReopened(rated, incident) { return turn.send(.rated(peer, reference, isReopened: true)) }
            if let refusal = refusal(of: rated, incident) { throw refusal }
            reopening = try promisedReopening(rated, incident, now: turn.now.wall)
        } catch {
            return refuse(peer, .reports, reference.text, error, .rate, into: &turn)
        }
        record(.rated(rated), into: &turn)
        let person = rated.rating.by.map { Person(by: $0, note: rated.rating.note) }
        announce(
            rated.incident,
            Progress(event: .rated, at: turn.now.wall, person: person, score: Int(rated.rating.score)), into: &turn)
        if let incident, rated.rating.isLow {
            if let reopening, let life = incident.life { reopen(life, reopening, rated, into: &turn) }
            tellOfLowRating(rated, incident, into: &turn)
        }
        turn.send(.rated(peer, reference, isReopened: reopening != nil))
    }

    /// Returns true if this very rating has opened the incident again, and has come once more as its answer was lost.
    ///
    /// - Throws: `busy` while the incident is being opened again and that is not on disk yet; `unavailable`.
    private func hasReopened(_ rated: RatedRecord, _ incident: RatedIncident?) throws(Refusal) -> Bool {
        guard isJournalAvailable else { throw .journalUnavailable }
        guard isOpen(rated.incident), let life = incident?.life else { return false }
        guard life.isOpen else {
            throw Refusal(
                .busy, "The reopening of incident \(rated.incident) is on its way to the disk.",
                retryAfterMilliseconds: 100)
        }
        return life.reopenedByRating == rated.rating
    }

    private func refusal(of rated: RatedRecord, _ incident: RatedIncident?) -> Refusal? {
        guard standing != .sparing else { return .noRoomForRatings }
        guard !isOpen(rated.incident) else {
            return Refusal(
                .invalid, "Incident \(rated.incident) is still open; it is rated when it has been closed.",
                field: "incident")
        }
        guard let incident else { return Refusal(.unknownIncident, "There is no incident \(rated.incident).") }
        guard !incident.sender.isIdentical(to: LinkReport.sender) else {
            return Refusal(
                .invalid, "Incident \(rated.incident) was reported by the broker itself; nobody rates those.",
                field: "incident")
        }
        return nil
    }

    /// Returns what is owed again if the incident's rules, as they are now, have it opened again for this rating. Nil where
    /// they do not, and where it cannot be: then the rating stands alone.
    ///
    /// - Throws: `busy` while the incident's end is on its way to the disk. Who sends the rating again then is not cheated
    ///   of what the rules promise.
    private func promisedReopening(
        _ rated: RatedRecord, _ incident: RatedIncident?, now: Timestamp
    ) throws(Refusal) -> Reopening? {
        guard rated.rating.isLow, let incident, let life = incident.life,
            rules.reopensWhenRatedLow(by: incident.rules)
        else { return nil }
        do {
            return try reopening(of: life, now: now)
        } catch {
            guard error.code != .busy else { throw error }
            return nil
        }
    }

    /// Opens the incident again for a rating.
    private mutating func reopen(
        _ life: IncidentLife, _ reopening: Reopening, _ rated: RatedRecord, into turn: inout Turn
    ) {
        reopen(life, reopening, by: rated.rating.person(orSender: life.record.name.sender), into: &turn)
    }

    private mutating func tellOfLowRating(_ rated: RatedRecord, _ incident: RatedIncident, into turn: inout Turn) {
        let name = RatingReport.name(of: rated.incident)
        guard !incident.isToldOf, uncommitted.receipt(for: name) == nil else { return }
        let told = rules.ratedLow(by: incident.rules, at: incident.grid)
        guard !told.isEmpty else { return }
        let report = RatingReport(
            rated.rating, of: rated.incident, event: incident.event, status: incident.status, grid: incident.grid,
            now: turn.now.wall)
        let subject = Case(report.report, at: turn.now.wall, body: report.body)
        let own = incidentRecord(subject, Routing(informing: told, rule: Ruleset.ratedLowName), by: nil)
        take(own, into: &turn)
        uncommitted.add(
            IncidentReceipt(
                incident: IncidentNumber(lastPosition), isDuplicate: false, storedAt: turn.now.wall, record: own))
    }
}
