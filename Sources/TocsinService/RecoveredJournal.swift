import TocsinCore
import TocsinJournal
import TocsinModel

/// A journal that takes records: its thread, readers for the loop and for the desk, and the check of what is behind the
/// snapshot.
struct OpenJournal: Sendable {
    let thread: JournalThread
    let epoch: JournalEpoch
    let reader: any JournalReader
    /// For the desk alone.
    let questionReader: any JournalReader
    let check: BacklogCheck
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
            let snapshot = try journal.latestSnapshot()
            var records = ReadAhead(journal, after: snapshot?.position ?? .zero)
            var broker = empty
            if let snapshot {
                if let restored = Self.restored(empty, from: snapshot, now: now) {
                    broker = restored
                } else {
                    // Another version's, or damaged: the records say it all.
                    records.cancel()
                    records = ReadAhead(journal, after: .zero)
                }
            }
            snapshotPosition = broker.lastPosition
            try records.takeAll { broker.apply($0, now: now) }
            self.broker = broker
            // The replay has checked what came after the snapshot.
            let check = BacklogCheck(reader: try journal.reader(), done: done)
            try check.start(broker.openIncidents(through: snapshotPosition))
            open = OpenJournal(
                thread: JournalThread(journal: journal, done: done), epoch: journal.epoch,
                reader: try journal.reader(), questionReader: try journal.reader(), check: check)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .journal(error as? JournalError ?? .failed("The journal cannot be read: \(error)"))
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
