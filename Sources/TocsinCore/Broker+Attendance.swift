import TocsinModel

/// Recipients that nobody has joined, for the rules that go on early there (`unattended-after`).
extension Broker {
    /// Lets recipients without terminals count as unattended from when everybody has had time to join again.
    mutating func watchAttendance(from uptime: Int64) {
        guard attendedFrom == nil else { return }
        attendedFrom = uptime
        guard watchesAttendance else { return }
        for number in incidents.numbers(through: IncidentNumber(lastPosition)) {
            guard let slot = incidents.slot(of: number) else { continue }
            for plan in incidents[slot].plans.indices { arm(plan, of: slot) }
        }
    }

    /// Notes that a mailbox's last terminal has gone. The plans that wait for its recipient may go on early.
    mutating func noteUnattended(_ mailbox: MailboxID, now: Moment) {
        mailboxes[mailbox.index].emptySince = now.uptime
        guard watchesAttendance else { return }
        for location in mailboxes[mailbox.index].openLocations {
            for plan in incidents[location.slot].plans.indices
            where incidents[location.slot].plans[plan].unattendedAfterMilliseconds != nil {
                arm(plan, of: location.slot)
            }
        }
    }

    /// Returns the uptime at which a plan takes its next step early, because nobody has joined a recipient whom it told last
    /// and who has not answered. Nil if it does not.
    func unattendedDue(_ plan: Int, of slot: IncidentSlot) -> Int64? {
        guard let after = incidents[slot].plans[plan].unattendedAfterMilliseconds, let attendedFrom,
            incidents[slot].hasStep(plan)
        else { return nil }
        let progress = incidents[slot].progress[plan]
        let told = incidents[slot].uptime(atSecond: progress.nextStep == 0 ? progress.begun : progress.acted)
        let empty = toldLast(plan, of: slot).compactMap { index -> Int64? in
            let mailbox = mailboxes[incidents[slot].alerts[index].mailbox.index]
            return mailbox.terminals.isEmpty && incidents[slot].alerts[index].isUnanswered ? mailbox.emptySince : nil
        }
        return empty.min().map { max(told, $0, attendedFrom) + after }
    }

    /// Returns the alerts that a plan told last: those that it watches, or those of its last step's recipient.
    private func toldLast(_ plan: Int, of slot: IncidentSlot) -> [Int] {
        let (incident, next) = (incidents[slot], incidents[slot].progress[plan].nextStep)
        if next == 0 { return incident.plans[plan].watched.filter(incident.alerts.indices.contains) }
        let recipient = incident.plans[plan].steps[next - 1].to
        return incident.alerts.indices.filter {
            incident.alerts[$0].purpose == .action && incident.alerts[$0].addressee.recipient == recipient
        }
    }
}
