public import TocsinModel

/// The records in order. Each is on disk before anybody is told of it. Every promise rests on this.
///
/// A log belongs to one thread at a time, and has one task at a time. The next append or probe comes when the last one
/// has been answered.
///
/// A log is unusable after a failed append, whatever the disk says later: drop the journal, open the store again, and
/// read. A failed sync is never retried, because the kernel may have dropped the very pages that it could not write
/// ("Can Applications Recover from fsync Failures?", Rebello et al., USENIX ATC 2020).
public protocol Log: AnyObject, Sendable {
    /// Receives the result of an append or a probe. It is called once, on any thread, perhaps before the call has
    /// returned.
    typealias Completion = @Sendable (Result<Void, JournalError>) -> Void

    /// The epoch within which the log's numbers are used once.
    var epoch: JournalEpoch { get }

    /// The last record that is known to be on disk, or ``TocsinModel/Position/zero`` in an empty log. Any thread may
    /// ask.
    var lastPosition: Position { get }

    /// Appends all entries or none. The caller does not wait for a disk that takes longer than handing them over.
    ///
    /// - Parameters:
    ///   - entries: The entries that continue the log: the first one's position follows ``lastPosition``, and so on.
    ///     There are as many as ``TocsinModel/Limits/bytesPerAppend`` allows, and at least one.
    ///   - completion: Success when they are on disk. After ``JournalError/full(_:)``, ``JournalError/busy(_:)``,
    ///     ``JournalError/readOnly(_:)`` and ``JournalError/fenced(_:)`` nothing is stored. After any other failure the
    ///     outcome is unknown until the store has been opened again. Then all of them are there or none.
    func append(_ entries: [JournalEntry], completion: @escaping Completion)

    /// Checks whether there is room again, by a synced write that leaves no trace.
    func probe(completion: @escaping Completion)

    /// Returns a reader of the records after a position, in order.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func reader(after position: Position) throws(JournalError) -> any LogReader
}

/// Reads a log from a position on, also while it grows. A reader belongs to one thread.
public protocol LogReader: AnyObject, Sendable {
    /// Returns the next records, in order, each checked against its checksum. There are some thousand at most, and none
    /// if all records on disk have been read.
    ///
    /// - Throws: ``JournalError/corrupt(_:)`` if the next record is not what was written, ``JournalError/fenced(_:)``
    ///   if another process or store has opened the log meanwhile, ``JournalError/failed(_:)``.
    func read() throws(JournalError) -> [JournalEntry]

    /// Calls `wake` once, on any thread, as soon as there are unread records. It is called at once if there are some.
    func whenMore(_ wake: @escaping @Sendable () -> Void)
}
