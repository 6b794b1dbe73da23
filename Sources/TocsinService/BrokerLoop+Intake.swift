import Logging
import TocsinAccess
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire
import ZeroMQ

/// The intake of messages, which become inputs of the broker.
extension BrokerLoop {
    /// Takes a batch from the reports endpoint. One lookup for the whole batch tells which reports are known already.
    mutating func receiveReports(into turn: inout Turn) throws {
        var inputs: [Input] = []
        var principals: [PrincipalNumber] = []
        let entry = endpoints.entries[.reports] ?? .keys
        var references = 0
        for _ in 0..<Self.messagesPerTurn where references < Limits.references {
            guard
                let arrival = try door.next(
                    at: endpoints.reports, entry,
                    { (header) throws(CommandFailure) in try ReportsCommand(header: header) })
            else { break }
            do {
                guard let input = try input(for: arrival, now: turn.now) else { continue }
                if case .report(_, _, let report, _, _, _, _, _) = input { references += report.referencedNames.count }
                inputs.append(input)
                principals.append(arrival.principal)
            } catch {
                refuse(arrival.peer, .reports, error, into: &turn)
            }
        }
        try lookUp(&inputs)
        for (input, principal) in zip(inputs, principals) {
            if let failure = excess(of: input, by: principal, at: turn.now.uptime) {
                refuse(failure.peer, .reports, failure.failure, into: &turn)
            } else {
                pipeline.handle(try withReferences(input), into: &turn)
            }
        }
    }

    /// Returns the refusal of a report that comes faster than its client or its sender may report. One that comes again
    /// counts, and has its receipt all the same: whoever waits for it would send it for ever.
    private mutating func excess(
        of input: Input, by principal: PrincipalNumber, at uptime: Int64
    ) -> (peer: Peer, failure: CommandFailure)? {
        guard case .report(let peer, let reference, let report, _, let stored, _, _, _) = input else { return nil }
        do throws(Refusal) {
            try permissions.holdToRate(principal, report, at: uptime)
            return nil
        } catch {
            guard stored == nil, !pipeline.broker.isBeingStored(report.name) else { return nil }
            return (peer, ReportsCommand.report(reference).failure(error))
        }
    }

    /// Adds what the journal has of the reports that an Update or a Cancel refers to. The broker's state decides what is
    /// looked up, so it is done when the report's turn has come.
    private func withReferences(_ input: Input) throws -> Input {
        guard case .report(let peer, let reference, let report, let body, nil, _, let principal, let within) = input,
            report.messageType != .alert, let index = journal?.index
        else { return input }
        return .report(
            peer, reference, report, body: body, stored: nil,
            referenced: try StoredIncident.referenced(by: report, index, pipeline.broker), by: principal, within: within
        )
    }

    /// Takes a batch from the alerts endpoint.
    mutating func receiveAlerts(into turn: inout Turn) throws {
        let entry = endpoints.entries[.alerts] ?? .keys
        var subscriptions = 0
        for _ in 0..<Self.messagesPerTurn {
            // One JOIN may bring as many alerts as its credit. The conditions of a SUBSCRIBE are read and compiled, and
            // the answer to SUBSCRIPTIONS may be long. Others have their turn between some of those.
            guard turn.afterCommit.count < Limits.alertsPerTurn, subscriptions < Limits.subscriptionsPerTurn else {
                return
            }
            guard
                let arrival = try door.next(
                    at: endpoints.alerts, entry,
                    { (header) throws(CommandFailure) in try AlertsCommand(header: header) })
            else { return }
            do {
                let input = try input(for: arrival, now: turn.now.wall)
                switch input {
                case .subscribe, .subscriptions: subscriptions += 1
                default: break
                }
                pipeline.handle(input, into: &turn)
            } catch {
                pipeline.handle(.heard(arrival.peer), into: &turn)
                refuse(arrival.peer, .alerts, error, into: &turn)
            }
        }
    }

    /// Counts the connections to a feed without keys. While there are none, nothing is published.
    mutating func receiveFeedEvents() throws {
        // libzmq looks after a socket's connections only on calls to it. While nothing is published there are no other
        // calls.
        _ = try endpoints.feed.socket.events
        for _ in 0..<Self.messagesPerTurn {
            guard let event = try endpoints.feed.monitor.receive(wait: false) else { return }
            feedConnections += event.kind == .accepted ? 1 : -1
        }
    }

    /// Returns the place of a report, by its point if it names none.
    private func place(of report: Report) -> GridCode? {
        report.grid ?? report.point.flatMap { pipeline.files.directory.borders.place(at: $0) }
    }

    private mutating func input(
        for arrival: Arrival<ReportsCommand>, now: Moment
    ) throws(CommandFailure) -> Input? {
        let command = try arrival.command.get()
        do {
            switch command {
            case .report(let reference):
                try arrival.expectBodies(1...1, "the report")
                let report = try door.body.withUnsafeBytes { (bytes) throws(Refusal) in try decoder.decode(bytes) }
                try permissions.allow(
                    .report(sender: report.name.sender, place: place(of: report)), by: arrival.principal, at: now.wall)
                return .report(
                    arrival.peer, reference, report, body: door.body.bytes, stored: nil,
                    by: permissions.name(of: arrival.principal), within: permissions.places(of: arrival.principal))
            case .follow(let reference, let incident):
                try arrival.expectBodies(0...0, "its header")
                var isOwn = permissions.mayFollowAll(arrival.principal)
                if !isOwn { isOwn = try isReported(incident, by: arrival.principal) }
                try permissions.allow(.follow(isOwn: isOwn), by: arrival.principal, at: now.wall)
                return .follow(arrival.peer, reference, incident, isStored: try isStored(incident))
            case .rate(let reference, let incident): return try rating(of: incident, reference, arrival, now: now)
            case .ping(let payload):
                try permissions.allow(nil, by: arrival.principal, at: now.wall)
                return .ping(.reports, arrival.peer, payload)
            case .pong: return nil
            }
        } catch {
            throw command.failure(error)
        }
    }

    private mutating func input(
        for arrival: Arrival<AlertsCommand>, now: Timestamp
    ) throws(CommandFailure) -> Input {
        let command = try arrival.command.get()
        let peer = arrival.peer
        do {
            try permissions.allow(command.demand, by: arrival.principal, at: now)
            switch command {
            case .acknowledge(let recipient, let number):
                return .acknowledge(peer, recipient, number, try word(arrival, .acknowledge).person)
            case .decline(let recipient, let number):
                return .decline(peer, recipient, number, try word(arrival, .decline).person)
            case .status(let recipient, let number):
                let word = try word(arrival, .status)
                return .status(peer, recipient, number, word.state ?? .enRoute, word.person)
            case .subscribe(let key): return .subscribe(peer, try subscription(key, arrival, now: now))
            case .unsubscribe(let key): return .unsubscribe(peer, try unsubscribed(key, arrival))
            case .ping(let payload): return .ping(.alerts, peer, payload)
            case .pong: return .heard(peer)
            case .join, .received, .leave, .subscriptions: break
            }
            try arrival.expectBodies(0...0, "its header")
            switch command {
            case .join(let recipient, let terminal, let credit):
                return .join(
                    peer, recipient, terminal: terminal, credit: credit, by: permissions.name(of: arrival.principal))
            case .received(let recipient, let numbers): return .received(peer, recipient, numbers)
            case .leave(let recipient): return .leave(peer, recipient)
            case .subscriptions(let recipient): return .subscriptions(peer, recipient)
            case .ping, .pong, .acknowledge, .decline, .status, .subscribe, .unsubscribe: return .heard(peer)
            }
        } catch {
            throw command.failure(error)
        }
    }

    private mutating func word(_ arrival: Arrival<AlertsCommand>, _ command: CommandWord) throws(Refusal)
        -> PersonalWord
    {
        try arrival.expectBodies(1...1, "the person's word")
        var word = try parseBody("The person's word") { (json) throws(Refusal) in
            try PersonalWord(json: json, for: command)
        }
        word.person.principal = permissions.name(of: arrival.principal)
        return word
    }

    private mutating func subscription(
        _ key: Subscription.Key, _ arrival: Arrival<AlertsCommand>, now: Timestamp
    ) throws(Refusal) -> Subscription {
        try arrival.expectBodies(1...1, "the conditions")
        let wish = try parseBody("The subscription") { (json) throws(Refusal) in try SubscriptionWish(json: json) }
        return Subscription(
            key, when: wish.when, purpose: wish.purpose, by: wish.by, since: now,
            principal: permissions.name(of: arrival.principal))
    }

    private mutating func unsubscribed(
        _ key: Subscription.Key, _ arrival: Arrival<AlertsCommand>
    ) throws(Refusal) -> UnsubscribedRecord {
        try arrival.expectBodies(0...1, "who ends it")
        let by =
            arrival.bodies == 0
            ? nil : try parseBody("The argument") { (json) throws(Refusal) in try SubscriptionWish.by(json) }
        return UnsubscribedRecord(key, by: by, principal: permissions.name(of: arrival.principal))
    }

    /// Parses the body that came last with `read`.
    mutating func parseBody<Value>(
        _ what: String, _ read: (JSONNode) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        guard door.body.count <= Limits.bodyBytes else {
            throw Refusal(.tooLarge, "\(what) has \(door.body.count) bytes; at most \(Limits.bodyBytes) are allowed.")
        }
        return try door.body.withUnsafeBytes { (bytes) throws(Refusal) in try bodyParser.read(bytes, what, read) }
    }

    /// Gives each report its incident's entry, if the journal has it.
    private func lookUp(_ inputs: inout [Input]) throws {
        // Without a journal nothing is known to be on disk, and the broker refuses requests that need that.
        guard let index = journal?.index else { return }
        var names: [ReportName] = []
        var offsets: [Int] = []
        for (offset, input) in inputs.enumerated() {
            guard case .report(_, _, let report, _, _, _, _, _) = input else { continue }
            names.append(report.name)
            offsets.append(offset)
        }
        guard !names.isEmpty else { return }
        for (offset, number) in zip(offsets, try index.incidents(named: names)) {
            guard let number,
                case .report(let peer, let reference, let report, let body, _, _, let principal, let within) = inputs[
                    offset]
            else { continue }
            let stored = try index.entry(at: number.position)
            // Its name may have been forgotten meanwhile.
            if stored?.isNameForgotten ?? false { continue }
            guard let stored, stored.isOf(report.name) else {
                throw JournalError.corrupt("Incident \(number), which '\(report.name)' became, is not in the journal.")
            }
            inputs[offset] = .report(
                peer, reference, report, body: body, stored: stored, by: principal, within: within)
        }
    }

    /// Returns true if a principal reported an incident, or a report that has joined it.
    mutating func isReported(_ incident: IncidentNumber, by principal: PrincipalNumber) throws(Refusal) -> Bool {
        guard let index = journal?.index else { throw .stateUnknown }
        do throws(JournalError) {
            guard case .incident(let record)? = try index.incident(incident)?.record else { return false }
            let name = permissions.name(of: principal)
            if record.principal.isIdentical(to: name) { return true }
            return if let name { try index.isJoined(incident, by: name) } else { false }
        } catch {
            logger.error("an incident cannot be read", metadata: ["incident": "\(incident)", "error": "\(error)"])
            throw .stateUnknown
        }
    }

    private func isStored(_ incident: IncidentNumber) throws(Refusal) -> Bool {
        if pipeline.broker.isOpen(incident) { return true }
        guard let index = journal?.index else { throw .stateUnknown }
        do {
            return try index.incident(incident) != nil
        } catch {
            logger.error("an incident cannot be read", metadata: ["incident": "\(incident)", "error": "\(error)"])
            throw .stateUnknown
        }
    }

    func refuse(_ peer: Peer, _ endpoint: Endpoint, _ failure: CommandFailure, into turn: inout Turn) {
        logRefusal(failure)
        turn.refuse(endpoint, peer, subject: failure.subject, failure.refusal, failure.command, number: failure.number)
    }

    func logRefusal(_ failure: CommandFailure) {
        logger.debug(
            "refused",
            metadata: [
                "code": "\(failure.refusal.code.rawValue)", "message": "\(failure.refusal.message)",
                "subject": "\(failure.subject)",
            ])
    }
}

extension JournalEntry {
    /// True for what is left of an incident whose report's name is not known any more.
    fileprivate var isNameForgotten: Bool {
        if case .removed(let removed) = record { removed.incident?.name == nil } else { false }
    }

    /// True for the incident that a report became, and for what is left of one that was removed.
    fileprivate func isOf(_ report: ReportName) -> Bool {
        switch record {
        case .incident(let incident), .joined(let incident): incident.name == report
        case .removed(let removed): removed.incident?.name == report
        case .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated,
            .silenced, .unsilenced, .reopened:
            false
        }
    }
}

extension ReportsCommand {
    /// Returns the failure of the rest of the message, addressed as its header says.
    fileprivate func failure(_ refusal: Refusal) -> CommandFailure {
        switch self {
        case .report(let reference): CommandFailure(refusal: refusal, subject: reference.text, command: .report)
        case .follow(let reference, _): CommandFailure(refusal: refusal, subject: reference.text, command: .follow)
        case .rate(let reference, _): CommandFailure(refusal: refusal, subject: reference.text, command: .rate)
        case .ping: CommandFailure(refusal: refusal, subject: "-", command: .ping)
        case .pong: CommandFailure(refusal: refusal, subject: "-", command: .pong)
        }
    }
}

extension AlertsCommand {
    fileprivate func failure(_ refusal: Refusal) -> CommandFailure {
        func of(_ recipient: Recipient, _ command: CommandWord, _ number: AlertNumber? = nil) -> CommandFailure {
            CommandFailure(refusal: refusal, subject: recipient.name, command: command, number: number)
        }
        return switch self {
        case .join(let recipient, _, _): of(recipient, .join)
        case .received(let recipient, _): of(recipient, .received)
        case .acknowledge(let recipient, let number): of(recipient, .acknowledge, number)
        case .decline(let recipient, let number): of(recipient, .decline, number)
        case .status(let recipient, let number): of(recipient, .status, number)
        case .leave(let recipient): of(recipient, .leave)
        case .subscribe(let key): of(key.recipient, .subscribe)
        case .unsubscribe(let key): of(key.recipient, .unsubscribe)
        case .subscriptions(let recipient): of(recipient, .subscriptions)
        case .ping: CommandFailure(refusal: refusal, subject: "-", command: .ping)
        case .pong: CommandFailure(refusal: refusal, subject: "-", command: .pong)
        }
    }
}
