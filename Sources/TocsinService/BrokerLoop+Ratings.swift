import Logging
import TocsinAccess
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// RATE: what is looked up before the broker decides.
extension BrokerLoop {
    /// Reads a rating. Whoever may report as the incident's sender, or has reported what joined it, may rate it, as often as
    /// it may report.
    mutating func rating(
        of number: IncidentNumber, _ reference: Reference, _ arrival: Arrival<ReportsCommand>, now: Moment
    ) throws(Refusal) -> Input {
        try arrival.expectBodies(1...1, "the rating")
        try permissions.allow(.rate, by: arrival.principal, at: now.wall)
        var rating = try parseBody("The rating") { (json) throws(Refusal) in try Rating(json: json) }
        rating.principal = permissions.name(of: arrival.principal)
        let incident = try ratedIncident(number, isLow: rating.isLow, by: arrival, now: now)
        return .rate(arrival.peer, reference, RatedRecord(incident: number, rating: rating), of: incident)
    }

    /// Returns the incident that is rated, or nil if the journal has none.
    private mutating func ratedIncident(
        _ number: IncidentNumber, isLow: Bool, by arrival: Arrival<ReportsCommand>, now: Moment
    ) throws(Refusal) -> RatedIncident? {
        guard let index = journal?.index else { throw .stateUnknown }
        var record: IncidentRecord?
        var rules: Set<String> = []
        var isToldOf = false
        var life: IncidentLife?
        do throws(JournalError) {
            if case .incident(let found)? = try index.incident(number)?.record { record = found }
            rules = Set(record?.alerts.flatMap { [$0.rule] + $0.addressee.otherRules } ?? [])
            // A whole life costs more than the rest.
            if isLow, pipeline.broker.rules.reopensWhenRatedLow(by: rules) || pipeline.broker.isOpen(number) {
                life = try IncidentLife(timeline: index.timeline(of: number))
            }
            isToldOf = try index.incidents(named: [RatingReport.name(of: number)]).contains { $0 != nil }
        } catch {
            logger.error("an incident cannot be read", metadata: ["incident": "\(number)", "error": "\(error)"])
            throw .stateUnknown
        }
        guard let record else { return nil }
        do throws(Refusal) {
            try permissions.allow(
                .report(sender: record.name.sender, place: record.grid), by: arrival.principal, at: now.wall)
        } catch {
            guard try isReported(number, by: arrival.principal) else { throw error }
        }
        // The limits of now may be narrower than those that the report met.
        if let report = try? decoder.decode(record.report) {
            try permissions.holdToRate(arrival.principal, report, at: now.uptime)
        }
        var incident = RatedIncident(
            sender: record.name.sender, event: record.event, status: record.status, grid: record.grid,
            rules: rules, isToldOf: isToldOf)
        incident.life = life
        return incident
    }
}
