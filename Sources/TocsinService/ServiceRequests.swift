import Synchronization

/// Requests of the process to the broker's loop, from other threads. Most come from signals.
public final class ServiceRequests: Sendable {
    enum Request: Sendable {
        /// Finish all accepted work, and end.
        case drain
        /// Read rules, departments and grids again.
        case reload
    }

    private let requests = Mutex<[Request]>([])
    let wakeUp: WakeUp

    public init() throws(ServiceError) {
        wakeUp = try WakeUp()
    }

    /// Ends the service once everything accepted is on disk and answered.
    public func drain() { post(.drain) }

    /// Reads the files again, all or nothing.
    public func reload() { post(.reload) }

    private func post(_ request: Request) {
        requests.withLock { $0.append(request) }
        wakeUp.signal()
    }

    func takeAll() -> [Request] {
        requests.withLock { requests in
            defer { requests.removeAll() }
            return requests
        }
    }
}
