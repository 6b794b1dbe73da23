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

    /// Returns the principals whose time is over, in the file's order. They may stay in the file, and their keys open
    /// nothing.
    public func over(at time: Timestamp) -> [Principal] { principals.filter { !$0.isIn(at: time) } }

    /// Returns what is right and may not be meant, one a line: that nobody is on the list, and whose time is over.
    ///
    /// - Parameters:
    ///   - file: what the lines call the clients file.
    ///   - time: the time now.
    public func warnings(file: String, at time: Timestamp) -> [String] {
        guard !principals.isEmpty else { return ["\(file): there is no client: no key opens anything"] }
        return over(at: time).map { client in
            "\(file):\(client.line): '\(client.name)' is out since \(client.until?.description ?? ""), its 'until'; remove it, "
                + "or give it a later day"
        }
    }
}
