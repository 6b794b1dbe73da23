/// The durable store of records, in three parts that a replicated engine can keep apart. The ``Log`` is the truth, the
/// snapshots save a start time, and the index answers questions. Every implementation passes `JournalContract`.
public protocol Journal: AnyObject, Sendable {
    /// The records in order.
    var log: any Log { get }
    /// The snapshots of the fold of the records.
    var snapshots: any SnapshotStore { get }

    /// Returns a way to look up records of the log, for one thread at a time.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func index() throws(JournalError) -> any IncidentIndex

    /// The room for new records. Any thread may read it, and reading it never waits.
    var room: JournalRoom { get }

    /// Returns the troubles since the last call. The appends succeed all the same. Any thread may call it.
    func takeTroubles() -> [JournalTrouble]

    /// Ends the journal after the work it has been given, and waits for that. Then its files need no repair at the next
    /// start. Nothing is lost without this call.
    func close()
}

/// A store that holds a journal and can open it again after a failure.
public protocol JournalStore: Sendable {
    /// The path of the journal, for people.
    var location: String { get }

    /// Opens the journal. A journal opened earlier from this store is fenced from now on: ``JournalError/fenced(_:)``.
    ///
    /// - Throws: ``JournalError`` if it is in use, corrupt, of another version, or cannot be read.
    func open() throws(JournalError) -> any Journal
}

/// A problem that is worth a line in the log, and no more.
public enum JournalTrouble: Hashable, Sendable {
    /// A snapshot could not be kept. The next start reads more records.
    case snapshotNotKept(JournalError)
    /// Records cannot be moved to the table that SQL shows. They are on disk, and wait.
    case recordsNotMoved(JournalError)
    /// The statistics cannot be kept. They are counted when it is possible again.
    case statisticsNotKept(JournalError)
    /// So many incidents were removed, as the journal was told to after some time. This is no trouble.
    case incidentsRemoved(Int)
    /// What is over for long cannot be removed. It is removed when it is possible again.
    case incidentsNotRemoved(JournalError)
    /// The reserve for people's words could not be set aside. It has so many bytes.
    case roomNotKept(bytes: Int)
}

/// The room of a journal for new records.
public enum JournalRoom: Hashable, Sendable {
    /// There is room for all records, as far as the journal knows.
    case ample
    /// Only the reserve for people's words is left. New reports are to be refused.
    case kept
    /// There is none. The journal can be read, and a probe tells when it can be written again.
    case none
}
