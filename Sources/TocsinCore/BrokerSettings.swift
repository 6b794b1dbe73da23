public import TocsinModel

/// The operator's settings of the broker.
public struct BrokerSettings: Sendable, Equatable {
    public var limits = Limits()
    /// A joined terminal that is silent for this long is pinged. After three times as long it has left.
    public var heartbeat: Duration = .seconds(5)
    /// An alert that a terminal has not RECEIVED for this long (at most twice that) is sent to it again.
    public var redeliverAfter: Duration = .seconds(30)

    /// How long RECEIVED is gathered before it becomes a record. The time is long enough to share a record, and too
    /// short to matter after a crash. Zero turns gathering off.
    public var gatherReceived: Duration = .milliseconds(20)

    /// How long an alert that a terminal has goes unanswered before it rings again by itself, whatever its rule says.
    public var remindAfter: Duration = .seconds(15 * 60)

    public init() {}

    var heartbeatMilliseconds: Int64 { max(1, heartbeat.wholeMilliseconds) }
    var remindAfterMilliseconds: Int64 { max(1, remindAfter.wholeMilliseconds) }
    var redeliverAfterMilliseconds: Int64 { max(1, redeliverAfter.wholeMilliseconds) }
}
