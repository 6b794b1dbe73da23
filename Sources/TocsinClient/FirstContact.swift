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

    private let endpoint: String
    private let silentUntil: Instant
    private var giveUpAt: Instant
    private var failure: SocketEvent.Kind?

    init(with endpoint: String, timeout: Duration, now: Instant) {
        self.endpoint = endpoint
        giveUpAt = now + timeout
        silentUntil = now + max(timeout, Self.silence)
    }

    /// When to look next, if nothing happens.
    var nextLook: Instant { failure == nil ? silentUntil : giveUpAt }

    /// An attempt has failed.
    mutating func note(_ kind: SocketEvent.Kind) { failure = kind }

    /// Why the broker counts as absent; nil while there is time, or reason to hope.
    mutating func absence(at now: Instant) -> Absence? {
        guard now >= nextLook else { return nil }
        let reason: Absence.Reason
        switch failure {
        case nil: reason = .silent
        case .connectRetried?:
            if let found = EndpointProbe.reason(at: endpoint) {
                reason = found
            } else if now < silentUntil {
                // Somebody listens there by now.
                giveUpAt = now + Self.pause
                return nil
            } else {
                reason = .silent
            }
        default: reason = .cut
        }
        return Absence(endpoint: endpoint, reason: reason)
    }
}
