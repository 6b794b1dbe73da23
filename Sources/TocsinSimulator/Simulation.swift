/// A storm around the real broker. Everything that can go wrong is replayed from one number.
///
/// Reporters send until they have a receipt, and follow the incident. Terminals join, leave, crash, or stop reading,
/// and say RECEIVED of one alert or of many. People acknowledge late, decline, or stay silent. They subscribe and
/// unsubscribe. An operator closes incidents, asks for silence and rewrites the rules.
///
/// The network delays and loses messages. The disk is slow, full or fails. The journal cannot be opened, or its mover
/// stands still. The civil clock is set. The daemon is killed and started again. Each seed draws the amount of each
/// (``Outcome/profile``).
///
/// After 90 virtual seconds the faults stop. Four quiet minutes later everything has come to its end.
///
/// The broker's messages are compared with the records on disk at that moment. Its state is compared with the fold of
/// the journal whenever nothing is under way:
///
///     let outcome = Simulation(seed: 4711).run()
///     print(outcome.violations)  // nothing, or what was broken and how
///
/// The same seed gives the same storm, event by event, as ``Outcome/traceHash`` shows. To examine a seed that fails,
/// use `simulate --trace SEED`. The tests run it with `TOCSIN_SIMULATION_SEED=SEED`.
public struct Simulation: Sendable {
    public let seed: UInt64

    /// Creates a simulation, which begins with ``run(keepingTrace:)``.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Runs the storm and the quiet after it, and checks the promises.
    ///
    /// - Parameter keepingTrace: whether the outcome has each event as a line, to examine a seed that fails.
    public func run(keepingTrace: Bool = false) -> Outcome {
        var world = World(seed: seed, keepsTrace: keepingTrace)
        world.run()
        world.checkPromises()
        return Outcome(
            seed: seed, profile: world.profile.description, traceHash: world.trace.hash, trace: world.trace.lines,
            violations: world.observer.violations,
            counts: world.observer.counts)
    }
}

/// The outcome of one seed.
public struct Outcome: Sendable {
    /// The number of each kind of event. A storm without events proves nothing.
    public struct Counts: Hashable, Sendable {
        /// Incidents of reporters, and the broker's own reports of links.
        public var incidents = 0
        public var linkReports = 0
        public var duplicateReceipts = 0
        public var alerts = 0
        public var redeliveries = 0
        public var acknowledgements = 0
        public var declines = 0
        public var escalations = 0
        public var rings = 0
        public var standDowns = 0
        /// Silences that operators asked for, and the alerts that they kept still.
        public var silences = 0
        public var hushedAlerts = 0
        public var refusedBusy = 0
        public var refusedUnavailable = 0
        public var crashes = 0
        public var failedWrites = 0
        public var closings = 0
        /// Updates and Cancels that led to an incident, and incidents that a Cancel has ended.
        public var updates = 0
        public var cancels = 0
        public var reopenings = 0
        /// Reports that joined an incident, and those that operators took out again.
        public var joins = 0
        public var splits = 0
        public var reloads = 0
        public var refusedFiles = 0
        public var refusedNumbers = 0
        public var clockChanges = 0
        /// Messages to followers, and items on the feed.
        public var progress = 0
        public var published = 0
        public var pings = 0
        /// Failed attempts to open the journal again.
        public var failedOpenings = 0
        /// Snapshots that the journal kept, and those that it could not keep.
        public var keptSnapshots = 0
        public var lostSnapshots = 0
        /// Subscriptions that began, those that ended, and those that were refused.
        public var subscribed = 0
        public var unsubscribed = 0
        public var refusedSubscriptions = 0
        /// Alerts that subscriptions have brought.
        public var subscribedAlerts = 0
        /// Records that were made while there was no room for reports.
        public var sparedRecords = 0
        /// Batches that were on disk although nobody was told.
        public var unreportedWrites = 0
    }

    public var seed: UInt64
    /// The kinds of trouble, and the amount of each.
    public var profile: String
    /// A hash of all events and their times.
    public var traceHash: UInt64
    /// All events, one line each; empty unless asked for.
    public var trace: [String]
    /// The broken promises, in words; empty if all were kept.
    public var violations: [String]
    public var counts: Counts
}

/// A record of the events: a hash, and optionally the lines.
struct Trace {
    /// FNV-1a over all lines (Fowler, Noll and Vo, http://www.isthe.com/chongo/tech/comp/fnv/).
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var lines: [String] = []
    private let keepsLines: Bool

    init(keepsLines: Bool) {
        self.keepsLines = keepsLines
    }

    mutating func note(_ time: Int64, _ text: String) {
        let line = "\(time) \(text)"
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        if keepsLines { lines.append(line) }
    }
}
