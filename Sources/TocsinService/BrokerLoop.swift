import Logging
import Systemd
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// The thread that owns the sockets and the core: it waits, takes a batch of messages in, lets the broker decide, hands
/// the records to the journal's thread, and sends what may be sent.
///
///     receive → front door → decode → Broker.handle → Batch → JournalThread → Broker.committed → Outbox → send
struct BrokerLoop: ~Copyable {
    let configuration: ServiceConfiguration
    let endpoints: Endpoints
    let store: any JournalStore
    let requests: ServiceRequests
    let wakeUp: WakeUp
    let manager: ServiceManager
    let started: Moment
    var logger: Logger

    var files: ServiceFiles
    var broker: Broker
    var reader: any JournalReader
    /// For the desk alone.
    var questionReader: any JournalReader
    let desk: OperatorDesk
    var outbox: Outbox
    var wakefulness: Wakefulness
    var door = FrontDoor()
    let decoder: ReportDecoder
    let bodyParser = JSONParser(maximumBytes: Limits.bodyBytes)

    /// nil while the journal could not be opened again after a failure.
    var journal: JournalThread?
    /// What is behind the snapshot is being checked; the one in use.
    var check: BacklogCheck
    /// Turns that have not been handed to the journal.
    var gathering = Batch()
    /// What is being committed.
    var committing: Batch?
    /// An empty batch with room, to gather in next.
    var spare = Batch()
    /// When to see whether the journal writes again; nil while it does.
    var nextProbe: Int64?
    var isProbing = false

    /// The records up to here are in a snapshot, or in the one that is being made.
    var snapshotPosition: Position
    /// A snapshot that has been made and has not been handed to the journal.
    var snapshot: JournalSnapshot?

    let loader: FileLoader
    /// Operators who wait for a reload.
    var reloading: [(Peer, Reference)]?
    /// Files that have been read again, on their way into force.
    var adoption: (files: ServiceFiles, rules: RulesAdoption)?
    /// The records up to here are on disk, as far as the loop has heard.
    var committedPosition = Position.zero
    /// Connections to the feed, whatever they subscribe to.
    var feedConnections = 0
    /// Uptime at which a drain must be over; nil while none is asked for.
    var drainBy: Int64?

    private var lateness = Lateness()
    private var unread = UnreadBound()
    private var connectionLog = ConnectionLog()

    private var poll = PollSet()
    private let onReports: PollSet.Index
    private let onAlerts: PollSet.Index
    private let onControl: PollSet.Index
    private let onFeed: PollSet.Index
    private let onWakeUp: PollSet.Index
    private let onRequest: PollSet.Index

    /// Messages taken from one endpoint in one turn: enough to share a commit, few enough to keep a turn short.
    static let messagesPerTurn = 256
    /// The longest wait for a message, in milliseconds: what peers may send, and what is logged of connections, is looked
    /// after in turns.
    private static let longestWait: Int64 = 10_000

    init(
        configuration: ServiceConfiguration, files: ServiceFiles, journal: RecoveredJournal,
        endpoints: consuming Endpoints, store: any JournalStore, requests: ServiceRequests, wakeUp: WakeUp,
        wakefulness: consuming Wakefulness, manager: ServiceManager, started: Moment, logger: Logger
    ) throws {
        self.configuration = configuration
        self.files = files
        self.store = store
        self.requests = requests
        self.wakeUp = wakeUp
        self.manager = manager
        self.started = started
        self.logger = logger
        broker = journal.broker
        reader = journal.reader
        questionReader = journal.questionReader
        desk = OperatorDesk(reportBytes: configuration.broker.limits.reportBytes, done: wakeUp, logger: logger)
        self.journal = journal.thread
        check = journal.check
        snapshotPosition = journal.snapshotPosition
        outbox = Outbox(reader: journal.reader, bodyCacheBytes: configuration.broker.limits.bodyCacheBytes)
        decoder = ReportDecoder(maximumBytes: configuration.broker.limits.reportBytes)
        loader = FileLoader(done: wakeUp)
        onReports = poll.add(endpoints.reports, for: .readable)
        onAlerts = poll.add(endpoints.alerts, for: .readable)
        onControl = poll.add(endpoints.control, for: .readable)
        onFeed = poll.add(endpoints.feedMonitor)
        onWakeUp = poll.add(fileDescriptor: wakeUp.fileDescriptor, for: .readable)
        onRequest = poll.add(fileDescriptor: requests.wakeUp.fileDescriptor, for: .readable)
        self.endpoints = endpoints
        self.wakefulness = wakefulness
    }

    /// Serves until a drain is complete.
    mutating func run() throws {
        defer { desk.stop() }
        try begin()
        let watchdog = try manager.watchdogInterval.map { max(1, $0.wholeMilliseconds / 3) }
        var nextPing: Int64 = 0
        while !isDrained(SystemClock.now.uptime) {
            let before = SystemClock.now
            if let watchdog, before.uptime >= nextPing {
                notify { try $0.ping() }
                nextPing = before.uptime + watchdog
            }
            _ = try poll.poll(timeout: waitingTime(before.uptime, watchdog: watchdog))
            do {
                try takeTurn()
            } catch let error as JournalError {
                // It could not be read or written. The turn is lost with the state; whoever waits for its answers is
                // told, or sends again.
                var turn = beginTurn()
                try recover(from: error, into: &turn)
                try finish(turn)
            }
        }
        try end()
    }

    /// Takes in what there is, lets the broker decide, and passes the results on.
    private mutating func takeTurn() throws {
        unread.beginTurn(&door.taken)
        let readable =
            (poll[onReports].isEmpty ? 0 : 1) + (poll[onAlerts].isEmpty ? 0 : 1) + (poll[onControl].isEmpty ? 0 : 1)
        var committed = poll[onWakeUp].isEmpty ? nil : takeCommitted()
        var turn = beginTurn()
        do {
            if let batch = committed.take() { try release(batch, into: &turn) }
            if !poll[onRequest].isEmpty { try takeRequests(into: &turn) }
            if !poll[onWakeUp].isEmpty { try takeResults(into: &turn) }
            if !poll[onFeed].isEmpty { try takeFeedEvents() }
            if !poll[onControl].isEmpty { try takeControl(into: &turn) }
            if !poll[onAlerts].isEmpty { try takeAlerts(into: &turn) }
            if !poll[onReports].isEmpty, drainBy == nil { try takeReports(into: &turn) }
            unread.endTurn(&door.taken, readable: readable)
            try proceedWithAdoption(into: &turn)
            proceedWithSnapshot()
            try passTime(into: &turn)
            if drainBy != nil { broker.recordReceived(into: &turn) }
        } catch {
            gathering = turn.takeBatch()
            throw error
        }
        try finish(turn)
    }

    /// A turn that goes on with what the turns before it have gathered.
    mutating func beginTurn() -> Turn {
        var batch = Batch()
        swap(&batch, &gathering)
        return Turn(now: SystemClock.now, feedIsWatched: feedConnections > 0, continuing: batch)
    }

    /// Ends a turn: sends what promises nothing, and moves the rest towards the disk.
    mutating func finish(_ turn: consuming Turn) throws {
        for output in turn.immediate { try outbox.send(output, through: endpoints) }
        outbox.keep(turn.records)
        gathering = turn.takeBatch()
        try commitIfDue()
    }

    private func isDrained(_ uptime: Int64) -> Bool {
        guard let drainBy else { return false }
        return uptime >= drainBy || (committing == nil && gathering.isEmpty)
    }

    private func waitingTime(_ uptime: Int64, watchdog: Int64?) -> Duration? {
        let ping = watchdog.map { uptime + $0 }
        let look = uptime + Self.longestWait
        var times = [lateness.nextTick(broker.nextTick), nextProbe, drainBy, wakefulness.until, ping, look].compactMap {
            $0
        }
        if committing == nil, !gathering.isEmpty {
            times.append(gathering.records.isEmpty || gathering.isUrgent ? uptime : gathering.since + Self.laziness)
        }
        // What this thread has committed itself wakes nobody.
        if adoptionGoesOn || broker.isMakingSnapshot { times.append(uptime) }
        return times.min().map { .milliseconds(max(0, $0 - uptime)) }
    }

    private mutating func passTime(into turn: inout Turn) throws {
        // What is sent at once, as PING is, finds peers gone without a commit.
        tellOfUnreachable(into: &turn)
        if let tick = broker.nextTick, tick <= turn.now.uptime {
            let isRead = poll[onAlerts].isEmpty && poll[onControl].isEmpty
            if lateness.allowsTick(due: tick, now: turn.now.uptime, isRead: isRead) {
                broker.handle(.tick, into: &turn)
            }
        }
        if let nextProbe, nextProbe <= turn.now.uptime { try tryJournal(into: &turn) }
        wakefulness.end(at: turn.now.uptime)
        connectionLog.report(to: logger, now: turn.now.uptime)
        logDifferingReports(now: turn.now)
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
