/// A client's behaviour when the broker is away or silent. The defaults suit a terminal on a good network.
public struct ClientOptions: Hashable, Sendable {
    /// The wait before connecting again: first `minimum`, then twice as long each time, up to `maximum`.
    public struct Backoff: Hashable, Sendable {
        public var minimum: Duration
        public var maximum: Duration

        public init(minimum: Duration = .milliseconds(100), maximum: Duration = .seconds(5)) {
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    /// The wait between attempts to connect. It also applies between attempts at requests that the broker refused as
    /// `busy` or `unavailable` without a time to come again.
    public var reconnect: Backoff
    /// The silence after which a request is sent again, with the same identifier.
    public var answerTimeout: Duration
    /// How long the broker may be absent before the first connection; nil: for ever. After that everything throws
    /// ``ClientError/unreachable(_:)``. An address that answers nothing at all is tried for 5 s at least. A connection that
    /// is lost later comes back by itself, whenever that is.
    public var absenceTimeout: Duration?
    /// How long `close` waits for what is still to go out or to be answered.
    public var closeTimeout: Duration
    /// The most requests that may be unanswered at a time. A further request fails at once with `busy`: a client that
    /// outruns its broker should know it, rather than fill the memory.
    public var maximumOutstanding: Int
    /// The keys for a broker that demands them; nil for one that does not.
    public var keys: ClientKeys?
    /// With keys, a reporter's or an operator's connection that has said nothing for so long sends PING; nil: never. A
    /// broker may supervise a client (`heartbeat` in its entry of the clients file), and 5 s is the shortest time that it
    /// may ask for. A terminal sends none: the broker pings it, and its answers count.
    public var pingInterval: Duration?

    public init(
        reconnect: Backoff = Backoff(), answerTimeout: Duration = .seconds(5), absenceTimeout: Duration? = nil,
        closeTimeout: Duration = .seconds(1), maximumOutstanding: Int = 65_536, keys: ClientKeys? = nil,
        pingInterval: Duration? = .seconds(4)
    ) {
        self.reconnect = reconnect
        self.answerTimeout = answerTimeout
        self.absenceTimeout = absenceTimeout
        self.closeTimeout = closeTimeout
        self.maximumOutstanding = maximumOutstanding
        self.keys = keys
        self.pingInterval = pingInterval
    }
}

extension ClientOptions.Backoff {
    /// Returns the wait before the attempt of this number, from 1.
    func wait(attempt: Int) -> Duration {
        min(maximum, minimum * (1 << min(max(attempt - 1, 0), 16)))
    }
}
