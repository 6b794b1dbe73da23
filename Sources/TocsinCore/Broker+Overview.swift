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
    }

    public var openIncidents: Int
    public var undeliveredAlerts: Int
    public var terminals: Int
    public var followers: Int
    public var uncommittedReports: Int
    public var lastPosition: Position
}

extension Broker {
    /// The broker's counts, now.
    public var overview: Overview {
        Overview(
            openIncidents: incidents.count, undeliveredAlerts: mailboxes.reduce(0) { $0 + $1.undelivered },
            terminals: terminals.count, followers: followerCount, uncommittedReports: uncommitted.count,
            lastPosition: lastPosition)
    }

    /// The mailboxes that owe or have a terminal, in the order of their names.
    public var mailboxLines: [Overview.MailboxLine] {
        mailboxes.filter { !$0.isEmpty || !$0.terminals.isEmpty }
            .map {
                Overview.MailboxLine(
                    recipient: $0.recipient, undelivered: $0.undelivered, open: $0.openCount,
                    terminals: $0.terminals.count)
            }
            .sorted { $0.recipient < $1.recipient }
    }

    /// How many incidents something is still owed to: what a snapshot costs.
    public var openIncidentCount: Int { incidents.count }

    /// The incidents up to a record to which something is still owed, in order.
    public func openIncidents(through position: Position) -> [IncidentNumber] {
        incidents.numbers(through: IncidentNumber(position))
    }

    /// Whether something is still owed to this incident.
    public func isOpen(_ number: IncidentNumber) -> Bool { incidents.slot(of: number) != nil }
}
