public import TocsinModel

/// A client that is known by its key, and what it may do.
public struct Principal: Hashable, Sendable {
    public let name: PrincipalName
    public let key: PublicKey
    public let rights: Rights
    /// The moment from which its key is worth nothing; nil for never.
    public let until: Timestamp?
    /// How often it is heard, and who is told when it is not; nil where nobody minds.
    public let supervision: Supervision?
    /// The line of the clients file where its entry begins.
    public let line: Int

    /// A promise of a client to be heard, and whoever is told when it is broken.
    public struct Supervision: Hashable, Sendable {
        /// The shortest heartbeat: less would make noise of a network's usual pauses.
        public static let shortestHeartbeat: Duration = .seconds(5)

        /// The longest time between two messages of the client.
        public let heartbeat: Duration
        public let supervisor: Recipient

        public init(heartbeat: Duration, supervisor: Recipient) {
            self.heartbeat = heartbeat
            self.supervisor = supervisor
        }
    }

    public init(
        name: PrincipalName, key: PublicKey, rights: Rights, until: Timestamp? = nil, supervision: Supervision? = nil,
        line: Int = 0
    ) {
        self.name = name
        self.key = key
        self.rights = rights
        self.until = until
        self.supervision = supervision
        self.line = line
    }

    /// True if the entries say the same, wherever in their files they stand.
    func isSame(as other: Principal) -> Bool {
        (name, key, rights, until) == (other.name, other.key, other.rights, other.until)
            && supervision == other.supervision
    }

    /// True if its key is worth something at that time.
    public func isIn(at time: Timestamp) -> Bool {
        until.map { time < $0 } ?? true
    }
}
