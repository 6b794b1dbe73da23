/// Where records become durable and are found again, in three parts that a replicated engine can keep apart: the ``Log`` is
/// the truth, the snapshots save a start time, and the index answers questions. Every implementation passes
/// `JournalContract`.
public protocol Journal: AnyObject, Sendable {
    /// The records in order.
    var log: any Log { get }
    /// What the records up to a position come to.
    var snapshots: any SnapshotStore { get }

    /// A way to look up what the log has, for one thread at a time.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func index() throws(JournalError) -> any IncidentIndex

    /// What has gone wrong behind the appends, which succeed all the same, since this was asked last. Any thread may ask.
    func takeTroubles() -> [JournalTrouble]

    /// Ends the journal after what it has been asked for, and waits for that: then nothing needs to be done to its files
    /// when it is opened next. Nothing is lost without it.
    func close()
}

/// Something that holds a journal and can open it again after a failure.
public protocol JournalStore: Sendable {
    /// Where it is, for people: a path.
    var location: String { get }

    /// Opens the journal. One that was opened before is fenced from now on: ``JournalError/fenced(_:)``.
    ///
    /// - Throws: ``JournalError`` when it is in use, corrupt, of another version, or cannot be read.
    func open() throws(JournalError) -> any Journal
}

/// Something that is worth a line in the log, and no more.
public enum JournalTrouble: Hashable, Sendable {
    /// A snapshot could not be kept: the next start reads more records.
    case snapshotNotKept(JournalError)
    /// Records cannot be moved to where SQL shows them. They are on disk, and wait.
    case recordsNotMoved(JournalError)
}
