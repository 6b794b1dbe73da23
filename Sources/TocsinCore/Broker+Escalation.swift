import HeapModule
import TocsinJournal
import TocsinModel
import TocsinWire

/// The work that time brings, and the escalation of unanswered and declined alerts.
extension Broker {
    /// Takes the steps that are due, checks silent terminals and supervised links, and sends alerts again that were not
    /// RECEIVED.
    mutating func tick(into turn: inout Turn) {
        if let due = nextReceivedRecord, due <= turn.now.uptime { recordReceived(into: &turn) }
        if isJournalAvailable { takeDueSteps(into: &turn) }
        if !followers.isEmpty, turn.now.uptime >= nextFollowerCheck {
            nextFollowerCheck = turn.now.uptime + followerCheckInterval
            checkFollowers(into: &turn)
        }
        if !sessions.isEmpty { checkTerminals(into: &turn) }
        // Terminals that have just been found silent are gone by now.
        if isJournalAvailable, !links.isEmpty, turn.now.uptime >= nextLinkCheck { checkLinks(into: &turn) }
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
        for _ in 0..<Limits.stepsPerTurn {
            guard let deadline = deadlines.min, deadline.due <= turn.now.uptime else { return }
            _ = deadlines.popMin()
            guard let slot = incidents.slot(of: deadline.incident) else { continue }
            incidents[slot].progress[deadline.plan].isArmed = false
            guard incidents[slot].hasStep(deadline.plan), isUnanswered(deadline.plan, of: incidents[slot])
            else { continue }
            // A decline may have taken this deadline's step. Then the next step has its own time.
            if incidents[slot].due(deadline.plan) > turn.now.uptime {
                arm(deadline.plan, of: slot)
            } else {
                takeStep(deadline.plan, of: slot, .unanswered, into: &turn)
            }
        }
    }

    /// Takes the next step of every plan that watches a declined alert, or has brought it, without waiting for its
    /// time.
    mutating func escalateDeclined(_ location: AlertLocation, into turn: inout Turn) {
        for plan in incidents[location.slot].plans.indices where concerns(plan, location) {
            guard incidents[location.slot].hasStep(plan) else { continue }
            takeStep(plan, of: location.slot, .declined, into: &turn)
        }
    }

    /// Returns true if a plan must go on when this alert is declined. The plan of an alert that a step has brought is
    /// found by its rule. That plan must go on only while its watched alerts are unanswered.
    private func concerns(_ plan: Int, _ location: AlertLocation) -> Bool {
        let incident = incidents[location.slot]
        if incident.plans[plan].watched.contains(location.index) { return true }
        let alert = incident.alerts[location.index]
        return alert.escalation > 0 && alert.addressee.rule.isIdentical(to: incident.plans[plan].rule)
            && isUnanswered(plan, of: incident)
    }

    func isUnanswered(_ plan: Int, of incident: OpenIncident) -> Bool {
        incident.plans[plan].goesOn { incident.alerts.indices.contains($0) && incident.alerts[$0].isUnanswered }
    }

    private mutating func takeStep(
        _ plan: Int, of slot: IncidentSlot, _ cause: EscalatedRecord.Cause, into turn: inout Turn
    ) {
        let incident = incidents[slot]
        let number = incident.number
        let step = incident.progress[plan].nextStep
        let recipient = incident.plans[plan].steps[step].to
        let mailbox = mailboxID(recipient)
        let alert = mailboxes[mailbox.index].next
        record(
            .escalated(
                EscalatedRecord(
                    incident: number, plan: plan, step: step, recipient: recipient, number: alert, cause: cause
                )),
            into: &turn)
        announce(
            number, Progress(event: .escalated, at: turn.now.wall, recipient: recipient, number: alert), into: &turn)
        if turn.feedIsWatched {
            publish(
                .alert(number, incident.feedFacts, recipient, alert, .action, escalation: step + 1), into: &turn)
        }
        dispatch(mailbox, into: &turn)
    }
}
