import TocsinCore
import TocsinJournal
import TocsinModel

/// A journal that takes records: what the loop has it do, an index for the loop and one for the desk, and the check of what
/// is behind the snapshot.
struct OpenJournal: Sendable {
    let journal: any Journal
    let work: LogWork
    let index: any IncidentIndex
    /// For the desk alone.
    let questionIndex: any IncidentIndex
    let check: BacklogCheck

    /// Leaves the journal as it is, for ever: ending it would wait for a disk that does not answer.
    func abandon() {
        _ = Unmanaged.passRetained(journal as AnyObject)
    }
}

/// A journal that has been opened and replayed, and the broker that came of it.
///
/// `@unchecked Sendable`: whoever makes it hands it on and keeps nothing of it, so that the broker has one holder.
struct RecoveredJournal: @unchecked Sendable {
    let broker: Broker
    /// The records up to here were not read: a snapshot said what they come to.
    let snapshotPosition: Position
    let open: OpenJournal

    /// Opens the journal.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` when it is in use, corrupt or unreadable.
    static func open(_ store: any JournalStore) throws(ServiceError) -> any Journal {
        do {
            return try store.open()
        } catch {
            throw .journal(error)
        }
    }

    /// Folds the journal's records into a new broker.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` when it is corrupt or unreadable.
    init(
        _ journal: any Journal, files: RuleFiles, settings: BrokerSettings, done: WakeUp
    ) throws(ServiceError) {
        do {
            let now = SystemClock.now
            let empty = Broker(rules: files.rules, directory: files.directory, settings: settings)
            var broker = empty
            if let snapshot = try journal.snapshots.latest() {
                // Where it cannot be read, another version's or damaged, the records say it all.
                broker = Self.restored(empty, from: snapshot, now: now) ?? empty
            }
            snapshotPosition = broker.lastPosition
            let records = try journal.log.reader(after: snapshotPosition)
            while case let entries = try records.read(), !entries.isEmpty {
                for entry in entries { broker.apply(entry, now: now) }
            }
            self.broker = broker
            // Reading has checked what came after the snapshot.
            let check = BacklogCheck(index: try journal.index(), done: done)
            try check.start(broker.openIncidents(through: snapshotPosition))
            open = OpenJournal(
                journal: journal, work: LogWork(journal.log, done: done), index: try journal.index(),
                questionIndex: try journal.index(), check: check)
        } catch {
            throw .journal(error)
        }
    }

    /// The broker as a snapshot has it; nil where that cannot be read.
    private static func restored(_ empty: Broker, from snapshot: JournalSnapshot, now: Moment) -> Broker? {
        var broker = empty
        do {
            try broker.restore(snapshot, now: now)
            return broker
        } catch {
            return nil
        }
    }
}
