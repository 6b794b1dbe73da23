public import TocsinModel

/// The clients that are known by their keys, and what each may do: the clients file, read.
public struct ClientList: Sendable {
    /// The principals in the file's order.
    public let principals: [Principal]
    private let byKey: [PublicKey: Int]

    /// - Precondition: No two have the same key.
    init(_ principals: [Principal]) {
        self.principals = principals
        byKey = Dictionary(uniqueKeysWithValues: principals.enumerated().map { ($1.key, $0) })
    }

    /// The list that nobody is on.
    public static let empty = ClientList([])

    /// Returns the principal that has a key, also if its time is over; nil for a stranger.
    public func principal(with key: PublicKey) -> Principal? { byKey[key].map { principals[$0] } }

    /// Returns the principal that has a key; nil for a stranger, and for one whose time is over.
    public func principal(with key: PublicKey, at time: Timestamp) -> Principal? {
        principal(with: key).flatMap { $0.isIn(at: time) ? $0 : nil }
    }
}
