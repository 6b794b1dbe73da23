import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// Silences: alerts that do not ring for a time, and ring when it is over.
extension Broker {
    /// SILENCE: from its record on, alerts of reports that meet the conditions are kept still.
    mutating func silence(_ peer: Peer, _ reference: Reference, _ silence: Silence, into turn: inout Turn) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .silence, into: &turn)
        }
        // One that is sent again because its answer was lost stands already.
        if let number = silences.number(of: silence, at: turn.now.wall) {
            return turn.send(.silenced(peer, reference, number))
        }
        do throws(Refusal) {
            try silences.check(silence, by: rules, now: turn.now.wall)
        } catch {
            return refuse(peer, .control, reference.text, error, .silence, into: &turn)
        }
        record(.silenced(silence), into: &turn)
        nextHushCheck = 0
        turn.send(.silenced(peer, reference, lastPosition))
    }

    /// UNSILENCE: ends a silence before its time. What it has kept still rings.
    mutating func unsilence(
        _ peer: Peer, _ reference: Reference, _ number: Position, _ person: Person, into turn: inout Turn
    ) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .unsilence, into: &turn)
        }
        guard silences.stands(number, at: turn.now.wall) else {
            let refusal = Refusal(
                .invalid, "There is no silence \(number) now; SILENCES says which there are.", field: "silence")
            return refuse(peer, .control, reference.text, refusal, .unsilence, into: &turn)
        }
        record(.unsilenced(UnsilencedRecord(number, by: person)), into: &turn)
        nextHushCheck = 0
        turn.send(.unsilenced(peer, reference))
    }

    mutating func apply(_ silence: Silence, _ entry: JournalEntry, now: Moment) {
        silences.removeMany(overAt: entry.at)
        silences.add(silence, at: entry.position)
        silenceEnds.add(entry.position, from: entry.at, until: silence.until, now: now)
    }

    mutating func apply(_ record: UnsilencedRecord, at time: Timestamp) {
        silences.remove(record.silence)
        silenceEnds.remove(record.silence)
        hushed.end(record.silence, at: time)
    }

    // MARK: - Keeping still

    /// Records which alerts of a new incident do not ring.
    mutating func keepStill(_ incident: IncidentNumber, _ hush: Hush, into turn: inout Turn) {
        guard let slot = incidents.slot(of: incident) else { return }
        for index in incidents[slot].alerts.indices where !hush.told.contains(index) {
            record(
                .stoodDown(
                    StoodDownRecord(
                        incident: incident, recipient: incidents[slot].alerts[index].addressee.recipient,
                        number: incidents[slot].alerts[index].number, state: .silenced,
                        cause: .silenced(hush.silencing))),
                into: &turn)
        }
        turn.endPersonals()
        nextHushCheck = 0
    }

    /// Tells the feed which alerts of a new incident do not ring.
    mutating func announceSilenced(_ incident: IncidentNumber, into turn: inout Turn) {
        guard let slot = incidents.slot(of: incident) else { return }
        for alert in incidents[slot].alerts where alert.state == .silenced {
            announce(incident, alert.number, .silenced, nil, in: alert.mailbox, into: &turn)
        }
    }

    // MARK: - Ringing again

    /// True while there is a silence, or something that one keeps still.
    var hasSilences: Bool { !hushed.isEmpty || !silenceEnds.isEmpty }

    /// The time between two looks at what is to ring, in milliseconds. The civil clock decides, which may be set.
    private static var hushCheckInterval: Int64 { 1000 }

    /// Rings some of what silences have kept still that are over. The others follow in the next turns.
    mutating func liftSilences(into turn: inout Turn) {
        endOverdueSilences(into: &turn)
        var touched: [MailboxID] = []
        while touched.count < Limits.stepsPerTurn, let incident = hushed.popDue(at: turn.now) {
            touched += lift(incident, into: &turn)
        }
        nextHushCheck = silenceEnds.next ?? .max
        if !hushed.isEmpty {
            let pause = hushed.hasDue(at: turn.now) ? 0 : Self.hushCheckInterval
            nextHushCheck = min(nextHushCheck, turn.now.uptime + pause)
        }
        for mailbox in touched { dispatch(mailbox, into: &turn) }
    }

    /// Ends silences whose time has passed and which the civil clock would let go on: it was ahead, or was set back.
    private mutating func endOverdueSilences(into turn: inout Turn) {
        for number in silenceEnds.popOverdue(at: turn.now.uptime) {
            guard silences.stands(number, at: turn.now.wall) else {
                silences.end(number)
                continue
            }
            let person = Person(by: LinkReport.sender, note: "Its time has passed; the civil clock was set meanwhile.")
            record(.unsilenced(UnsilencedRecord(number, by: person)), into: &turn)
        }
    }

    /// Rings an incident's alerts that were kept still.
    ///
    /// - Returns: Their mailboxes, whose alerts are still to be sent.
    private mutating func lift(_ incident: IncidentNumber, into turn: inout Turn) -> [MailboxID] {
        var mailboxes: [MailboxID] = []
        guard let slot = incidents.slot(of: incident) else { return [] }
        let late = hushed[incident].map { turn.now.wall.milliseconds - $0.until.milliseconds } ?? 0
        for index in incidents[slot].alerts.indices {
            // Those whom another recipient's answer covers stay as they are.
            guard incidents[slot].alerts[index].state == .silenced, !incidents[slot].isCovered(index) else { continue }
            recordRing(
                index, of: slot, .lifted, within: incidents[slot].alerts[index].addressee.acknowledgeWithinMilliseconds,
                late: late >= Self.lateSilence ? late : nil, into: &turn)
            mailboxes.append(incidents[slot].alerts[index].mailbox)
        }
        return mailboxes
    }

    /// The milliseconds from which on a ring after a silence is late: more than two looks at it.
    private static var lateSilence: Int64 { 3000 }

    // MARK: - For operators

    /// Operators' silences that stand at a time.
    public func standingSilences(at time: Timestamp) -> [SilenceLine] {
        silences.standing(at: time).lines
    }

    /// Returns the number of open incidents that each silence keeps still at a time.
    public func hushedCounts(at time: Timestamp) -> [Silencing.Source: Int] { hushed.counts(at: time) }

    /// Returns the number of open incidents that are kept still at a time.
    public func hushedIncidents(at time: Timestamp) -> Int { hushed.count(at: time) }
}
