import ZeroMQ

/// The time until a client's first connection, where it is not to try for ever.
///
/// libzmq tries to connect again and again and says of a failure only that there was one. Why is asked of the system
/// when the time is over.
struct FirstContact {
    /// What answers nothing at all is given this long: it may be far away.
    private static let silence = Duration.seconds(5)
    /// Until it is looked again at an endpoint where libzmq failed and the system does not.
    private static let pause = Duration.milliseconds(100)

    /// The events that say why a handshake failed.
    static let handshakeFailures: [SocketEvent.Kind] = [
        .handshakeFailed, .handshakeFailedByProtocol, .handshakeFailedByAuthentication,
    ]
    private let endpoint: String
    private let hasKeys: Bool
    private let silentUntil: Instant
    private var giveUpAt: Instant
    private var failure: SocketEvent?

    init(with endpoint: String, hasKeys: Bool, timeout: Duration, now: Instant) {
        self.endpoint = endpoint
        self.hasKeys = hasKeys
        giveUpAt = now + timeout
        silentUntil = now + max(timeout, Self.silence)
    }

    /// When to look next, if nothing happens.
    var nextLook: Instant { failure == nil ? silentUntil : giveUpAt }

    /// Notes that an attempt has failed. What says more of the reason is not hidden by what says less.
    mutating func note(_ event: SocketEvent) {
        if let failure, Self.detail(failure.kind) > Self.detail(event.kind) { return }
        failure = event
    }

    /// How much an event says of the reason of a failed handshake.
    private static func detail(_ kind: SocketEvent.Kind) -> Int {
        switch kind {
        case .handshakeFailedByProtocol, .handshakeFailedByAuthentication: 2
        case .handshakeFailed: 1
        default: 0
        }
    }

    /// Why whoever listens ends the connection. The side that reads first of a mismatch ends it, so the events do not always
    /// tell; its greeting does.
    private var reasonOfCut: Absence.Reason {
        switch (EndpointProbe.mechanism(at: endpoint), hasKeys) {
        case ("CURVE"?, false): .keysDemanded
        case ("NULL"?, true): .keysNotTaken
        case ("CURVE"?, true) where failure?.kind == .handshakeFailed: .wrongBrokerKey
        default: .cut
        }
    }

    /// Why nothing has come.
    private var reasonOfSilence: Absence.Reason { EndpointProbe.reason(at: endpoint) == nil ? .hung : .silent }

    /// Why the broker counts as absent; nil while there is time, or reason to hope.
    mutating func absence(at now: Instant) -> Absence? {
        guard now >= nextLook else { return nil }
        let reason: Absence.Reason
        switch failure?.kind {
        case nil: reason = reasonOfSilence
        case .handshakeFailedByAuthentication?: reason = .keyRefused
        case .handshakeFailedByProtocol?, .handshakeFailed?, .disconnected?: reason = reasonOfCut
        case .connectRetried?:
            if let found = EndpointProbe.reason(at: endpoint) {
                reason = found
            } else if now < silentUntil {
                // Somebody listens there by now.
                giveUpAt = now + Self.pause
                return nil
            } else {
                reason = reasonOfSilence
            }
        default: reason = .cut
        }
        return Absence(endpoint: endpoint, reason: reason)
    }
}
