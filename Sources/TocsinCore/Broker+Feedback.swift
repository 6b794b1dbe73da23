import HeapModule
import TocsinJournal
import TocsinModel

/// The answer that a rule promises whoever reported (`feedback-within`). It is given when everybody whom the rule has asked
/// has resolved the incident, or it was closed. One that is not given in time is owed like any other answer, and is asked
/// for again and again.
extension Broker {
    /// Puts deadlines in the queue at which an incident's plans ask for the answers that they have promised.
    mutating func armFeedback(of slot: IncidentSlot) {
        for plan in incidents[slot].plans.indices {
            guard let due = incidents[slot].feedbackDue(plan) else { continue }
            deadlines.insert(Deadline(due: due, incident: incidents[slot].number, plan: Deadline.feedback))
        }
    }

    /// Folds that a plan has asked for the promised answer, at a second of the incident. It asks all who owe it at once.
    mutating func noteAsked(_ plan: Int, of slot: IncidentSlot, at second: UInt32) {
        // 0 stands for never.
        let second = max(second, 1)
        guard second > incidents[slot].progress[plan].asked else { return }
        incidents[slot].progress[plan].asked = second
        guard let due = incidents[slot].feedbackDue(plan) else { return }
        deadlines.insert(Deadline(due: due, incident: incidents[slot].number, plan: Deadline.feedback))
    }

    /// Rings everybody who owes an answer that is due, and takes the first step of the rule that has promised it.
    ///
    /// - Returns: The mailboxes of the steps, whose alerts are still to be sent.
    mutating func askForFeedback(_ slot: IncidentSlot, into turn: inout Turn) -> [MailboxID] {
        var touched: [MailboxID] = []
        for plan in incidents[slot].plans.indices {
            guard let due = incidents[slot].feedbackDue(plan), due <= turn.now.uptime else { continue }
            if let mailbox = askForFeedback(plan, of: slot, due: due, into: &turn) { touched.append(mailbox) }
        }
        return touched
    }

    private mutating func askForFeedback(
        _ plan: Int, of slot: IncidentSlot, due: Int64, into turn: inout Turn
    ) -> MailboxID? {
        let owing = incidents[slot].owingFeedback(plan)
        guard !owing.isEmpty else {
            // A silence keeps all of them still, which is no fact for the journal.
            let again = turn.now.uptime + (incidents[slot].plans[plan].feedbackAgainMilliseconds ?? 0)
            deadlines.insert(Deadline(due: again, incident: incidents[slot].number, plan: Deadline.feedback))
            return nil
        }
        let late = turn.now.uptime - due >= Self.lateness ? turn.now.uptime - due : nil
        let within = incidents[slot].plans[plan].acknowledgeWithinMilliseconds
        for index in owing { ring(index, of: slot, .feedback, plan: plan, within: within, late: late, into: &turn) }
        for index in owing { recall(index, of: slot, .feedback, late: late, into: &turn) }
        // Whoever is asked for the answer is not told by a step as well.
        guard let first = incidents[slot].plans[plan].steps.first, incidents[slot].goesOn(plan),
            !owing.contains(where: { mailboxes[incidents[slot].alerts[$0].mailbox.index].recipient == first.to })
        else { return nil }
        return takeStep(plan, of: slot, .feedback, due: due, into: &turn)
    }
}

extension OpenIncident {
    /// Returns the uptime at which a plan asks for the answer that it has promised, for the first time or again. Nil if it
    /// has promised none, or the answer was given.
    func feedbackDue(_ plan: Int) -> Int64? {
        guard let within = plans[plan].feedbackWithinMilliseconds, let again = plans[plan].feedbackAgainMilliseconds,
            alerts.indices.contains(where: { owesFeedback($0, plan) })
        else { return nil }
        return progress[plan].asked == 0 ? storedUptime + within : uptime(atSecond: progress[plan].asked) + again
    }

    /// Returns the alerts that are rung for the answer: those that owe it and are not stood down. Who declined is rung only
    /// if nobody else owes it.
    fileprivate func owingFeedback(_ plan: Int) -> [Int] {
        let owing = alerts.indices.filter { owesFeedback($0, plan) && alerts[$0].state != .silenced }
        let others = owing.filter { alerts[$0].state != .declined }
        return others.isEmpty ? owing : others
    }

    private func owesFeedback(_ index: Int, _ plan: Int) -> Bool {
        alerts[index].purpose == .action && !alerts[index].state.isFinished && concerns(plan, index)
    }
}
