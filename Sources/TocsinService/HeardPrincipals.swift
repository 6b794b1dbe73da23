import TocsinAccess
import TocsinCore
import TocsinModel

/// When each principal has said something last, and which of the supervised clients have been heard, in an array by their
/// numbers. Each message costs one look into it, and each client tells of itself some times a second at most.
struct HeardPrincipals {
    /// The shortest time between two notes of one client, in milliseconds.
    static let interval: Int64 = 250

    private struct Entry {
        /// Milliseconds since 1970; 0 for never.
        var seen: Int64 = 0
        /// The uptime of the last note. Those whom nobody supervises are never due.
        var noted = Int64.max
    }

    private var entries: [Entry] = []
    private var heard: [PrincipalNumber] = []

    /// Takes the supervised clients in place of those before.
    mutating func watch(_ clients: [PrincipalNumber]) {
        for index in entries.indices { entries[index].noted = .max }
        for client in clients {
            makeRoom(for: Int(client.value))
            entries[Int(client.value)].noted = .min / 2
        }
    }

    /// Notes a message of a principal.
    mutating func note(_ principal: PrincipalNumber, at now: Moment) {
        let index = Int(principal.value)
        makeRoom(for: index)
        entries[index].seen = now.wall.milliseconds
        guard entries[index].noted <= now.uptime - Self.interval else { return }
        entries[index].noted = now.uptime
        heard.append(principal)
    }

    /// Takes the supervised clients that have been heard since the last call.
    mutating func takeHeard() -> [PrincipalNumber] {
        guard !heard.isEmpty else { return [] }
        defer { heard.removeAll(keepingCapacity: true) }
        return heard
    }

    /// The time of a principal's last message; nil for never.
    subscript(number: PrincipalNumber) -> Timestamp? {
        let index = Int(number.value)
        return index < entries.count && entries[index].seen != 0 ? Timestamp(milliseconds: entries[index].seen) : nil
    }

    private mutating func makeRoom(for index: Int) {
        guard index >= entries.count else { return }
        entries.append(contentsOf: repeatElement(Entry(), count: index + 1 - entries.count))
    }
}
