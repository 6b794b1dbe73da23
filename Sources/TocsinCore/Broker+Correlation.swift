public import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// Correlation: later reports of one happening join its incident, and are told as updates with a count.
///
/// The first report is an incident like any other, and is never delayed. One that joins it tells everybody who was told if it
/// has something new: more recipients than before, a greater severity, another event or place of a happening that reports name
/// themselves; and when it is the second, the tenth, the hundredth and so on. Any other is stored and counted.
extension Broker {
    /// Makes an incident of a report that others may join, or lets it join one.
    mutating func acceptCorrelated(
        _ reporter: Reporter, _ subject: Case, _ routing: Routing, into turn: inout Turn
    ) {
        let hush = rules.hush(subject, routing, silences)
        let keys = routing.keys(of: subject.report, keptStillBy: hush?.silencing.source)
        let (found, own) = happening(of: subject.report, keys, within: reporter.places, at: turn.now.wall)
        if let found { return join(found, reporter, subject, routing, into: &turn) }
        let record = incidentRecord(subject, hush?.routing ?? routing, by: reporter.principal, correlation: own)
        tell(record, hush, for: reporter, into: &turn)
    }

    /// Returns the incident that a report with these keys joins, or nil, and the keys by which others join what it becomes
    /// otherwise.
    ///
    /// Whose report has joined an incident may follow it. So a report that names its happening joins only what lies in the
    /// places from which its sender may report. Where the happening's incident lies elsewhere, the name stays with that one,
    /// and the reports from each of those places have one of their own.
    private func happening(
        of report: Report, _ keys: [CorrelationKey], within: [GridCode]?, at time: Timestamp
    ) -> (incident: IncidentNumber?, keys: [CorrelationKey]) {
        let named = keys.filter(\.isHappening)
        guard let within, let place = report.grid, !named.isEmpty else {
            // Who names the happening knows better than the rule.
            return (incident(by: named.isEmpty ? keys : named, within: nil, at: time), keys)
        }
        let part = within.first(where: place.isWithin) ?? place
        let found = incident(by: named + named.map { $0.marked(asOf: part) }, within: within, at: time)
        guard found == nil else { return (found, keys) }
        let own = keys.map { key in
            key.isHappening && incident(by: [key], within: nil, at: time) != nil ? key.marked(asOf: part) : key
        }
        return (nil, own)
    }

    private func incident(
        by keys: [CorrelationKey], within places: [GridCode]?, at time: Timestamp
    ) -> IncidentNumber? {
        correlations.incident(by: keys, at: time) { canBeJoined($0) && lies($0, within: places) }
    }

    private func lies(_ number: IncidentNumber, within places: [GridCode]?) -> Bool {
        guard let places else { return true }
        // What only informed and has closed is known by the places of its reports.
        let grids = incidents[number].map { [$0.grid].compactMap(\.self) } ?? correlations[number]?.grids ?? []
        return !grids.isEmpty && grids.allSatisfy { grid in places.contains(where: grid.isWithin) }
    }

    /// Returns true if people still have to act on an incident, or nobody had to.
    private func canBeJoined(_ number: IncidentNumber) -> Bool {
        guard let line = correlations[number] else { return false }
        guard line.asksForAction else { return true }
        guard let incident = incidents[number] else { return false }
        return incident.alerts.contains { $0.purpose == .action && !$0.isSettled }
    }

    private mutating func join(
        _ number: IncidentNumber, _ reporter: Reporter, _ subject: Case, _ routing: Routing, into turn: inout Turn
    ) {
        guard let line = correlations[number] else { return }
        let told = told(ofHappening: number, line, routing)
        let joined = JoinedReport(number, count: line.count + 1)
        let news = ReportNews(
            .alert, roots: [ReportNews.Root(number, sender: line.sender)],
            isRaised: told.severity < subject.report.severity, joined: joined.count)
        guard news.isRaised || isTold(joined.count) || hasNew(routing, told) || isNewAspect(subject.report, of: line)
        else {
            let record = incidentRecord(subject, Routing(informing: [], rule: ""), by: reporter.principal, news: news)
            self.record(.joined(record), into: &turn)
            return promise(reporter, IncidentNumber(lastPosition), record, into: &turn)
        }
        let update = rules.route(subject, type: .alert, told: [told], in: directory, with: subscriptions)
            .with(joined: joined)
        let hush = rules.hush(subject, update, silences, still: actingStill(on: number))
        let record = incidentRecord(subject, hush?.routing ?? update, by: reporter.principal, news: news)
        let stored = tell(record, hush, for: reporter, into: &turn)
        announce(stored, as: news, of: subject.report, into: &turn)
    }

    /// Returns the recipients who have to act on an incident and whom a silence keeps still.
    private func actingStill(on number: IncidentNumber) -> Set<Recipient> {
        guard hushed[number] != nil, let incident = incidents[number] else { return [] }
        let still = incident.alerts.filter { $0.state == .silenced && $0.purpose == .action }
        return Set(still.map { mailboxes[$0.mailbox.index].recipient })
    }

    // MARK: - What is told

    /// Returns true if a count is told: 2, 10, 100 and so on. So a storm of any size is told in a handful of updates.
    private func isTold(_ count: Int) -> Bool {
        var rest = count
        while rest % 10 == 0, rest > 1 { rest /= 10 }
        return count == 2 || rest == 1 && count > 1
    }

    /// Returns true if the rules name somebody who has not been told, or who had not to act, or has nothing left to do.
    private func hasNew(_ routing: Routing, _ told: ToldBefore) -> Bool {
        routing.addressees.contains { addressee in
            guard addressee.rule != Ruleset.fallbackName || told.isActedOnByNobody else { return false }
            return !told.alerts.contains {
                $0.recipient == addressee.recipient && (addressee.purpose == .information || $0.stands)
            }
        }
    }

    private func isNewAspect(_ report: Report, of line: CorrelationTable.Line) -> Bool {
        // Of one with very many places no further one is told for itself.
        !line.aspects.isEmpty && line.aspects.count < Limits.happeningAspects
            && !line.aspects.contains(CorrelationTable.aspect(report.event, report.grid))
    }

    /// Returns those who were told of an incident by the reports of its happening so far. Those stand who still have to act,
    /// or have declined, unless a rule asks for them now by which none of the open reports has been told: it may have other
    /// steps and another time.
    private func told(
        ofHappening number: IncidentNumber, _ line: CorrelationTable.Line, _ routing: Routing
    ) -> ToldBefore {
        var told = ToldBefore(number, severity: max(line.severity, news[number]?.severity ?? .unknown))
        let own = incidents[number].map { [$0] } ?? []
        let later = (news[number]?.open.keys.sorted() ?? []).compactMap { incidents[$0] }
        var known: Set<String> = []
        for incident in own + later {
            known.formUnion(incident.plans.map(\.rule))
            for alert in incident.alerts { known.formUnion([alert.addressee.rule] + alert.addressee.otherRules) }
        }
        var asked: Set<Recipient> = []
        for plan in routing.plans where !known.contains(plan.rule) {
            asked.formUnion(plan.watched.map { routing.addressees[$0].recipient })
        }
        for incident in own + later {
            var alerts = alerts(of: incident)
            for index in alerts.indices {
                alerts[index].stands =
                    alerts[index].purpose == .action && !incident.alerts[index].isSettled
                    && !asked.contains(alerts[index].recipient)
            }
            told.add(alerts, incident.plans)
        }
        let others = line.told.union(news[number]?.told ?? [])
        told.add(others.sorted().map { .init(recipient: $0, purpose: .information) })
        return told
    }

    // MARK: - The fold

    mutating func applyCorrelation(of record: IncidentRecord, _ entry: JournalEntry) {
        guard record.news?.joined != nil || !record.correlation.isEmpty || record.split != nil else { return }
        correlations.add(IncidentNumber(entry.position), record, at: entry.at) { incidents.slot(of: $0) != nil }
        guard let split = record.split else { return }
        // What is left may be less severe than what was taken out, and as severe as its own report at least.
        correlations.lowerSeverity(of: split.incident, from: record.severity, to: incidents[split.incident]?.severity)
        news.lowerSeverity(of: split.incident, from: record.severity)
    }

    /// The reports of each incident that others have joined and may still join, without those that were taken out.
    public var reportCounts: [IncidentNumber: Int] {
        correlations.lines.filter { $0.value.count > 1 }.mapValues { $0.count - $0.splits.count }
    }
}

// MARK: - Taking a report out again

/// An operator's wish to take a report out of the incident that it has joined.
public struct SplitRequest: Hashable, Sendable {
    /// The report's name.
    public var name: ReportName
    public var incident: IncidentNumber
    /// Who wishes it. The note is the reason.
    public var person: Person
    /// True if it is only to be said who would be told.
    public var isPreview: Bool
    /// The report as it is stored, by its position and its record; nil if there is none of that name.
    public var found: StoredReport?

    /// A report and the record that has it.
    public struct StoredReport: Hashable, Sendable {
        public var position: Position
        public var record: IncidentRecord
        public var report: Report

        public init(position: Position, record: IncidentRecord, report: Report) {
            self.position = position
            self.record = record
            self.report = report
        }
    }

    public init(
        _ name: ReportName, from incident: IncidentNumber, by person: Person, isPreview: Bool = false,
        found: StoredReport? = nil
    ) {
        self.name = name
        self.incident = incident
        self.person = person
        self.isPreview = isPreview
        self.found = found
    }
}

/// What a report becomes that was taken out of an incident, or would become.
public struct SplitAnswer: Hashable, Sendable {
    /// The new incident; nil for a preview.
    public var incident: IncidentNumber?
    public var from: IncidentNumber
    public var addressees: [Addressee]
}

extension Broker {
    /// Returns the record of a report that has been stored and is not known to be on disk yet.
    public func reportBeingStored(_ name: ReportName) -> (position: Position, record: IncidentRecord)? {
        uncommitted.receipt(for: name).map { ($0.incident.position, $0.record) }
    }

    /// SPLIT: a report that has joined an incident becomes one of its own, routed by the rules of now.
    mutating func split(_ peer: Peer, _ reference: Reference, _ wish: SplitRequest, into turn: inout Turn) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .split, into: &turn)
        }
        let found: SplitRequest.StoredReport
        do throws(Refusal) {
            found = try splittable(wish)
        } catch {
            return refuse(peer, .control, reference.text, error, .split, into: &turn)
        }
        let record = found.record
        let subject = Case(found.report, at: turn.now.wall, body: record.report, storedGrid: record.grid)
        let routing = rules.route(subject, with: subscriptions)
        let hush = rules.hush(subject, routing, silences)
        guard !wish.isPreview else {
            let answer = SplitAnswer(from: wish.incident, addressees: (hush?.routing ?? routing).addressees)
            return turn.send(.split(peer, reference, answer))
        }
        guard standing != .sparing else {
            return refuse(peer, .control, reference.text, .noRoomForReports, .split, into: &turn)
        }
        // What the report has told as an update is asked for by the new incident alone.
        end(IncidentNumber(found.position), by: wish.person, into: &turn)
        let split = incidentRecord(
            subject, hush?.routing ?? routing, by: record.principal,
            split: ReportSplit(of: found.position, from: wish.incident, by: wish.person))
        let number = tell(split, hush, into: &turn)
        let news = Progress.News(incident: number, type: .alert, severity: split.severity)
        announce(
            wish.incident, Progress(event: .split, at: turn.now.wall, person: wish.person, news: news), into: &turn)
        turn.send(
            .split(
                peer, reference,
                SplitAnswer(incident: number, from: wish.incident, addressees: split.alerts.map(\.addressee))))
        announceClosed(into: &turn)
    }

    private func splittable(_ wish: SplitRequest) throws(Refusal) -> SplitRequest.StoredReport {
        guard let found = wish.found else {
            throw Refusal(
                .invalid,
                "There is no report '\(wish.name)'; INCIDENT lists those that have joined one, with their names.",
                field: "report")
        }
        guard let joined = found.record.news?.joinedReport else {
            throw Refusal(
                .invalid,
                "The report '\(wish.name)' has joined no incident: it is incident \(found.position) itself.",
                field: "report")
        }
        guard joined.incident == wish.incident else {
            throw Refusal(
                .invalid,
                "The report '\(wish.name)' has joined incident \(joined.incident), and not \(wish.incident).",
                field: "from")
        }
        guard let line = correlations[wish.incident] else {
            throw Refusal(
                .unknownIncident,
                "Incident \(wish.incident) is closed; a report can be taken out of an open one.", field: "from")
        }
        if let known = line.splits[found.position] {
            throw Refusal(
                .invalid, "The report '\(wish.name)' was taken out already: it is incident \(known).", field: "report")
        }
        guard line.splits.count < Limits.splitsPerIncident else {
            throw Refusal(
                .invalid,
                "\(line.splits.count) reports were taken out of incident \(wish.incident), and that is the most.",
                field: "from")
        }
        return found
    }
}
