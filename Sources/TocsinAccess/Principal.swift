public import TocsinModel

/// A client that is known by its key, and what it may do.
public struct Principal: Hashable, Sendable {
    public let name: PrincipalName
    public let key: PublicKey
    public let rights: Rights
    /// The moment from which its key is worth nothing; nil for never.
    public let until: Timestamp?
    /// The line of the clients file where its entry begins.
    public let line: Int

    public init(name: PrincipalName, key: PublicKey, rights: Rights, until: Timestamp? = nil, line: Int = 0) {
        self.name = name
        self.key = key
        self.rights = rights
        self.until = until
        self.line = line
    }

    /// True if its key is worth something at that time.
    public func isIn(at time: Timestamp) -> Bool {
        until.map { time < $0 } ?? true
    }
}
