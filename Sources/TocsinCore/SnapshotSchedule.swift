public import TocsinJournal
import TocsinModel

/// When a snapshot is due, and one that has been made until the journal gets it.
struct SnapshotSchedule {
    /// The records up to here are in a snapshot, or in the one that is being made.
    private(set) var position: Position
    /// The fewest records between two.
    let interval: Int64
    private var made: JournalSnapshot?

    init(keptUpTo position: Position, interval: Int64) {
        self.position = position
        self.interval = interval
    }

    /// Whether one waits to be kept.
    var isMade: Bool { made != nil }

    /// Whether one waits that says no more than is on disk.
    func isReady(_ committed: Position) -> Bool {
        made.map { $0.position <= committed } ?? false
    }

    mutating func begin(at position: Position) {
        self.position = position
    }

    mutating func finish(_ snapshot: JournalSnapshot) {
        made = snapshot
    }

    mutating func takeMade() -> JournalSnapshot? { made.take() }

    /// What has been made says more than is known to be on disk.
    mutating func drop() {
        made = nil
    }
}

extension CommitPipeline {
    /// Goes on with the snapshot that is being made. One is begun when so many records have come since the last one that
    /// a start would take long, and is kept once what it says is on disk.
    mutating func proceedWithSnapshot() {
        guard broker.standing != .recovering else { return }
        if broker.isMakingSnapshot {
            if let made = broker.proceedWithSnapshot(Limits.incidentsWrittenAtOnce) { snapshots.finish(made) }
        } else if broker.lastPosition.value - snapshots.position.value >= recordsBetweenSnapshots,
            // A snapshot has no parts of a rule file.
            !reload.isAdopting
        {
            snapshots.begin(at: broker.lastPosition)
            broker.beginSnapshot()
        }
    }

    /// So many that what snapshots cost stays in proportion to what has come, however much is open.
    private var recordsBetweenSnapshots: Int64 {
        max(snapshots.interval, Int64(broker.openIncidentCount) / 8)
    }

    /// Whether a snapshot waits that says no more than is on disk.
    var isSnapshotReady: Bool { snapshots.isReady(committedPosition) }

    /// A snapshot that has been made, once what it says is on disk.
    mutating func keepSnapshot() -> Step? {
        guard isSnapshotReady else { return nil }
        return snapshots.takeMade().map { .keep($0) }
    }

    /// A snapshot to be kept at the end of a drain, where it saves the next start something.
    public func lastSnapshot() -> JournalSnapshot? {
        guard broker.standing == .serving, isDrained else { return nil }
        let isWorthIt =
            broker.isMakingSnapshot || snapshots.isMade
            || broker.lastPosition.value - snapshots.position.value >= Limits.recordsWorthASnapshot
        return isWorthIt ? broker.snapshot() : nil
    }
}
