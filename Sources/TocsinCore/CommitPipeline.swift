public import TocsinJournal
public import TocsinModel
import TocsinWire

/// What happens around the journal, as a state machine without sockets, files, threads or clocks: turns become commits,
/// commits go to the disk one at a time, what they promised is released when they are there, and when the journal fails
/// the state is dropped and built again.
///
/// Whoever runs it feeds it events and does what it answers:
///
///     var turn = pipeline.beginTurn(now: now, feedIsWatched: false)
///     pipeline.handle(input, into: &turn)
///     for output in pipeline.endTurn(turn) { send(output) }
///     while let step = pipeline.nextStep(now: now.uptime) {
///         switch consume step {
///         case .append(let records): …write them; then pipeline.appended() or pipeline.failed(into:)…
///         case .release(let commit): …send its outputs…; pipeline.takeBack(commit)
///         case .keep, .probe, .reopen: …
///         }
///     }
///
/// A commit has one owner at any time: a turn adds to it, the pipeline keeps it while it gathers and while it is written,
/// and whoever sends its outputs gives it back empty.
///
///                    append                 appended
///     serving   ───────────────►  writing  ──────────► serving, or the next part of a large commit
///        any state ── failed ──►  reopening ── reopened ──► resting (1 s) ──► probing ── probed ──► serving
///                                     ▲  not reopened: rests 1 s, reopens         │
///                                     └───────────────── failed ──────────────────┘   no room: rests 1 s, probes
///        any state ── fenced ──►  standing by: somebody else writes, and nothing is opened again
public struct CommitPipeline: ~Copyable {
    /// How long a record that nobody waits for may wait for company before it is committed, in milliseconds.
    static let laziness: Int64 = 20
    /// Records that are committed even if nobody waits for them.
    static let recordsWorthACommit = 1000
    /// Between attempts to write again, or to open the journal again, in milliseconds.
    static let restAfterFailure: Int64 = 1000

    /// What the journal is doing.
    enum JournalState: ~Copyable {
        /// Nothing, and it takes records.
        case idle
        /// It writes a part of a commit.
        case writing(CommitParts)
        /// It has written the parts of a commit before this one, and takes it.
        case between(CommitParts)
        /// It takes no records.
        case out(Outage)
    }

    /// How far it is with taking records again.
    enum Outage {
        /// It is being opened and read; the state is unknown.
        case reopening
        /// It could not be opened, and is opened again at a time; the state is unknown.
        case closed(until: Int64)
        /// It has been read, and is asked at a time whether it writes.
        case failing(until: Int64)
        /// It is being asked.
        case probing
        /// Somebody else writes it now: this broker stands by.
        case fenced
    }

    /// The broker, whose state is as far as the last turn: ahead of the disk by what is not committed yet.
    public internal(set) var broker: Broker
    /// The rules and the directory in force.
    public internal(set) var files: RuleFiles
    /// The records up to here are on disk, as far as anybody has said.
    public internal(set) var committedPosition = Position.zero

    var journal: JournalState
    /// What turns have left to be committed.
    var gathering = Commit()
    /// What has been written, and not been released.
    private var written: Commit?
    /// An empty commit with room, to gather in next.
    private var spare = Commit()
    var snapshots: SnapshotSchedule
    var reload = Reload.none
    private var lateness = Lateness()
    /// Whether nothing may be put off any more.
    private var isDraining = false

    /// Begins with what the journal has come to.
    ///
    /// - Parameters:
    ///   - broker: has taken every record of it.
    ///   - snapshotPosition: the records up to here are in the snapshot that the journal keeps.
    ///   - files: come into force in the first turn: ``adoptFiles(into:)``.
    ///   - snapshotInterval: the fewest records between two snapshots.
    public init(
        recovered broker: Broker, snapshotPosition: Position, files: RuleFiles,
        snapshotInterval: Int64 = Limits.recordsBetweenSnapshots
    ) {
        self.broker = broker
        self.files = files
        snapshots = SnapshotSchedule(keptUpTo: snapshotPosition, interval: snapshotInterval)
        journal = .idle
        committedPosition = broker.lastPosition
    }
}

// MARK: - Turns

extension CommitPipeline {
    /// Begins a turn, which goes on with what the turns before it have gathered.
    public mutating func beginTurn(now: Moment, feedIsWatched: Bool) -> Turn {
        var commit = Commit()
        swap(&commit, &gathering)
        return Turn(now: now, feedIsWatched: feedIsWatched, continuing: commit)
    }

    /// Hands the broker one input.
    public mutating func handle(_ input: Input, into turn: inout Turn) {
        broker.handle(input, into: &turn)
    }

    /// Does what the time asks for: steps that are due, the next part of rules on their way into force, some of a snapshot.
    ///
    /// - Parameters:
    ///   - turn: takes what comes of it.
    ///   - isRead: whether nothing that terminals and operators have sent waits to be read: see ``Lateness``.
    /// - Returns: How a reload has ended, where one has.
    public mutating func passTime(into turn: inout Turn, isRead: Bool) -> ReloadEnd? {
        let end = proceedWithReload(into: &turn)
        proceedWithSnapshot()
        if let tick = broker.nextTick, tick <= turn.now.uptime,
            lateness.allowsTick(due: tick, now: turn.now.uptime, isRead: isRead)
        {
            broker.handle(.tick, into: &turn)
        }
        if isDraining { recordReceived(into: &turn) }
        return end
    }

    /// Ends a turn: what it wants committed is gathered.
    ///
    /// - Returns: What promises nothing and may be sent at once.
    public mutating func endTurn(_ turn: consuming Turn) -> [ImmediateOutput] {
        gathering = turn.takeCommit()
        return turn.immediate
    }

    /// Makes records of everything that terminals have said RECEIVED of: somebody asks how things stand.
    public mutating func recordReceived(into turn: inout Turn) {
        if broker.standing == .serving { broker.recordReceived(into: &turn) }
    }

    /// Nothing is put off any more: the end is near.
    public mutating func drain() {
        isDraining = true
    }

    /// Whether everything that was promised is on disk and released.
    public var isDrained: Bool {
        switch journal {
        case .idle: gathering.isEmpty && !isReleasing
        case .writing: false
        case .between: false
        // What has been refused is not owed.
        case .out: gathering.isEmpty
        }
    }

    /// When ``passTime(into:isRead:)`` or ``nextStep(now:)`` has something to do, in uptime milliseconds; nil: only after an
    /// event.
    public func nextTime(now: Int64) -> Int64? {
        var next = lateness.nextTick(broker.nextTick)
        func consider(_ time: Int64) { next = min(next ?? .max, time) }
        switch journal {
        case .idle:
            if !gathering.isEmpty { consider(dueTime(of: gathering, now)) }
        case .between: consider(now)
        case .out(.closed(let until)): consider(until)
        case .out(.failing(let until)): consider(until)
        case .writing: break
        case .out: break
        }
        if reload.isReady(committedPosition) || broker.isMakingSnapshot || isSnapshotReady { consider(now) }
        return next
    }

    private func dueTime(of commit: borrowing Commit, _ now: Int64) -> Int64 {
        commit.records.isEmpty || isUrgent(commit) ? now : commit.since + Self.laziness
    }

    private func isUrgent(_ commit: borrowing Commit) -> Bool {
        commit.isUrgent || isDraining || commit.records.count >= Self.recordsWorthACommit
    }
}

// MARK: - Steps

extension CommitPipeline {
    /// What to do now.
    public enum Step: ~Copyable {
        /// Write these, which are as many as a log takes at once; then ``CommitPipeline/appended()``,
        /// ``CommitPipeline/failed(into:)`` or ``CommitPipeline/fenced(into:)``.
        case append([JournalEntry])
        /// Send its outputs: they rest on nothing that is not on disk. Then give it back: ``CommitPipeline/takeBack(_:)``.
        case release(Commit)
        /// Keep this snapshot of records that are on disk, which costs nothing where it cannot be.
        case keep(JournalSnapshot)
        /// See whether the journal writes again; then ``CommitPipeline/probed(into:)``,
        /// ``CommitPipeline/foundNoRoom(now:)`` or ``CommitPipeline/failed(into:)``.
        case probe
        /// Open the journal anew and read it; then ``CommitPipeline/reopened(_:snapshotPosition:into:)`` or
        /// ``CommitPipeline/notReopened(now:)``.
        case reopen
    }

    /// The next step, if there is one. What is to be written comes before what is to be sent, so that the disk works
    /// meanwhile.
    public mutating func nextStep(now: Int64) -> Step? {
        switch phase(now) {
        case .idle:
            if isAppendDue(now) { return beginAppend() }
            if let commit = written.take() { return .release(commit) }
            if !gathering.isEmpty, gathering.records.isEmpty { return .release(takeGathered()) }
            return keepSnapshot()
        case .between:
            return appendNextPart()
        case .busy:
            if let commit = written.take() { return .release(commit) }
            return keepSnapshot()
        case .out:
            // No record is gathered now, and what is said rests on what is on disk, or on nothing.
            return gathering.isEmpty ? nil : .release(takeGathered())
        case .probeIsDue:
            journal = .out(.probing)
            return .probe
        case .reopeningIsDue:
            journal = .out(.reopening)
            return .reopen
        }
    }

    /// What was being written is on disk. The commit is released next, once all its parts are.
    public mutating func appended() {
        precondition(!isReleasing, "What was written before has been released.")
        var state = JournalState.idle
        swap(&state, &journal)
        switch consume state {
        case .writing(var parts):
            committedPosition = parts.lastPosition
            broker.committed(through: committedPosition)
            guard !parts.goOn() else {
                journal = .between(parts)
                return
            }
            let commit = parts.takeCommit()
            if commit.outputs.isEmpty { takeBack(commit) } else { written = consume commit }
        case .idle: preconditionFailure("Nothing was being written.")
        case .between: preconditionFailure("Nothing was being written.")
        case .out: preconditionFailure("What was being written has been given up.")
        }
    }

    /// Whether something has been written and waits to be sent: then the next commit is better written beside that.
    public var isReleasing: Bool {
        switch written {
        case .some: true
        case .none: false
        }
    }

    /// Whether somebody waits for what is being written.
    public var isCommitAwaited: Bool {
        switch journal {
        case .writing(let parts): parts.commit.isUrgent
        case .between(let parts): parts.commit.isUrgent
        case .idle: false
        case .out: false
        }
    }

    /// A commit whose outputs have been sent.
    public mutating func takeBack(_ commit: consuming Commit) {
        commit.removeAll()
        spare = commit
    }

    /// What the state of the journal allows at a time.
    private enum Phase {
        case idle, between, busy, out, probeIsDue, reopeningIsDue
    }

    private func phase(_ now: Int64) -> Phase {
        switch journal {
        case .idle: .idle
        case .between: .between
        case .writing: .busy
        case .out(.failing(let until)): until <= now ? .probeIsDue : .out
        case .out(.closed(let until)): until <= now ? .reopeningIsDue : .out
        case .out: .out
        }
    }

    private func isAppendDue(_ now: Int64) -> Bool {
        !gathering.records.isEmpty && dueTime(of: gathering, now) <= now
    }

    private mutating func beginAppend() -> Step {
        journal = .between(CommitParts(takeGathered()))
        return appendNextPart()
    }

    private mutating func appendNextPart() -> Step {
        var state = JournalState.idle
        swap(&state, &journal)
        switch consume state {
        case .between(let parts):
            let records = parts.records
            journal = .writing(parts)
            return .append(records)
        case .idle: preconditionFailure("There is no next part.")
        case .writing: preconditionFailure("The part before it is being written.")
        case .out: preconditionFailure("The commit has been given up.")
        }
    }

    /// What has been gathered; from now on it is gathered in an empty commit.
    private mutating func takeGathered() -> Commit {
        var commit = Commit()
        swap(&commit, &spare)
        swap(&commit, &gathering)
        return commit
    }
}
