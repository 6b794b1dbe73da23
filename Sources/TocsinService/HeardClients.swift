import TocsinAccess

/// Which of the supervised clients have been heard. Each message costs one look into a list, and each client tells of itself
/// some times a second at most.
struct HeardClients {
    /// The shortest time between two notes of one client, in milliseconds.
    static let interval: Int64 = 250

    /// The uptime of the turn under way.
    var now: Int64 = 0
    /// The uptime of each client's last note by its number. Clients whom nobody supervises are never due.
    private var noted: [Int64] = []
    private var heard: [PrincipalNumber] = []

    private static let never = Int64.max

    /// Takes the supervised clients in place of those before.
    mutating func watch(_ clients: [PrincipalNumber]) {
        noted = Array(repeating: Self.never, count: Int(clients.map(\.value).max() ?? 0) + 1)
        for client in clients { noted[Int(client.value)] = .min / 2 }
    }

    /// Notes a message of a principal.
    mutating func note(_ principal: PrincipalNumber) {
        let index = Int(principal.value)
        guard index < noted.count, noted[index] <= now - Self.interval else { return }
        noted[index] = now
        heard.append(principal)
    }

    /// Takes the clients that have been heard since the last call.
    mutating func takeHeard() -> [PrincipalNumber] {
        guard !heard.isEmpty else { return [] }
        defer { heard.removeAll(keepingCapacity: true) }
        return heard
    }
}
