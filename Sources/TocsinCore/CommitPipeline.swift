public import TocsinJournal
public import TocsinModel
import TocsinWire

/// The broker's work with the journal, as a state machine without sockets, files, threads or clocks.
///
/// Turns become commits, and commits go to the disk one at a time. Their outputs are released when they are on disk.
/// When the journal fails, the state is dropped and built again.
///
/// The loop feeds it events and carries out its steps:
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
/// A commit has one owner at any time. A turn adds to it. The pipeline keeps it while it gathers and while it is
/// written. The loop sends its outputs and gives it back empty.
///
///                    append                 appended
///     serving   ───────────────►  writing  ──────────► serving, or the next part of a large commit
///        any state ── failed ──►  reopening ── reopened ──► resting (1 s) ──► probing ── probed ──► serving
///                                     ▲  not reopened: rests 1 s, reopens         │
///                                     └───────────────── failed ──────────────────┘   no room: rests 1 s, probes
///        any state ── fenced ──►  standing by: somebody else writes, and nothing is opened again
public struct CommitPipeline: ~Copyable {
    /// How long a record that nobody waits for may wait for others before it is committed, in milliseconds.
    static let laziness: Int64 = 20
    /// The number of records that are committed even if nobody waits for them.
    static let recordsWorthACommit = 1000
    /// The time between attempts to write again, or to open the journal again, in milliseconds.
    static let restAfterFailure: Int64 = 1000

    /// The state of the journal.
    enum JournalState: ~Copyable {
        /// The journal takes records.
        case idle
        /// The journal writes a part of a commit.
        case writing(CommitParts)
        /// The earlier parts of a commit are written, and the next one can be appended.
        case between(CommitParts)
        /// The journal takes no records.
        case out(Outage)
    }

    /// The progress of the journal towards taking records again.
    enum Outage {
        /// The journal is being opened and read. The state is unknown.
        case reopening
        /// The journal could not be opened. The next attempt is at the given uptime. The state is unknown.
        case closed(until: Int64)
        /// The journal has been read. It is probed at the given uptime.
        case failing(until: Int64)
        /// The journal is being probed.
        case probing
        /// Another process writes the journal now. This broker stands by.
        case fenced
    }

    /// The broker. Its state includes the last turn, and is ahead of the disk by the records not yet committed.
    public internal(set) var broker: Broker
    /// The rules and the directory in force.
    public internal(set) var files: RuleFiles
    /// The last record that is known to be on disk.
    public internal(set) var committedPosition = Position.zero

    var journal: JournalState
    /// The commit that turns add to.
    var gathering = Commit()
    /// The written commit, until it is released.
    private var written: Commit?
    /// An empty commit with room, for the next turns.
    private var spare = Commit()
    var snapshots: SnapshotSchedule
    var reload = Reload.none
    private var lateness = Lateness()
    /// True if nothing may be put off any more.
    private var isDraining = false

    /// Creates a pipeline from a recovered broker.
    ///
    /// - Parameters:
    ///   - broker: The broker that has folded every record of the journal.
    ///   - snapshotPosition: The last record in the snapshot that the journal keeps.
    ///   - files: The files that come into force in the first turn, by ``adoptFiles(into:)``.
    ///   - snapshotInterval: The fewest records between two snapshots.
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
    /// Begins a turn, which adds to the commit of the turns before it.
    public mutating func beginTurn(now: Moment, feedIsWatched: Bool) -> Turn {
        var commit = Commit()
        swap(&commit, &gathering)
        return Turn(now: now, feedIsWatched: feedIsWatched, continuing: commit)
    }

    /// Hands the broker one input.
    public mutating func handle(_ input: Input, into turn: inout Turn) {
        broker.handle(input, into: &turn)
    }

    /// Does the work that is due: steps of plans, the next part of rules on their way into force, and a piece of a
    /// snapshot.
    ///
    /// - Parameters:
    ///   - turn: The turn that takes the records and outputs.
    ///   - isRead: True if no message of a terminal or an operator waits to be read. See ``Lateness``.
    /// - Returns: The end of a reload, if one has ended.
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

    /// Ends a turn. Its records and outputs are gathered for a commit.
    ///
    /// - Returns: The outputs that promise nothing and may be sent at once.
    public mutating func endTurn(_ turn: consuming Turn) -> [ImmediateOutput] {
        gathering = turn.takeCommit()
        return turn.immediate
    }

    /// Records all gathered RECEIVED messages, before an operator's request is answered.
    public mutating func recordReceived(into turn: inout Turn) {
        broker.recordReceived(into: &turn)
    }

    /// Stops putting anything off, because the service is about to end.
    public mutating func drain() {
        isDraining = true
    }

    /// True if everything that was promised is on disk and released.
    public var isDrained: Bool {
        switch journal {
        case .idle: gathering.isEmpty && !isReleasing
        case .writing: false
        case .between: false
        // Refused requests are not owed anything.
        case .out: gathering.isEmpty
        }
    }

    /// Returns the uptime in milliseconds at which ``passTime(into:isRead:)`` or ``nextStep(now:)`` has work next, or
    /// nil if only an event brings work.
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
    /// A step for the loop to carry out.
    public enum Step: ~Copyable {
        /// Write these records, at most as many as a log takes at once. Then call ``CommitPipeline/appended()``,
        /// ``CommitPipeline/failed(into:)`` or ``CommitPipeline/fenced(into:)``.
        case append([JournalEntry])
        /// Send the outputs of the commit. They rest only on records that are on disk. Then give the commit back by
        /// ``CommitPipeline/takeBack(_:)``.
        case release(Commit)
        /// Keep this snapshot of records that are on disk. Failing to keep it costs nothing.
        case keep(JournalSnapshot)
        /// Check whether the journal writes again. Then call ``CommitPipeline/probed(into:)``,
        /// ``CommitPipeline/foundNoRoom(now:)`` or ``CommitPipeline/failed(into:)``.
        case probe
        /// Open the journal anew and read it. Then call ``CommitPipeline/reopened(_:snapshotPosition:into:)`` or
        /// ``CommitPipeline/notReopened(now:)``.
        case reopen
    }

    /// Returns the next step, if there is one. Writing comes before sending, so that the disk works meanwhile.
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
            // No record is gathered now. The outputs rest on records that are on disk, or on none.
            return gathering.isEmpty ? nil : .release(takeGathered())
        case .probeIsDue:
            journal = .out(.probing)
            return .probe
        case .reopeningIsDue:
            journal = .out(.reopening)
            return .reopen
        }
    }

    /// Notes that the part being written is on disk. The commit is released next, once all its parts are.
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

    /// True while a written commit waits to be released. The next commit is best written at the same time.
    public var isReleasing: Bool {
        switch written {
        case .some: true
        case .none: false
        }
    }

    /// True if somebody waits for the commit that is being written.
    public var isCommitAwaited: Bool {
        switch journal {
        case .writing(let parts): parts.commit.isUrgent
        case .between(let parts): parts.commit.isUrgent
        case .idle: false
        case .out: false
        }
    }

    /// Takes back a commit whose outputs have been sent.
    public mutating func takeBack(_ commit: consuming Commit) {
        commit.removeAll()
        spare = commit
    }

    /// The steps that the state of the journal allows at one time.
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

    /// Takes the gathered commit. Turns now add to an empty one.
    private mutating func takeGathered() -> Commit {
        var commit = Commit()
        swap(&commit, &spare)
        swap(&commit, &gathering)
        return commit
    }
}
