public import TocsinModel

/// Holds clients and senders to their rates of reports.
///
/// What is urgent passes last of all to be refused: it has buckets of its own, ten times as large. A sender counts for
/// each client by itself, so that nobody uses up the rate of a sender that somebody else speaks for.
///
/// The senders' buckets are bounded in number. When there is no room for another one, a client's further senders share one.
public struct ReportRates: Sendable {
    /// The rate of each client whose entry says none; nil for no bound.
    private let ofClients: Rate?
    /// The rate of each sender; nil for no bound.
    private let ofSenders: Rate?
    private let mostSenders: Int
    private var clients: [PrincipalNumber: Buckets] = [:]
    private var senders: [Sender: Buckets] = [:]
    private var tidiedAt: Int64?

    /// Whose rate it is that was exceeded, and when the next report is taken.
    public struct Excess: Hashable, Sendable {
        public let rate: Rate
        public let whose: Whose
        /// The milliseconds until there is one to take.
        public let wait: Int

        public enum Whose: Hashable, Sendable {
            /// The rate of the client's entry.
            case entry
            /// The rate of clients without one of their own.
            case client
            case sender
        }
    }

    private struct Sender: Hashable {
        let client: PrincipalNumber
        /// nil for all for which there is no room.
        let name: String?
    }

    private struct Buckets {
        var urgent: TokenBucket
        var usual: TokenBucket

        init(_ rate: Rate, at uptime: Int64) {
            urgent = TokenBucket(rate, times: 10, at: uptime)
            usual = TokenBucket(rate, at: uptime)
        }

        mutating func take(isUrgent: Bool, at uptime: Int64) -> Int? {
            isUrgent ? urgent.take(at: uptime) : usual.take(at: uptime)
        }

        func isFull(at uptime: Int64) -> Bool { urgent.isFull(at: uptime) && usual.isFull(at: uptime) }
    }

    /// - Parameters:
    ///   - ofClients: the rate of each client whose entry says none.
    ///   - ofSenders: the rate of each sender.
    ///   - mostSenders: the most senders that are told apart.
    public init(ofClients: Rate? = nil, ofSenders: Rate? = nil, mostSenders: Int = Limits.senders) {
        self.ofClients = ofClients
        self.ofSenders = ofSenders
        self.mostSenders = mostSenders
    }

    /// True if nobody without a rate of its own is held to one.
    public var isOpen: Bool { ofClients == nil && ofSenders == nil }

    /// Takes one report, or none if it comes too fast.
    ///
    /// - Parameters:
    ///   - client: who sends it.
    ///   - own: the rate of the client's entry; nil for the one of all.
    ///   - sender: whom the report names.
    ///   - isUrgent: true if it may take of the larger buckets.
    ///   - uptime: the time now, in milliseconds of a clock that never goes back.
    /// - Returns: nil if it is taken. A report that is refused uses nothing up.
    public mutating func take(
        _ client: PrincipalNumber, own: Rate?, sender: String, isUrgent: Bool, at uptime: Int64
    ) -> Excess? {
        var senderBuckets: Buckets?
        var key = Sender(client: client, name: nil)
        if let ofSenders {
            (key, senderBuckets) = room(for: Sender(client: client, name: sender), ofSenders, at: uptime)
            if let wait = senderBuckets?.take(isUrgent: isUrgent, at: uptime) {
                return Excess(rate: ofSenders, whose: .sender, wait: wait)
            }
        }
        // Whoever is not asked for a key is nobody in particular.
        if let rate = own ?? (client == .anybody ? nil : ofClients) {
            var buckets = clients[client] ?? Buckets(rate, at: uptime)
            if let wait = buckets.take(isUrgent: isUrgent, at: uptime) {
                return Excess(rate: rate, whose: own == nil ? .client : .entry, wait: wait)
            }
            clients[client] = buckets
        }
        if let senderBuckets { senders[key] = senderBuckets }
        return nil
    }

    /// Forgets clients.
    public mutating func keep(where isClient: (PrincipalNumber) -> Bool) {
        clients = clients.filter { isClient($0.key) }
        senders = senders.filter { isClient($0.key.client) || $0.key.client == .anybody }
    }

    /// Returns a sender's buckets, or those that are shared by senders for which there is no room.
    private mutating func room(for sender: Sender, _ rate: Rate, at uptime: Int64) -> (Sender, Buckets) {
        if let known = senders[sender] { return (sender, known) }
        if senders.count >= mostSenders, uptime > (tidiedAt ?? .min) + Self.tidyingPause {
            tidiedAt = uptime
            // A full bucket is as good as none.
            senders = senders.filter { !$0.value.isFull(at: uptime) }
        }
        guard senders.count >= mostSenders else { return (sender, Buckets(rate, at: uptime)) }
        let shared = Sender(client: sender.client, name: nil)
        return (shared, senders[shared] ?? Buckets(rate, at: uptime))
    }

    /// Milliseconds between two looks at all buckets.
    private static let tidyingPause: Int64 = 1000
}
