public import TocsinModel

/// What an operator sets of the broker's behaviour.
public struct BrokerSettings: Sendable, Equatable {
    public var limits = Limits()
    /// A joined terminal that is silent so long is pinged; after three times that it has left.
    public var heartbeat: Duration = .seconds(5)
    /// What a terminal has had unRECEIVED for so long (at most twice that) is sent to it again.
    public var redeliverAfter: Duration = .seconds(30)

    /// For how long RECEIVED is gathered before it becomes a record: long enough to share one, too short to matter after
    /// a crash. Zero: not at all.
    public var gatherReceived: Duration = .milliseconds(20)

    public init() {}

    var heartbeatMilliseconds: Int64 { max(1, heartbeat.wholeMilliseconds) }
    var redeliverAfterMilliseconds: Int64 { max(1, redeliverAfter.wholeMilliseconds) }
}
