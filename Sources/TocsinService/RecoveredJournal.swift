import TocsinCore
import TocsinJournal
import TocsinModel

/// A journal that takes records, with the loop's access to its log, an index for the loop, one for the desk, and the
/// check of the backlog.
struct OpenJournal: Sendable {
    let journal: any Journal
    let work: LogWork
    let index: any IncidentIndex
    /// An index for the desk alone.
    let questionIndex: any IncidentIndex
    let check: BacklogCheck

    /// Leaves the journal as it is, for ever. Ending it would wait for a disk that does not answer.
    func abandon() {
        _ = Unmanaged.passRetained(journal as AnyObject)
    }
}

/// A journal that has been opened and replayed, and the broker built from it.
///
/// `@unchecked Sendable`: its maker hands it on and keeps nothing of it, so that the broker has one holder.
struct RecoveredJournal: @unchecked Sendable {
    let broker: Broker
    /// The last record of the snapshot. The records up to it were not read.
    let snapshotPosition: Position
    let open: OpenJournal

    /// Opens the journal.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` if it is in use, corrupt or unreadable.
    static func open(_ store: any JournalStore) throws(ServiceError) -> any Journal {
        do {
            return try store.open()
        } catch {
            throw .journal(error)
        }
    }

    /// Folds the journal's records into a new broker.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` if it is corrupt or unreadable.
    init(
        _ journal: any Journal, files: RuleFiles, settings: BrokerSettings, done: WakeUp
    ) throws(ServiceError) {
        do {
            let now = SystemClock.now
            let empty = Broker(rules: files.rules, directory: files.directory, settings: settings)
            var broker = empty
            if let snapshot = try journal.snapshots.latest() {
                // If the snapshot is damaged or another version's, the records alone give the state.
                broker = Self.restored(empty, from: snapshot, now: now) ?? empty
            }
            snapshotPosition = broker.lastPosition
            let records = try journal.log.reader(after: snapshotPosition)
            while case let entries = try records.read(), !entries.isEmpty {
                for entry in entries { broker.apply(entry, now: now) }
            }
            broker.readSubscriptions()
            self.broker = broker
            // Reading has checked the records after the snapshot.
            let check = BacklogCheck(index: try journal.index(), done: done)
            try check.start(broker.openIncidents(through: snapshotPosition))
            open = OpenJournal(
                journal: journal, work: LogWork(journal.log, done: done), index: try journal.index(),
                questionIndex: try journal.index(), check: check)
        } catch {
            throw .journal(error)
        }
    }

    /// Returns the broker as a snapshot has it, or nil if the snapshot cannot be read.
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
