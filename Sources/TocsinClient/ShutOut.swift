import ZeroMQ

/// Finds out why a broker that is there does not let a client in, while the client goes on trying.
///
/// An absence needs no word: it ends by itself. Whoever is shut out waits for a person, who must hear of it.
struct ShutOut {
    /// From the first failed handshake until the reason is told: a broker that ends fails one too, and is soon away or
    /// back.
    private static let patience = Duration.seconds(1)

    private let endpoint: String
    private let hasKeys: Bool
    private var contact: FirstContact?
    private var isTold = false

    init(from endpoint: String, hasKeys: Bool) {
        self.endpoint = endpoint
        self.hasKeys = hasKeys
    }

    /// When to look next, if nothing happens; nil for never.
    var nextLook: Instant? { contact?.nextLook }

    /// Notes an event of a connection that does not stand.
    mutating func note(_ event: SocketEvent, now: Instant) {
        guard !isTold, FirstContact.handshakeFailures.contains(event.kind) else { return }
        if contact == nil {
            contact = FirstContact(with: endpoint, hasKeys: hasKeys, timeout: Self.patience, now: now)
        }
        contact?.note(event)
    }

    /// Notes that the client is in.
    mutating func end() {
        (contact, isTold) = (nil, false)
    }

    /// Why the client is shut out, once; nil while there is nothing to tell.
    mutating func absence(at now: Instant) -> Absence? {
        guard let absence = contact?.absence(at: now) else { return nil }
        contact = nil
        // Nobody listens any more: it was a broker that ended.
        guard EndpointProbe.reason(at: endpoint) == nil else { return nil }
        isTold = true
        return absence
    }
}
