import JournalContract
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// The pipeline around a broker, with a clock that stands still, a journal in memory, and everything that it has said.
///
///     var harness = try Harness()
///     harness.join("fire", as: "desk-1")
///     harness.report("r-1", event: "structure-fire")
///     #expect(harness.alerts.map(\.number.value) == [1])
///
/// Each call is one turn. A turn is committed at once, unless ``commitsAtOnce`` says that the test does it itself.
struct Harness: ~Copyable {
    /// An ALERT as a terminal gets it.
    struct SentAlert: Hashable {
        var terminal: String
        var recipient: String
        var number: AlertNumber
        var envelope: Envelope
    }

    var pipeline: CommitPipeline
    let store: InMemoryJournalStore
    var now = Moment(wall: Timestamp(milliseconds: 1_795_392_600_000), uptime: 1_000_000)
    var commitsAtOnce = true
    var feedIsWatched = false

    /// What was said after a commit, and what was said at once, since ``forget()``.
    private(set) var committed: [CommittedOutput] = []
    private(set) var immediate: [ImmediateOutput] = []
    /// What the turn made last wants kept, and whether somebody waits for it.
    private(set) var lastTurn: (records: [JournalEntry], isUrgent: Bool) = ([], false)

    /// - Parameter gatherReceived: at once, unless a test is about gathering: what is RECEIVED is so in the same turn.
    init(
        rules: String = Scene.rules, settings: BrokerSettings = BrokerSettings(), gatherReceived: Duration = .zero
    ) throws {
        var settings = settings
        settings.gatherReceived = gatherReceived
        let files = RuleFiles(
            rules: try Scene.ruleset(rules), directory: try Scene.directory(), texts: RuleTexts(rules: rules),
            loadedAt: Timestamp(milliseconds: 0))
        self.init(
            Broker(rules: files.rules, directory: files.directory, settings: settings), files, InMemoryJournalStore())
    }

    /// One with files of its own, which come into force.
    init(_ files: RuleFiles, settings: BrokerSettings = BrokerSettings()) {
        var settings = settings
        settings.gatherReceived = .zero
        self.init(
            Broker(rules: files.rules, directory: files.directory, settings: settings), files, InMemoryJournalStore())
        adoptFiles()
    }

    private init(_ broker: Broker, _ files: RuleFiles, _ store: InMemoryJournalStore) {
        pipeline = CommitPipeline(recovered: broker, snapshotPosition: .zero, files: files)
        self.store = store
    }

    var broker: Broker {
        _read { yield pipeline.broker }
        _modify { yield &pipeline.broker }
    }

    /// Another one that knows what the journal holds, and nobody who is connected.
    func rebuilt() throws -> Harness {
        var other = Harness(try recoveredBroker(), pipeline.files, store)
        other.now = now
        return other
    }

    /// A broker that knows what the journal holds.
    private func recoveredBroker() throws -> Broker {
        var fresh = Broker(rules: broker.rules, directory: broker.directory, settings: broker.settings)
        for entry in store.entries { fresh.apply(entry, now: now) }
        fresh.readSubscriptions()
        return fresh
    }
}

// MARK: - Turns, the disk and the clock

extension Harness {
    /// Lets the broker handle these inputs in one turn.
    mutating func handle(_ inputs: Input...) {
        turn { broker, turn in
            for input in inputs { broker.handle(input, into: &turn) }
        }
    }

    /// One turn of whatever `body` does.
    mutating func turn(_ body: (inout Broker, inout Turn) -> Void) {
        event { pipeline, turn in body(&pipeline.broker, &turn) }
    }

    /// One turn of something that happens to the pipeline.
    mutating func event(_ body: (inout CommitPipeline, inout Turn) -> Void) {
        var turn = pipeline.beginTurn(now: now, feedIsWatched: feedIsWatched)
        body(&pipeline, &turn)
        lastTurn = (Array(turn.records), turn.commit.isUrgent)
        immediate += pipeline.endTurn(turn)
        if commitsAtOnce { commit() }
    }

    /// What is not on disk yet.
    var uncommitted: [JournalEntry] { pipeline.gathering.records }

    /// Puts every turn's records on disk and releases what waited for it. Nothing more is waited for.
    mutating func commit() {
        while let step = pipeline.nextStep(now: now.uptime + CommitPipeline.laziness) {
            switch consume step {
            case .append(let records): append(records)
            case .keep: break
            case .release(let commit):
                committed += commit.outputs
                pipeline.takeBack(commit)
            // The tests themselves say what becomes of these.
            case .probe: return
            case .reopen: return
            }
        }
    }

    private mutating func append(_ records: [JournalEntry]) {
        do {
            try store.open().append(records)
            pipeline.appended()
        } catch {
            event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        }
    }

    /// Lets time pass, with a tick whenever the broker asks for one.
    mutating func advance(_ duration: Duration) {
        let end = now.uptime + duration.wholeMilliseconds
        var ticks = 0
        while let next = broker.nextTick, next <= end {
            move(to: max(next, now.uptime))
            handle(.tick)
            // One tick may leave something due: what a turn does is bounded.
            ticks = broker.nextTick ?? .max <= now.uptime ? ticks + 1 : 0
            precondition(ticks < 1000, "What is due comes to an end.")
        }
        move(to: end)
    }

    private mutating func move(to uptime: Int64) {
        now = Moment(wall: now.wall + .milliseconds(uptime - now.uptime), uptime: uptime)
    }

    /// Sets the civil clock forward or back, as an operator or NTP does; time does not pass.
    mutating func setWallClock(by duration: Duration) {
        now.wall = now.wall + duration
    }

    /// What a crash and a new start after `pause` leave: what the journal holds, and no connection.
    mutating func restart(after pause: Duration = .zero) throws {
        now = Moment(wall: now.wall + pause, uptime: 77)
        pipeline = CommitPipeline(recovered: try recoveredBroker(), snapshotPosition: .zero, files: pipeline.files)
    }

    /// The files come into force, as at each start.
    mutating func adoptFiles() {
        event { pipeline, turn in pipeline.adoptFiles(into: &turn) }
    }

    /// The journal fails.
    mutating func failJournal() {
        event { pipeline, turn in _ = pipeline.failed(into: &turn) }
    }

    /// The journal has been opened again: the state is what it holds, and no records are taken. Connections remain.
    mutating func reopenJournal() throws {
        let recovered = try recoveredBroker()
        event { pipeline, turn in pipeline.reopened(recovered, snapshotPosition: .zero, into: &turn) }
    }

    /// The journal writes again.
    mutating func probeJournal() {
        event { pipeline, turn in pipeline.probed(into: &turn) }
    }

    /// The journal says whether it has room for new reports.
    mutating func noteRoom(isScarce: Bool) {
        event { pipeline, turn in _ = pipeline.noteRoom(isScarce: isScarce) }
    }

    /// Drops the broker and builds it from the journal, as after a journal failure; connections remain.
    mutating func rebuild() throws {
        failJournal()
        try reopenJournal()
        probeJournal()
    }

    /// Forgets what has been said so far.
    mutating func forget() {
        committed.removeAll()
        immediate.removeAll()
    }
}

// MARK: - What people and programs do

extension Harness {
    /// Sends a report, as the shell does: with its incident's entry where the journal has it.
    mutating func report(
        _ identifier: String, event: String = "structure-fire", severity: Severity = .severe, bytes: Int = 100,
        sender: String = "phone", status: ReportStatus = .actual
    ) {
        handle(
            reportInput(identifier, event: event, severity: severity, bytes: bytes, sender: sender, status: status))
    }

    func reportInput(
        _ identifier: String, event: String = "structure-fire", severity: Severity = .severe, bytes: Int = 100,
        sender: String = "phone", status: ReportStatus = .actual
    ) -> Input {
        let report = Report(
            name: ReportName(sender: sender, identifier: identifier), sent: now.wall, event: event, category: .fire,
            severity: severity, status: status)
        let stored = store.entries.first {
            if case .incident(let incident) = $0.record { incident.name == report.name } else { false }
        }
        return .report(
            Scene.peer(sender), Scene.reference(identifier), report, body: [UInt8](repeating: 0x20, count: bytes),
            stored: stored)
    }

    mutating func join(_ recipient: String, as terminal: String, credit: Int = 100, over peer: String? = nil) {
        handle(.join(Scene.peer(peer ?? terminal), Scene.recipient(recipient), terminal: terminal, credit: credit))
    }

    mutating func leave(_ recipient: String, _ terminal: String) {
        handle(.leave(Scene.peer(terminal), Scene.recipient(recipient)))
    }

    mutating func received(_ recipient: String, _ numbers: ClosedRange<Int64>..., by terminal: String) {
        let list = NumberList(numbers.map { AlertNumber($0.lowerBound)...AlertNumber($0.upperBound) })
        handle(.received(Scene.peer(terminal), Scene.recipient(recipient), list))
    }

    mutating func acknowledge(_ recipient: String, _ number: Int64, by terminal: String, person: String = "Wang") {
        handle(
            .acknowledge(Scene.peer(terminal), Scene.recipient(recipient), AlertNumber(number), Person(by: person)))
    }

    mutating func decline(_ recipient: String, _ number: Int64, by terminal: String, reason: String? = "no crew") {
        handle(
            .decline(
                Scene.peer(terminal), Scene.recipient(recipient), AlertNumber(number),
                Person(by: "Wang", note: reason)))
    }

    mutating func status(_ recipient: String, _ number: Int64, _ state: AlertState, by terminal: String) {
        handle(
            .status(Scene.peer(terminal), Scene.recipient(recipient), AlertNumber(number), state, Person(by: "Wang")))
    }

    mutating func follow(_ incident: Int64, by peer: String, isStored: Bool = false) {
        handle(
            .follow(Scene.peer(peer), Scene.reference("f-\(incident)"), IncidentNumber(incident), isStored: isStored))
    }

    mutating func close(_ incident: Int64) {
        handle(
            .close(
                Scene.peer("operator"), Scene.reference("c-\(incident)"), IncidentNumber(incident),
                Person(by: "Li", note: "false alarm")))
    }
}
