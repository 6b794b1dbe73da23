public import TocsinAccess
public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// An event for the broker. It carries every value that the broker needs to decide.
public enum Input: Sendable {
    /// A report that has been read and checked. `stored` is its incident's entry, if the journal has it already;
    /// `referenced` is what the journal has of those that an Update or a Cancel refers to; `by` is the principal whose
    /// connection brought it, and `within` are the places from which that one may report; nil for everywhere.
    indirect case report(
        Peer, Reference, Report, body: [UInt8], stored: JournalEntry?, referenced: [StoredIncident] = [],
        by: String? = nil, within: [GridCode]? = nil)
    /// `isStored` is true if the journal has an incident of that number.
    case follow(Peer, Reference, IncidentNumber, isStored: Bool)
    /// Whoever reported an incident rates it.
    indirect case rate(Peer, Reference, RatedRecord, of: RatedIncident?)
    /// `by` is the principal whose connection the terminal is.
    case join(Peer, Recipient, terminal: String, credit: Int, by: String? = nil)
    case received(Peer, Recipient, NumberList)
    case acknowledge(Peer, Recipient, AlertNumber, Person)
    case decline(Peer, Recipient, AlertNumber, Person)
    case status(Peer, Recipient, AlertNumber, AlertState, Person)
    case leave(Peer, Recipient)
    /// A recipient subscribes. The broker says since when it stands.
    indirect case subscribe(Peer, Subscription)
    indirect case unsubscribe(Peer, UnsubscribedRecord)
    /// A recipient asks for its subscriptions.
    case subscriptions(Peer, Recipient)
    case ping(Endpoint, Peer, String)
    /// A sign of life without a request: PONG, or a message that was refused.
    case heard(Peer)
    /// A client that somebody supervises has sent something, at whatever endpoint.
    case clientHeard(PrincipalName)
    /// A terminal's connection is gone, or takes no more messages.
    case unreachable(PeerIdentity)
    /// A field client's connection is gone. It no longer follows any incident.
    case reporterGone(PeerIdentity)
    /// An operator closes an incident.
    case close(Peer, Reference, IncidentNumber, Person)
    /// An operator asks for silence, or ends one before its time.
    indirect case silence(Peer, Reference, Silence)
    indirect case unsilence(Peer, Reference, Position, Person)
    /// An operator opens an incident again, whose life is as the journal has it.
    indirect case reopen(Peer, Reference, IncidentLife, Person)
    /// An operator takes a report out of the incident that it has joined.
    indirect case split(Peer, Reference, SplitRequest)
    /// Time has passed.
    case tick
}

extension Input {
    /// True if the request depends on which alerts have been RECEIVED, or its answer tells of it.
    var dependsOnReceived: Bool {
        switch self {
        // What has been RECEIVED for information is not cancelled.
        case .report(_, _, let report, _, _, _, _, _): report.messageType == .cancel
        case .received, .acknowledge, .decline, .status, .subscribe, .unsubscribe, .subscriptions, .heard, .rate,
            .clientHeard, .reporterGone, .silence, .unsilence, .split, .tick:
            false
        case .follow, .join, .leave, .ping, .unreachable, .close, .reopen: true
        }
    }
}

/// An endpoint whose messages have an order of their own.
public enum Endpoint: Hashable, Sendable, CaseIterable {
    case reports
    case alerts
    case control
}
