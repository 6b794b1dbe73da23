import TocsinWire

extension Commit {
    /// Fewer outputs than this are sent as they came. Grouping them would gain nothing.
    private static let worthGrouping = 64
    /// The outputs for one connection that are sent in a row before the next connection's turn. A terminal whose
    /// mailbox has thousands keeps nobody waiting, and the frames that alerts share are still cached.
    private static let row = 256
    /// The number of connections that are searched linearly before a table is made of them.
    private static let searchedLinearly = 16

    /// Calls `body` with every output. Outputs for one connection come in rows and in their order.
    ///
    /// The order between connections is not specified. A run of messages for one connection is sent in few large
    /// pieces, and wakes the peer once instead of many times.
    public func forEachByConnection(_ body: (CommittedOutput) throws -> Void) rethrows {
        guard outputs.count >= Self.worthGrouping else {
            for output in outputs { try body(output) }
            return
        }
        var groups = groups().map { $0[...] }
        while !groups.isEmpty {
            for group in groups.indices {
                for index in groups[group].prefix(Self.row) { try body(outputs[index]) }
                groups[group] = groups[group].dropFirst(Self.row)
            }
            groups.removeAll { $0.isEmpty }
        }
    }

    private func groups() -> [[Int]] {
        var connections: [PeerIdentity?] = []
        var indices: [PeerIdentity?: Int] = [:]
        var groups: [[Int]] = []
        for index in outputs.indices {
            let connection = outputs[index].connection
            let known =
                connections.count <= Self.searchedLinearly
                ? connections.firstIndex(of: connection) : indices[connection]
            if let known {
                groups[known].append(index)
                continue
            }
            connections.append(connection)
            groups.append([index])
            if connections.count == Self.searchedLinearly + 1 {
                for (index, connection) in connections.enumerated() { indices[connection] = index }
            } else if connections.count > Self.searchedLinearly {
                indices[connection] = connections.count - 1
            }
        }
        return groups
    }
}

extension CommittedOutput {
    /// The connection that the output goes to, or nil for a publication to the subscribers.
    fileprivate var connection: PeerIdentity? {
        switch self {
        case .receipt(let peer, _, _), .progress(let peer, _, _), .ok(_, let peer, _), .reloaded(let peer, _, _),
            .pong(_, let peer, _), .joined(let peer, _, _), .alert(let peer, _), .confirmed(let peer, _, _, _, _),
            .taken(let peer, _, _, _), .subscribed(let peer, _, _), .subscriptions(let peer, _, _),
            .silenced(let peer, _, _), .unsilenced(let peer, _), .reopened(let peer, _),
            .split(let peer, _, _), .rated(let peer, _, _):
            peer.identity
        case .publish: nil
        }
    }
}
