public import TocsinModel

/// The records in order, each on disk before anybody is told of it: what every promise rests on.
///
/// A log belongs to one thread at a time and is asked for one thing at a time: the next append or probe comes when the
/// last one has been answered. After an append that has failed it is done with, whatever the disk says later: drop the
/// journal, open the store again, read. A failed sync is never retried, because the kernel may have dropped the very pages
/// that it could not write ("Can Applications Recover from fsync Failures?", Rebello et al., USENIX ATC 2020).
public protocol Log: AnyObject, Sendable {
    /// Told what an append or a probe has come to: once, on any thread, perhaps before the call has returned.
    typealias Completion = @Sendable (Result<Void, JournalError>) -> Void

    /// Within which its numbers are used once.
    var epoch: JournalEpoch { get }

    /// The last record that is known to be on disk; ``TocsinModel/Position/zero`` in an empty log. Any thread may ask.
    var lastPosition: Position { get }

    /// Appends all entries or none. Whoever calls does not wait for a disk that takes longer than handing them over.
    ///
    /// - Parameters:
    ///   - entries: They continue the log: the first one's position follows ``lastPosition``, and so on. There are as many as
    ///     ``TocsinModel/Limits/bytesPerAppend`` allows, and at least one.
    ///   - completion: Success when they are on disk. After ``JournalError/full(_:)``, ``JournalError/busy(_:)``
    ///     and ``JournalError/fenced(_:)`` nothing is stored; after any other failure that is unknown until the store has
    ///     been opened again, and then all of them are there or none.
    func append(_ entries: [JournalEntry], completion: @escaping Completion)

    /// Writes and syncs something that leaves no trace: whether there is room again.
    func probe(completion: @escaping Completion)

    /// Reads what comes after a position, in order.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func reader(after position: Position) throws(JournalError) -> any LogReader
}

/// Reads a log from a position on, and goes on while it grows. A reader belongs to one thread.
public protocol LogReader: AnyObject, Sendable {
    /// The next records, in order, each checked against its checksum: some thousand at most, and none where all that are
    /// on disk have been read.
    ///
    /// - Throws: ``JournalError/corrupt(_:)`` where the next record is not what was written, ``JournalError/fenced(_:)``
    ///   where the log has been opened by somebody else meanwhile, ``JournalError/failed(_:)``.
    func read() throws(JournalError) -> [JournalEntry]

    /// Calls `wake` once, on any thread: as soon as there is something that has not been read, at once where there is.
    func whenMore(_ wake: @escaping @Sendable () -> Void)
}
