import TocsinModel

/// Who did what.
extension JournalRecord {
    /// What somebody did, in the word of the view `operations`: `report`, `received`, a person's word (`AlertState`),
    /// `split`, `close`, `reopen`, `reload`, `subscribe`, `unsubscribe`, `rate`, `silence` or `unsilence`. Nil for what the
    /// broker does by itself: an escalation step, a ring, standing down; for what was removed; and for a part of rules that more parts follow.
    /// A reload that was refused is one too; the view leaves it out.
    public var operation: String? {
        switch self {
        case .incident(let incident): incident.split == nil ? "report" : "split"
        case .joined: "report"
        case .received: "received"
        case .personal(let personal): personal.state.rawValue
        case .escalated, .rung, .stoodDown, .removed: nil
        case .closed: "close"
        case .reopened: "reopen"
        case .subscribed: "subscribe"
        case .unsubscribed: "unsubscribe"
        case .rated: "rate"
        case .silenced: "silence"
        case .unsilenced: "unsilence"
        case .rules(let rules): rules.continues && rules.refusal == nil ? nil : "reload"
        }
    }

    /// The name under which the broker let the connection in that brought it; nil where it asked for no key, and for what
    /// nobody did. Rules without one came into force at a start or after a signal.
    public var principal: String? {
        switch self {
        case .incident(let incident): incident.split.map(\.person.principal) ?? incident.principal
        case .joined(let joined): joined.principal
        case .received(let received): received.principal
        case .personal(let personal): personal.person.principal
        case .escalated, .rung, .stoodDown, .removed: nil
        case .closed(let closed): closed.person.principal
        case .reopened(let reopened): reopened.person.principal
        case .rules(let rules): rules.principal
        case .subscribed(let subscription): subscription.principal
        case .unsubscribed(let unsubscribed): unsubscribed.principal
        case .rated(let rated): rated.rating.principal
        case .silenced(let silence): silence.person.principal
        case .unsilenced(let unsilenced): unsilenced.person.principal
        }
    }
}
