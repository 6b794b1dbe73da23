import HeapModule
public import TocsinModel

/// How the broker stands, for operators.
public struct Overview: Hashable, Sendable {
    /// One recipient's mailbox.
    public struct MailboxLine: Hashable, Sendable {
        public var recipient: Recipient
        /// Alerts that no terminal has RECEIVED.
        public var undelivered: Int
        /// Alerts to which something is still owed.
        public var open: Int
        public var terminals: Int
        /// Those of them that have had alerts for too long and say RECEIVED of none.
        public var terminalsNotReceiving: Int
    }

    /// While the broker recovers nothing is known, and the counts of incidents and alerts say nothing.
    public var standing: Standing
    public var openIncidents: Int
    public var undeliveredAlerts: Int
    public var terminals: Int
    /// Those of them that have had alerts for too long and say RECEIVED of none.
    public var terminalsNotReceiving: Int
    public var followers: Int
    public var uncommittedReports: Int
    public var lastPosition: Position
}

extension Broker {
    /// The broker's counts, now.
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

    /// Escalation steps that are due and wait until the journal writes again.
    public func waitingSteps(at now: Moment) -> Int {
        guard !isJournalAvailable else { return 0 }
        return deadlines.unordered.count { deadline in
            guard deadline.due <= now.uptime, let slot = incidents.slot(of: deadline.incident) else { return false }
            return incidents[slot].hasStep(deadline.plan) && isUnanswered(deadline.plan, of: incidents[slot])
        }
    }

    /// The mailboxes that owe or have a terminal, in the order of their names.
    public var mailboxLines: [Overview.MailboxLine] { mailboxesInUse.sorted { $0.recipient < $1.recipient } }

    /// The same in any order: of ten thousand, sorting is most of the work.
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

    /// Which incidents are open, as a value for another thread.
    public var openIncidents: OpenIncidents { OpenIncidents(numbers: incidents.openNumbers) }

    /// How many incidents something is still owed to: what a snapshot costs.
    public var openIncidentCount: Int { incidents.count }

    /// The incidents up to a record to which something is still owed, in order.
    public func openIncidents(through position: Position) -> [IncidentNumber] {
        incidents.numbers(through: IncidentNumber(position))
    }

    /// Whether something is still owed to this incident.
    public func isOpen(_ number: IncidentNumber) -> Bool { incidents.slot(of: number) != nil }
}

/// Which incidents something was owed to at one moment. It takes no time to make: the broker shares what it has with it,
/// and copies what it changes then.
///
/// `@unchecked Sendable`: the pages of a window that is shared are never changed; see ``NumberWindow``.
public struct OpenIncidents: @unchecked Sendable {
    let numbers: NumberWindow

    public func contains(_ number: IncidentNumber) -> Bool { numbers[number.value] != nil }
}
