import ZeroMQ

/// Finds out why a broker that is there does not let a client in, while the client goes on trying.
///
/// An absence needs no word: it ends by itself. Whoever is shut out waits for a person, who must hear of it.
struct ShutOut {
    /// From the first failed handshake until the reason is told: a broker that ends fails one too, and is soon away or
    /// back.
    private static let patience = Duration.seconds(1)
    /// The time after which a failure says nothing of those that come.
    private static let memory = Duration.seconds(30)

    private let endpoint: String
    private let hasKeys: Bool
    private var contact: FirstContact?
    /// The first and the last failed handshake since the client was in.
    private var failures: (first: Instant, last: Instant)?
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
        let former = failures.flatMap { now - $0.last < Self.memory ? $0.first : nil }
        failures = (former ?? now, now)
    }

    /// Notes that the client is in.
    mutating func end() {
        (contact, failures, isTold) = (nil, nil, false)
    }

    /// Why the client is shut out, once; nil while there is nothing to tell.
    mutating func absence(at now: Instant) -> Absence? {
        guard let absence = contact?.absence(at: now) else { return nil }
        contact = nil
        // Nobody listens any more: it was a broker that ended.
        guard EndpointProbe.reason(at: endpoint) == nil else { return nil }
        // A broker that ends cuts a handshake in the same way, and another may listen by now: only what goes on counts.
        let isCertain = ![.cut, .wrongBrokerKey].contains(absence.reason)
        guard let failures, isCertain || failures.last - failures.first >= Self.patience else { return nil }
        isTold = true
        return absence
    }
}
