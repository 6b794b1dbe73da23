public import TocsinModel
public import TocsinRouting

/// When a recipient is told of an incident that nobody answers, counted from when the report was stored.
public struct FirstAlerts: Hashable, Sendable {
    /// Milliseconds until the first alert; 0 for whoever is told at once.
    public let afterMilliseconds: Int64
    /// Milliseconds until the first alert that must be acknowledged; nil for whoever is only informed.
    public fileprivate(set) var actionAfterMilliseconds: Int64?

    public init(afterMilliseconds: Int64, actionAfterMilliseconds: Int64?) {
        self.afterMilliseconds = afterMilliseconds
        self.actionAfterMilliseconds = actionAfterMilliseconds
    }

    /// True if the recipient must acknowledge, be it at once or when others have not.
    public var asksForAction: Bool { actionAfterMilliseconds != nil }
}

extension Routing {
    /// The first alerts of everybody who is told if nobody answers.
    public var firstAlerts: [Recipient: FirstAlerts] {
        var first: [Recipient: FirstAlerts] = [:]
        first.reserveCapacity(addressees.count)
        for moment in Timetable(self).moments {
            for telling in moment.told {
                let action = telling.purpose == .action ? moment.afterMilliseconds : nil
                // Moments are in their order.
                guard let known = first[telling.recipient] else {
                    first[telling.recipient] = FirstAlerts(
                        afterMilliseconds: moment.afterMilliseconds, actionAfterMilliseconds: action)
                    continue
                }
                if !known.asksForAction { first[telling.recipient]?.actionAfterMilliseconds = action }
            }
        }
        return first
    }
}
