import HeapModule
import TocsinJournal
import TocsinModel
import TocsinWire

/// The work that time brings, and the escalation of unanswered and declined alerts.
extension Broker {
    /// Takes the steps that are due, checks silent terminals, supervised links and rosters, and sends alerts again that
    /// were not RECEIVED.
    mutating func tick(into turn: inout Turn) {
        if let due = nextReceivedRecord, due <= turn.now.uptime { recordReceived(into: &turn) }
        if isJournalAvailable { takeDueSteps(into: &turn) }
        if isJournalAvailable, hasSilences, turn.now.uptime >= nextHushCheck { liftSilences(into: &turn) }
        if !followers.isEmpty, turn.now.uptime >= nextFollowerCheck {
            nextFollowerCheck = turn.now.uptime + followerCheckInterval
            checkFollowers(into: &turn)
        }
        if !sessions.isEmpty {
            checkTerminals(into: &turn)
            patrolIncidents(into: &turn)
        }
        // Terminals that have just been found silent are gone by now.
        if isJournalAvailable, !links.isEmpty, turn.now.uptime >= nextLinkCheck { checkLinks(into: &turn) }
        if isJournalAvailable, dutyGaps.isOn, turn.now.uptime >= dutyGaps.nextCheck { checkDutyGaps(into: &turn) }
    }

    private mutating func checkTerminals(into turn: inout Turn) {
        if turn.now.uptime >= nextHeartbeatCheck {
            nextHeartbeatCheck = turn.now.uptime + heartbeatCheckInterval
            checkHeartbeats(into: &turn)
        }
        if turn.now.uptime >= nextRedeliveryCheck {
            nextRedeliveryCheck = turn.now.uptime + settings.redeliverAfterMilliseconds
            recordReceived(into: &turn)
            redeliverOverdue(into: &turn)
        }
    }

    /// Takes some of the steps that are due. After a long time down there may be very many. The others follow in the
    /// next turns, so that people's messages come between.
    private mutating func takeDueSteps(into turn: inout Turn) {
        // They are sent when all are taken: whoever is asked by two steps at once rings once, for both reasons.
        var touched: [MailboxID] = []
        for _ in 0..<Limits.stepsPerTurn {
            guard let deadline = deadlines.min, deadline.due <= turn.now.uptime else { break }
            _ = deadlines.popMin()
            guard let slot = incidents.slot(of: deadline.incident) else { continue }
            if deadline.plan == Deadline.lapses {
                reopenLapsed(slot, into: &turn)
            } else if deadline.plan == Deadline.feedback {
                touched += askForFeedback(slot, into: &turn)
            } else if incidents[slot].progress[deadline.plan].armedFor == deadline.due {
                incidents[slot].progress[deadline.plan].armedFor = .max
                if let mailbox = proceed(deadline.plan, of: slot, into: &turn) { touched.append(mailbox) }
            }
        }
        for mailbox in touched { dispatch(mailbox, into: &turn) }
    }

    /// Takes a plan's next step, or repeats, if the plan goes on and it is time. A decline may have taken the step that the
    /// deadline stood for. Then the next one has its own time.
    ///
    /// - Returns: The mailbox of a step, whose alert is still to be sent.
    private mutating func proceed(_ plan: Int, of slot: IncidentSlot, into turn: inout Turn) -> MailboxID? {
        guard incidents[slot].goesOn(plan), let due = nextDue(plan, of: slot) else { return nil }
        guard due <= turn.now.uptime else {
            arm(plan, of: slot)
            return nil
        }
        guard incidents[slot].hasStep(plan) else {
            repeatRings(plan, of: slot, into: &turn)
            return nil
        }
        let isEarly = incidents[slot].due(plan).map { due < $0 } ?? false
        return takeStep(plan, of: slot, isEarly ? .unattended : .unanswered, due: due, into: &turn)
    }

    /// Returns the uptime of a plan's next step or repetition, or that at which the next step is taken early because nobody
    /// has joined. Nil if nothing is left.
    func nextDue(_ plan: Int, of slot: IncidentSlot) -> Int64? {
        guard let due = incidents[slot].due(plan) else { return nil }
        return min(due, unattendedDue(plan, of: slot) ?? .max)
    }

    /// Takes the next step of every plan that watches a declined alert, or has brought it, without waiting for its
    /// time.
    mutating func escalateDeclined(_ location: AlertLocation, into turn: inout Turn) {
        for plan in incidents[location.slot].plans.indices where mustGoOn(plan, location) {
            if incidents[location.slot].hasStep(plan) {
                let mailbox = takeStep(plan, of: location.slot, .declined, due: turn.now.uptime, into: &turn)
                dispatch(mailbox, into: &turn)
            } else {
                arm(plan, of: location.slot)
            }
        }
    }

    /// Returns true if a plan must go on when this alert is declined. The plan of an alert that a step has brought must go
    /// on only while its watched alerts are unanswered.
    private func mustGoOn(_ plan: Int, _ location: AlertLocation) -> Bool {
        let incident = incidents[location.slot]
        if incident.plans[plan].watched.contains(location.index), incident.plans[plan].requirement == .each {
            return true
        }
        return incident.concerns(plan, location.index) && incident.goesOn(plan)
    }

    /// Takes a step. Whoever has an alert of this incident and has not answered it gets no second one: that one rings, for
    /// one more reason.
    ///
    /// - Returns: The mailbox, whose alert is still to be sent.
    mutating func takeStep(
        _ plan: Int, of slot: IncidentSlot, _ cause: EscalatedRecord.Cause, due: Int64, into turn: inout Turn
    ) -> MailboxID {
        let incident = incidents[slot]
        let step = incident.progress[plan].nextStep
        let recipient = incident.plans[plan].steps[step].to
        let mailbox = mailboxID(recipient)
        let late = turn.now.uptime - due >= Self.lateness ? turn.now.uptime - due : nil
        if let known = incident.alerts.firstIndex(where: { $0.mailbox == mailbox && $0.isUnanswered }) {
            recordRing(known, of: slot, cause.ofRing, plan: plan, step: step, late: late, into: &turn)
            return mailbox
        }
        let alert = mailboxes[mailbox.index].next
        record(
            .escalated(
                EscalatedRecord(
                    incident: incident.number, plan: plan, step: step, recipient: recipient, number: alert,
                    cause: cause, lateMilliseconds: late)),
            into: &turn)
        announce(
            incident.number, Progress(event: .escalated, at: turn.now.wall, recipient: recipient, number: alert),
            into: &turn)
        if turn.feedIsWatched {
            publish(
                .alert(incident.number, incident.feedFacts, recipient, alert, .action, escalation: step + 1),
                into: &turn)
        }
        return mailbox
    }

    /// The milliseconds from which on a step is late, and marked so.
    static let lateness: Int64 = 1000
}

extension EscalatedRecord.Cause {
    fileprivate var ofRing: RungRecord.Cause {
        switch self {
        case .unanswered: .unanswered
        case .declined: .declined
        case .unattended: .unattended
        case .feedback: .feedback
        }
    }
}
