extension EndpointText {
    /// The port; nil for ipc, and where the system chooses it.
    private var port: UInt16? {
        guard host != nil, let colon = text.lastIndex(of: ":") else { return nil }
        return UInt16(text[text.index(after: colon)...]).flatMap { $0 == 0 ? nil : $0 }
    }

    /// The bind address's reach. libzmq takes an IPv6 address for IPv4 as well where it stands for all.
    private enum Reach: Equatable {
        case everything
        case everyIPv4
        case one(String, isIPv6: Bool)
    }

    private var reach: Reach {
        switch host {
        case "::": .everything
        case "*", "0.0.0.0": .everyIPv4
        case "localhost": .one("127.0.0.1", isIPv6: false)
        case let host: .one(host ?? "", isIPv6: host?.contains(":") ?? false)
        }
    }

    /// True if two sockets cannot be bound to both: the same path, or the same port at the same address or at one that
    /// stands for every address.
    func isWhere(_ other: EndpointText) -> Bool {
        guard host != nil, other.host != nil else { return text == other.text }
        guard let port, port == other.port else { return false }
        switch (reach, other.reach) {
        case (.everything, _), (_, .everything), (.everyIPv4, .everyIPv4): return true
        case (.everyIPv4, .one(_, let isIPv6)), (.one(_, let isIPv6), .everyIPv4): return !isIPv6
        case (.one(let host, _), .one(let other, _)): return host == other
        }
    }
}
