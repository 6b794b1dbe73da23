public import TocsinJournal
import TocsinModel

/// The schedule of snapshots. It also holds a finished snapshot until the journal gets it.
struct SnapshotSchedule {
    /// The last record that is in a snapshot, or in the one in the making.
    private(set) var position: Position
    /// The fewest records between two snapshots.
    let interval: Int64
    private var made: JournalSnapshot?

    init(keptUpTo position: Position, interval: Int64) {
        self.position = position
        self.interval = interval
    }

    /// True while a finished snapshot waits to be kept.
    var isMade: Bool { made != nil }

    /// Returns true if a finished snapshot waits and covers only records that are on disk.
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

    /// Drops the finished snapshot, which covers records that are not known to be on disk.
    mutating func drop() {
        made = nil
    }
}

extension CommitPipeline {
    /// Goes on with the snapshot in the making. A new one is begun when a start would have to read too many records
    /// since the last one. It is kept once its records are on disk.
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

    /// The fewest records between two snapshots. It grows with the open incidents, so that the cost of snapshots stays
    /// in proportion to the records.
    private var recordsBetweenSnapshots: Int64 {
        max(snapshots.interval, Int64(broker.openIncidentCount) / 8)
    }

    /// True if a finished snapshot waits and covers only records that are on disk.
    var isSnapshotReady: Bool { snapshots.isReady(committedPosition) }

    /// Returns the step that keeps the finished snapshot, once its records are on disk.
    mutating func keepSnapshot() -> Step? {
        guard isSnapshotReady else { return nil }
        return snapshots.takeMade().map { .keep($0) }
    }

    /// Returns a snapshot to keep at the end of a drain, if it saves the next start enough.
    public func lastSnapshot() -> JournalSnapshot? {
        guard broker.standing == .serving, isDrained else { return nil }
        let isWorthIt =
            broker.isMakingSnapshot || snapshots.isMade
            || broker.lastPosition.value - snapshots.position.value >= Limits.recordsWorthASnapshot
        return isWorthIt ? broker.snapshot() : nil
    }
}
