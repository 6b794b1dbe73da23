import TocsinAccess
import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// Supervised links: what is lost becomes an incident of the broker's own, and what is back closes it.
extension Broker {
    /// The heartbeat of terminals in milliseconds. Where a recipient is supervised, it is short enough for a silent terminal
    /// to be found in time.
    var heartbeat: Int64 {
        links.hasRecipients ? supervisedHeartbeat : settings.heartbeatMilliseconds
    }

    private var supervisedHeartbeat: Int64 {
        min(settings.heartbeatMilliseconds, Limits.supervisedHeartbeatMilliseconds)
    }

    /// The time between two looks at all links, in milliseconds.
    private var linkCheckInterval: Int64 { max(1, supervisedHeartbeat / 4) }

    /// Supervises the links of these files. What is known of a link stays.
    ///
    /// A link that is new gets the time in which a terminal that lost the broker joins again: no start rings. A loss that has
    /// an open incident goes on. The incident of a link that nobody supervises any more is closed.
    mutating func superviseLinks(_ files: RuleFiles, into turn: inout Turn) {
        let (before, now) = (links, turn.now.uptime)
        links = LinkSupervision()
        // A terminal notices three heartbeats of silence, and joins again.
        let reunion = now + 3 * supervisedHeartbeat
        watchAttendance(from: reunion)
        for (recipient, supervisor) in files.directory.supervised {
            add(.recipient(recipient), supervisor, silence: 3 * supervisedHeartbeat, before, due: reunion)
        }
        for principal in files.clients.principals {
            guard let supervision = principal.supervision, principal.isIn(at: turn.now.wall) else { continue }
            add(
                .client(principal.name), supervision.supervisor, silence: supervision.silenceMilliseconds, before,
                due: reunion, until: principal.until)
        }
        guard !before.isEmpty || !links.isEmpty else { return }
        resumeLosses(into: &turn)
        nextLinkCheck = now
        // Terminals that joined before are asked more often from now on.
        nextHeartbeatCheck = min(nextHeartbeatCheck, now + heartbeatCheckInterval)
    }

    private mutating func add(
        _ name: LinkName, _ supervisor: Recipient, silence: Int64, _ before: LinkSupervision, due: Int64,
        until: Timestamp? = nil
    ) {
        var link = before[name] ?? SupervisedLink(name, supervisor: supervisor, silence: silence, due: due)
        (link.supervisor, link.silence, link.until) = (supervisor, silence, until)
        if case .recipient(let recipient) = name, let mailbox = mailboxIDs[recipient] {
            link.isJoined = !mailboxes[mailbox.index].terminals.isEmpty
        }
        links.add(link)
    }

    /// Takes up the losses that have an open incident, and closes those of links that nobody supervises.
    private mutating func resumeLosses(into turn: inout Turn) {
        var open: [LinkName: IncidentNumber] = [:]
        incidents.forEach(after: 0) { incident in
            // These two are at hand. Hardly any other incident is looked into.
            guard incident.category == .infra, incident.severity == .severe, let first = incident.alerts.first,
                let name = Ruleset.supervisedLink(of: first.addressee.rule).flatMap(LinkName.init)
            else { return true }
            open[name] = incident.number
            return true
        }
        for index in links.links.indices where links[index].loss == nil {
            guard let number = open[links[index].name], let incident = incidents[number] else { continue }
            links[index].resume(incident)
        }
        guard isJournalAvailable else { return }
        for (name, number) in open.sorted(by: { $0.value < $1.value }) where links[name] == nil {
            end(number, by: Person(by: LinkReport.sender, note: "\(name) is no longer supervised."), into: &turn)
        }
        announceClosed(into: &turn)
    }

    /// Reports the links that are lost, and those that are back.
    mutating func checkLinks(into turn: inout Turn) {
        var changes = 0
        for index in links.links.indices {
            if let until = links[index].until, until <= turn.now.wall {
                guard endLoss(index, into: &turn) else { continue }
            } else {
                switch links[index].change(at: turn.now.uptime) {
                case nil: continue
                case .lost: reportLost(index, into: &turn)
                case .restored(let loss, let since): reportRestored(index, loss, since: since, into: &turn)
                }
            }
            changes += 1
            // The others follow in the next turn, so that people's messages come between.
            guard changes < Limits.linksPerTurn else {
                nextLinkCheck = turn.now.uptime
                return
            }
        }
        nextLinkCheck = turn.now.uptime + linkCheckInterval
    }

    private mutating func reportLost(_ index: Int, into turn: inout Turn) {
        let link = links[index]
        let number = IncidentNumber(lastPosition.next)
        let report = LinkReport(
            lost: link, number, title: title(of: link.name),
            lastHeard: link.wasHeard ? turn.now.wall(at: link.lastHeard) : nil, now: turn.now.wall)
        let subject = Case(report.report, at: turn.now.wall, body: report.body)
        let routing = rules.route(
            subject, to: link.supervisor, of: link.name.description, with: subscriptions)
        take(incidentRecord(subject, routing, by: nil), into: &turn)
        links[index].lose(by: number, storedAt: turn.now.wall)
    }

    /// Tells everybody who was told of the loss, and closes its incident: nobody need acknowledge a link that is back.
    private mutating func reportRestored(
        _ index: Int, _ loss: SupervisedLink.Loss, since: Int64, into turn: inout Turn
    ) {
        let link = links[index]
        let told = incidents[loss.incident]?.alerts.map { mailboxes[$0.mailbox.index].recipient } ?? []
        let report = LinkReport(
            restored: link, after: loss, seconds: (since - loss.since + 500) / 1000,
            IncidentNumber(lastPosition.next), title: title(of: link.name), now: turn.now.wall)
        let routing = Routing(
            informing: [link.supervisor] + told, rule: Ruleset.supervisionName(of: link.name.description))
        take(
            incidentRecord(Case(report.report, at: turn.now.wall, body: report.body), routing, by: nil), into: &turn)
        guard isOpen(loss.incident) else { return }
        end(loss.incident, by: Person(by: LinkReport.sender, note: "The link to \(link.name) is back."), into: &turn)
        announceClosed(into: &turn)
    }

    /// Closes the incident of a lost link to a client whose time is over: nobody waits for it any more.
    ///
    /// - Returns: False if the link is not lost.
    private mutating func endLoss(_ index: Int, into turn: inout Turn) -> Bool {
        guard let loss = links[index].loss else { return false }
        links[index].state = .held(since: turn.now.uptime)
        guard isOpen(loss.incident) else { return true }
        let note = "The time of \(links[index].name) is over; nobody waits for it any more."
        end(loss.incident, by: Person(by: LinkReport.sender, note: note), into: &turn)
        announceClosed(into: &turn)
        return true
    }

    /// Makes an incident of the broker's own, as from anybody's report.
    mutating func take(_ incident: IncidentRecord, into turn: inout Turn) {
        tell(incident, into: &turn)
        turn.hurry()
    }

    private func title(of link: LinkName) -> Title? {
        switch link {
        case .recipient(let recipient): directory.title(of: recipient)
        case .client: nil
        }
    }
}

extension Principal.Supervision {
    /// The time after which a client of which nothing is heard is lost, in milliseconds: its heartbeat, and a quarter for
    /// delays, of at most 15 s.
    var silenceMilliseconds: Int64 {
        let heartbeat = heartbeat.wholeMilliseconds
        return heartbeat + min(heartbeat / 4, 15_000)
    }
}

extension Broker {
    /// The supervised links, for operators.
    public struct LinkOverview: Sendable {
        /// A link that is lost, or is back for too short a time.
        public struct Lost: Sendable {
            /// A recipient's name, or `client:` and a client's.
            public let link: String
            public let supervisor: Recipient
            public let incident: IncidentNumber
            public let since: Timestamp
            /// How often it was lost since then.
            public let losses: Int
            /// When it was heard again, if it is. It must hold for some time from then on.
            public let backSince: Timestamp?
        }

        public let supervised: Int
        public let lost: [Lost]
    }

    /// Returns the supervised links as they are now, those lost first at the head.
    public func linkOverview(at now: Moment) -> LinkOverview {
        let lost = links.links.compactMap { link in
            link.loss.map {
                LinkOverview.Lost(
                    link: link.name.description, supervisor: link.supervisor, incident: $0.incident,
                    since: now.wall(at: $0.since), losses: $0.times, backSince: link.backSince.map(now.wall(at:)))
            }
        }
        return LinkOverview(
            supervised: links.links.count, lost: lost.sorted { ($0.since, $0.incident) < ($1.since, $1.incident) })
    }
}

extension Moment {
    /// Returns the civil time at an uptime.
    fileprivate func wall(at uptime: Int64) -> Timestamp { wall + .milliseconds(uptime - self.uptime) }
}
