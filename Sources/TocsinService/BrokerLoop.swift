import Logging
import Systemd
import TocsinAccess
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// The loop that owns the sockets and the core. It waits, takes messages in, lets the broker decide, and carries out
/// the steps of the ``TocsinCore/CommitPipeline``: it hands records to the journal's log, and sends the released
/// outputs.
///
///     receive → front door → decode → Broker.handle → Commit → Log → Broker.committed → Outbox → send
struct BrokerLoop: ~Copyable {
    let configuration: ServiceConfiguration
    let endpoints: Endpoints
    let gatekeeper: Gatekeeper
    var permissions: Permissions
    let store: any JournalStore
    let requests: ServiceRequests
    let wakeUp: WakeUp
    let manager: ServiceManager
    let started: Moment
    var logger: Logger

    var pipeline: CommitPipeline
    let desk: OperatorDesk
    var outbox: Outbox
    var wakefulness: Wakefulness
    var door: FrontDoor
    let decoder: ReportDecoder
    let bodyParser = JSONParser(maximumBytes: Limits.bodyBytes)

    /// The journal, or nil while it is being opened again after a failure.
    var journal: OpenJournal?
    let opening: JournalOpening
    /// The reason why the journal takes no records. Nil while it does.
    var journalError: JournalError?
    let configurationWatch: ConfigurationWatch
    let disk: DiskWatch
    let loader: FileLoader
    /// The line that the service manager shows while all is well.
    var servingLine = "Serving"
    /// The problems that the last reading of the files found. Empty if the files are in force.
    var fileProblems: [String]
    /// The number of connections to a feed without keys, whatever they subscribe to.
    var feedConnections = 0
    /// The time at which the next client's key opens nothing any more; nil for never.
    var nextEndOfAClient: Timestamp?
    /// The time of the last look for it.
    var lookedForEndsAt: Timestamp
    /// The owners of connections that are closed at an uptime, after the answer to their reload; nil for none.
    var leaving: (owners: [UInt32], at: Int64)?
    /// True once the service manager knows that this service is ready.
    var isReady = false
    /// The uptime at which a drain must be over, or nil while none is requested.
    var drainBy: Int64?

    private var unread = UnreadBound()
    private var connectionLog = ConnectionLog()
    private var clock = ClockWatch()

    private var poll = PollSet()
    private let onReports: PollSet.Index
    private let onAlerts: PollSet.Index
    private let onControl: PollSet.Index
    private let onFeed: PollSet.Index
    private let onWakeUp: PollSet.Index
    private let onRequest: PollSet.Index

    /// The number of messages taken from one endpoint in one turn: enough to share a commit, few enough to keep a turn
    /// short.
    static let messagesPerTurn = 256
    /// The longest wait for a message, in milliseconds. Each turn updates the bound on unread messages and the log of
    /// connections.
    private static let longestWait: Int64 = 10_000
    /// The same where a client's time will come to an end. The civil clock may be set meanwhile.
    private static let longestWaitForAnEnd: Int64 = 500

    init(
        configuration: ServiceConfiguration, rules: StartingRules, journal: consuming RecoveredJournal,
        endpoints: consuming Endpoints, gatekeeper: Gatekeeper, store: any JournalStore, requests: ServiceRequests,
        wakeUp: WakeUp,
        wakefulness: consuming Wakefulness, manager: ServiceManager, started: Moment, logger: Logger
    ) throws {
        self.configuration = configuration
        self.gatekeeper = gatekeeper
        permissions = Permissions(
            gatekeeper, ReportRates(ofClients: configuration.reportRate, ofSenders: configuration.senderRate))
        door = FrontDoor(
            gatekeeper, connectionsPerClient: configuration.broker.limits.connectionsPerClient, now: started)
        nextEndOfAClient = gatekeeper.principals.nextEnd(after: started.wall)
        lookedForEndsAt = started.wall
        self.store = store
        self.requests = requests
        self.wakeUp = wakeUp
        self.manager = manager
        self.started = started
        self.logger = logger
        pipeline = CommitPipeline(
            recovered: journal.broker, snapshotPosition: journal.snapshotPosition, files: rules.files)
        fileProblems = rules.problems
        self.journal = journal.open
        outbox = Outbox(
            index: journal.open.index, epoch: journal.open.journal.log.epoch, limits: configuration.broker.limits)
        configurationWatch = ConfigurationWatch(configuration.sources, logger: logger)
        disk = DiskWatch(folder: configuration.state, configuration: configurationWatch, logger: logger)
        desk = try OperatorDesk(reportBytes: configuration.broker.limits.reportBytes, done: wakeUp, logger: logger)
        decoder = ReportDecoder(maximumBytes: configuration.broker.limits.reportBytes)
        loader = FileLoader(done: wakeUp)
        opening = JournalOpening(store: store, settings: configuration.broker, done: wakeUp)
        onReports = poll.add(endpoints.reports, for: .readable)
        onAlerts = poll.add(endpoints.alerts, for: .readable)
        onControl = poll.add(endpoints.control, for: .readable)
        onFeed = poll.add(endpoints.feed.monitor)
        onWakeUp = poll.add(fileDescriptor: wakeUp.fileDescriptor, for: .readable)
        onRequest = poll.add(fileDescriptor: requests.wakeUp.fileDescriptor, for: .readable)
        self.endpoints = endpoints
        self.wakefulness = wakefulness
    }

    /// Serves until a drain is complete.
    mutating func run() throws {
        defer {
            desk.stop()
            disk.stop()
        }
        try disk.start()
        try begin()
        let watchdog = try manager.watchdogInterval.map { max(1, $0.wholeMilliseconds / 3) }
        var nextPing: Int64 = 0
        while !isDrained(SystemClock.now.uptime) {
            sayReady()
            let before = SystemClock.now
            if let watchdog, before.uptime >= nextPing {
                notify { try $0.ping() }
                nextPing = before.uptime + watchdog
            }
            _ = try poll.poll(timeout: waitingTime(before.uptime, watchdog: watchdog))
            try keepingOn { loop throws in try loop.runTurn() }
            try keepingOn { loop throws in try loop.carryOutSteps() }
        }
        try end()
    }

    /// Runs `body`, which reads or writes the journal. If that fails, its work is lost with the state. Peers that wait
    /// for an answer are told, or send again.
    private mutating func keepingOn(_ body: (inout Self) throws -> Void) throws {
        do {
            try body(&self)
        } catch let error as JournalError {
            try fail(error)
        }
    }

    /// Takes in the messages that have come, and lets the broker decide.
    private mutating func runTurn() throws {
        unread.beginTurn(&door.taken)
        let readable =
            (poll[onReports].isEmpty ? 0 : 1) + (poll[onAlerts].isEmpty ? 0 : 1) + (poll[onControl].isEmpty ? 0 : 1)
        noteRoom()
        var turn = beginTurn()
        door.now = turn.now
        do {
            if !poll[onWakeUp].isEmpty { try handleResults(into: &turn) }
            if !poll[onRequest].isEmpty { try handleRequests(into: &turn) }
            if !poll[onFeed].isEmpty { try receiveFeedEvents() }
            if !poll[onControl].isEmpty { try receiveControl(into: &turn) }
            if !poll[onAlerts].isEmpty { try receiveAlerts(into: &turn) }
            if !poll[onReports].isEmpty, drainBy == nil { try receiveReports(into: &turn) }
            unread.endTurn(&door.taken, readable: readable)
            noteHeardClients(into: &turn)
            // Outputs that are sent at once, like PING, find peers gone without a commit.
            tellOfUnreachable(into: &turn)
            let isRead = poll[onAlerts].isEmpty && poll[onControl].isEmpty
            shutOutBeforeReload(into: &turn)
            if let end = pipeline.passTime(into: &turn, isRead: isRead) { try finish(end, into: &turn) }
            closeEnded(into: &turn)
            closeLeaving(now: turn.now)
            wakefulness.end(at: turn.now.uptime)
            connectionLog.report(to: logger, gatekeeper, door, now: turn.now.uptime)
            logDifferingReports(now: turn.now)
            logClock(now: turn.now)
            logTroubles()
        } catch {
            // The turn's refusals are sent all the same.
            try finish(turn)
            throw error
        }
        try finish(turn)
    }

    /// Begins a turn, which adds to the commit of the turns before it.
    mutating func beginTurn() -> Turn {
        pipeline.beginTurn(
            now: SystemClock.now, feedIsWatched: feedConnections > 0 || endpoints.feed.server?.count ?? 0 > 0)
    }

    /// Ends a turn, and sends the outputs that promise nothing. ``carryOutSteps()`` handles the rest.
    mutating func finish(_ turn: consuming Turn) throws {
        outbox.holdReports(of: turn.records)
        for output in pipeline.endTurn(turn) { try outbox.send(output, through: endpoints) }
    }

    private func isDrained(_ uptime: Int64) -> Bool {
        guard let drainBy else { return false }
        return uptime >= drainBy || pipeline.isDrained
    }

    private func waitingTime(_ uptime: Int64, watchdog: Int64?) -> Duration? {
        let ping = watchdog.map { uptime + $0 }
        let look = uptime + (nextEndOfAClient == nil ? Self.longestWait : Self.longestWaitForAnEnd)
        let times = [pipeline.nextTime(now: uptime), drainBy, wakefulness.until, leaving?.at, ping, look].compactMap {
            $0
        }
        return times.min().map { .milliseconds(max(0, $0 - uptime)) }
    }

    private mutating func logClock(now: Moment) {
        guard let change = clock.change(at: now) else { return }
        logger.warning(
            "the civil clock was set; new records have its time, and what is due stays due when it was",
            metadata: ["bySeconds": "\(Int((Double(change) / 1000).rounded()))", "now": "\(now.wall)"])
    }

    private mutating func logDifferingReports(now: Moment) {
        guard let line = outbox.differing.takeLine(at: now.uptime) else { return }
        logger.warning(
            "a report was not stored, because another report has its name",
            metadata: [
                "sender": "\(line.name.sender)", "identifier": "\(line.name.identifier)",
                "incident": "\(line.incident)", "sinceLastLine": "\(line.count)",
            ])
    }
}
