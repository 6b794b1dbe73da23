/// A storm around the real broker: everything that can go wrong, replayed from one number.
///
/// Reporters send until they have a receipt, and follow what becomes of it. Terminals join, leave, crash, or stop reading,
/// and say RECEIVED of one alert or of many. People acknowledge late, decline, or stay silent. An operator closes incidents
/// and writes the rules anew. The network delays and loses; the disk is slow, full or fails; the journal cannot be opened,
/// or its mover stands still; the civil clock is set; the daemon is killed and started again. How much of it there is, each
/// seed draws for itself (``Outcome/profile``). After 90 virtual seconds the faults stop, and four quiet minutes later
/// everything has come to its end.
///
/// Whatever the broker says is compared with what is on disk at that moment, and its state with the fold of the journal
/// whenever nothing is under way:
///
///     let outcome = Simulation(seed: 4711).run()
///     print(outcome.violations)  // nothing, or what was broken and how
///
/// The same seed gives the same storm, event by event: ``Outcome/traceHash`` says so. A seed that fails is looked at with
/// `simulate --trace SEED`, and run by the tests with `TOCSIN_SIMULATION_SEED=SEED`.
public struct Simulation: Sendable {
    public let seed: UInt64

    /// Creates a simulation; nothing happens before ``run(keepingTrace:)``.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Runs the storm and the quiet after it, and checks the promises.
    ///
    /// - Parameter keepingTrace: whether the outcome has each event as a line, to look at a seed that fails.
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

/// What came of one seed.
public struct Outcome: Sendable {
    /// How often what happened: a storm in which nothing did proves nothing.
    public struct Counts: Hashable, Sendable {
        public var incidents = 0
        public var duplicateReceipts = 0
        public var alerts = 0
        public var redeliveries = 0
        public var acknowledgements = 0
        public var declines = 0
        public var escalations = 0
        public var refusedBusy = 0
        public var refusedUnavailable = 0
        public var crashes = 0
        public var failedWrites = 0
        public var closings = 0
        public var reloads = 0
        public var refusedFiles = 0
        public var refusedNumbers = 0
        public var clockChanges = 0
        /// What was said to followers, and on the feed.
        public var progress = 0
        public var published = 0
        public var pings = 0
        /// Attempts to open the journal again that failed.
        public var failedOpenings = 0
        /// Snapshots that the journal has kept, and those that it could not keep.
        public var keptSnapshots = 0
        public var lostSnapshots = 0
        /// Batches that were on disk although nobody was told so.
        public var unreportedWrites = 0
    }

    public var seed: UInt64
    /// What went wrong, and how much of it.
    public var profile: String
    /// One number for everything that happened and when.
    public var traceHash: UInt64
    /// Everything that happened, one line each, where it was asked for.
    public var trace: [String]
    /// Promises that were broken, in words; empty when all were kept.
    public var violations: [String]
    public var counts: Counts
}

/// What happened, as one number and perhaps as lines.
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
