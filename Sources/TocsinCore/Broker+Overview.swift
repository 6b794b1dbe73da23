import HeapModule
public import TocsinModel

/// The broker's standing and counts, for operators.
public struct Overview: Hashable, Sendable {
    /// One recipient's mailbox.
    public struct MailboxLine: Hashable, Sendable {
        public var recipient: Recipient
        /// Alerts that no terminal has RECEIVED.
        public var undelivered: Int
        /// Alerts to which something is still owed.
        public var open: Int
        public var terminals: Int
        /// The joined terminals that have had alerts for too long and say RECEIVED of none.
        public var terminalsNotReceiving: Int
    }

    /// The broker's standing. While it is recovering, the counts of incidents and alerts are meaningless.
    public var standing: Standing
    public var openIncidents: Int
    public var undeliveredAlerts: Int
    public var terminals: Int
    /// The joined terminals that have had alerts for too long and say RECEIVED of none.
    public var terminalsNotReceiving: Int
    public var followers: Int
    public var uncommittedReports: Int
    public var lastPosition: Position
}

extension Broker {
    /// The broker's current counts.
    public var overview: Overview {
        Overview(
            standing: standing, openIncidents: incidents.count,
            undeliveredAlerts: mailboxes.indices.reduce(0) { $0 + mailboxes[$1].undelivered },
            terminals: standing == .recovering ? awaited.joinCount : terminals.count,
            terminalsNotReceiving: terminals.inUse.count(where: { !terminals[$0].isAnswering }),
            followers: standing == .recovering ? awaited.followCount : followers.count,
            uncommittedReports: uncommitted.count,
            lastPosition: lastPosition)
    }

    /// Returns the number of due escalation steps that wait until the journal writes again.
    public func waitingSteps(at now: Moment) -> Int {
        guard !isJournalAvailable else { return 0 }
        return deadlines.unordered.count { deadline in
            guard deadline.due <= now.uptime, deadline.plan >= 0,
                let slot = incidents.slot(of: deadline.incident)
            else { return false }
            return incidents[slot].progress[deadline.plan].armedFor == deadline.due
                && incidents[slot].hasStep(deadline.plan) && incidents[slot].goesOn(deadline.plan)
        }
    }

    /// The mailboxes that have open alerts or terminals, in the order of their names.
    public var mailboxLines: [Overview.MailboxLine] { mailboxesInUse.sorted { $0.recipient < $1.recipient } }

    /// The mailboxes that have open alerts or terminals, in any order. Sorting ten thousand is most of the work.
    public var mailboxesInUse: [Overview.MailboxLine] {
        var lines: [Overview.MailboxLine] = []
        for index in mailboxes.indices where !mailboxes[index].isEmpty || !mailboxes[index].terminals.isEmpty {
            lines.append(
                Overview.MailboxLine(
                    recipient: mailboxes[index].recipient, undelivered: mailboxes[index].undelivered,
                    open: mailboxes[index].openCount, terminals: mailboxes[index].terminals.count,
                    terminalsNotReceiving: mailboxes[index].terminals.count(where: { !terminals[$0].isAnswering })))
        }
        return lines
    }

    /// The set of open incidents, as a value for another thread. An incident whose end is not on disk yet is among them.
    public var openIncidents: OpenIncidents {
        OpenIncidents(numbers: incidents.openNumbers, ending: Set(uncommittedEnds.ages.map(\.incident)))
    }

    /// The open incidents of which the broker would do nothing more by itself, although they need an answer: there are none.
    /// It takes time for each open incident, and is for tests.
    public var forgotten: [IncidentNumber] {
        var found: [IncidentNumber] = []
        for number in incidents.numbers(through: IncidentNumber(lastPosition)) {
            guard let slot = incidents.slot(of: number) else { continue }
            let incident = incidents[slot]
            let isLeft = incident.plans.indices.contains { plan in
                incident.goesOn(plan) && nextDue(plan, of: slot) != nil && incident.progress[plan].armedFor == .max
            }
            let isStill = incident.alerts.indices.contains { index in
                switch incident.alerts[index].state {
                case .silenced: !incident.isCovered(index) && hushed[number] == nil
                case .declined:
                    incident.alerts[index].purpose == .action && !incident.mayRing(index) && !incident.isInHand
                default: false
                }
            }
            if isLeft || isStill { found.append(number) }
        }
        return found
    }

    /// The number of open incidents, which determines the cost of a snapshot.
    public var openIncidentCount: Int { incidents.count }

    /// Returns the open incidents up to a record, in order.
    public func openIncidents(through position: Position) -> [IncidentNumber] {
        incidents.numbers(through: IncidentNumber(position))
    }

    /// Returns true if something is still owed to this incident.
    public func isOpen(_ number: IncidentNumber) -> Bool { incidents.slot(of: number) != nil }
}

/// The incidents that were open at one moment. Making this value takes no time: it shares the broker's pages, which the
/// broker then copies before it changes them.
///
/// `@unchecked Sendable`: the shared pages of a window are never changed. See ``NumberWindow``.
public struct OpenIncidents: @unchecked Sendable {
    let numbers: NumberWindow
    let ending: Set<IncidentNumber>

    public func contains(_ number: IncidentNumber) -> Bool { numbers[number.value] != nil || ending.contains(number) }
}
