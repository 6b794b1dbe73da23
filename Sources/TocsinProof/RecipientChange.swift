public import TocsinModel

/// What other rules change for one recipient of an incident.
public struct RecipientChange: Hashable, Sendable {
    /// One thing that changes. A recipient that is told sooner may also have to acknowledge.
    public enum Kind: String, CaseIterable, Sendable {
        /// It is told in addition.
        case added
        /// It is told no longer.
        case dropped
        /// It is told, or must acknowledge, sooner.
        case sooner
        case later
        /// It was only informed, and must acknowledge.
        case mustAcknowledge
        /// It had to acknowledge, and is only informed.
        case onlyInformed
    }

    public let recipient: Recipient
    /// How it is told by the rules that are compared with; nil if it is not.
    public let before: FirstAlerts?
    /// How it is told by the other rules; nil if it is not.
    public let after: FirstAlerts?

    public init(_ recipient: Recipient, before: FirstAlerts?, after: FirstAlerts?) {
        self.recipient = recipient
        self.before = before
        self.after = after
    }

    /// What changes, in the order of the list; nothing if both are the same.
    public var kinds: [Kind] {
        guard let before else { return after == nil ? [] : [.added] }
        guard let after else { return [.dropped] }
        return [Self.timing(from: before, to: after), Self.purpose(from: before, to: after)].compactMap(\.self)
    }

    /// The first alert counts. Where that comes when it came, the first one that must be acknowledged does.
    private static func timing(from before: FirstAlerts, to after: FirstAlerts) -> Kind? {
        guard before.afterMilliseconds == after.afterMilliseconds else {
            return after.afterMilliseconds < before.afterMilliseconds ? .sooner : .later
        }
        guard let former = before.actionAfterMilliseconds, let latter = after.actionAfterMilliseconds,
            former != latter
        else { return nil }
        return latter < former ? .sooner : .later
    }

    private static func purpose(from before: FirstAlerts, to after: FirstAlerts) -> Kind? {
        guard before.asksForAction != after.asksForAction else { return nil }
        return after.asksForAction ? .mustAcknowledge : .onlyInformed
    }
}
