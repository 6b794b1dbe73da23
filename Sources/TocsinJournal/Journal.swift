public import TocsinModel

/// Where records become durable: the storage contract. Every implementation passes `JournalContract`.
///
/// A journal belongs to one thread at a time. After any error it is done with: drop it, open the store again, replay.
/// A failed sync is never retried, because the kernel may have dropped the very pages that it could not write
/// ("Can Applications Recover from fsync Failures?", Rebello et al., USENIX ATC 2020).
public protocol Journal: AnyObject, Sendable {
    /// Within which its numbers are used once.
    var epoch: JournalEpoch { get }

    /// The last record's place; ``TocsinModel/Position/zero`` in an empty journal.
    var lastPosition: Position { get }

    /// Appends all entries or none, and returns when they are on disk.
    ///
    /// The entries continue the journal: the first one's position follows ``lastPosition``, and so on.
    /// - Throws: ``JournalError``. Then the outcome is unknown until the store has been opened again.
    func append(_ entries: [JournalEntry]) throws(JournalError)

    /// Appends all entries, as ``append(_:)`` does, if one write does it; false, with nothing done, where something else
    /// would have to be waited for.
    ///
    /// - Throws: ``JournalError``. Then the outcome is unknown until the store has been opened again.
    func appendAtOnce(_ entries: [JournalEntry]) throws(JournalError) -> Bool

    /// Keeps a snapshot in place of earlier ones, soon: an end that nobody has planned may leave the one before it, and so
    /// does a disk that has no room for it: see ``takeTroubles()``.
    func keep(_ snapshot: JournalSnapshot)

    /// What has gone wrong behind the appends, which succeed all the same, since this was asked last. Any thread may ask.
    func takeTroubles() -> [JournalTrouble]

    /// The snapshot kept last; nil when there is none, or it is not what was written: then the records say it all.
    func latestSnapshot() throws(JournalError) -> JournalSnapshot?

    /// Calls `body` with every entry after `position`, in order, each checked against its checksum.
    ///
    /// - Throws: ``JournalError/corrupt(_:)`` at the first entry that is not what was written.
    func replay(after position: Position, _ body: (JournalEntry) throws -> Void) throws

    /// Writes and syncs something that leaves no trace: whether there is room again.
    func probe() throws(JournalError)

    /// Ends the journal, so that its files need nothing done to them when it is opened next. Nothing is lost without it.
    func close()

    /// A way to read what has been appended, for another thread.
    func reader() throws(JournalError) -> any JournalReader
}

/// What the fold of all records up to a position has come to: an optimisation, never the truth.
public struct JournalSnapshot: Hashable, Sendable {
    public var position: Position
    /// For whoever made it: pieces of some ten kilobytes, so that a journal can keep a large one little by little.
    public var pieces: [[UInt8]]

    public init(position: Position, pieces: [[UInt8]]) {
        self.position = position
        self.pieces = pieces
    }
}

/// Something that is worth a line in the log, and no more.
public enum JournalTrouble: Hashable, Sendable {
    /// A snapshot could not be kept: the next start reads more records.
    case snapshotNotKept(JournalError)
    /// Records cannot be moved to where SQL shows them. They are on disk, and wait.
    case recordsNotMoved(JournalError)
}

extension JournalReader {
    /// The report as it was sent; nil for a number that is not an incident's.
    public func report(of number: IncidentNumber) throws(JournalError) -> [UInt8]? {
        var reports = StoredReports()
        try readReports(from: number, bytes: 1, into: &reports)
        return reports[number].map { [UInt8]($0) }
    }
}

/// Reads what has been appended. A reader belongs to one thread; it sees every append that had returned when it asks.
public protocol JournalReader: AnyObject, Sendable {
    /// For each name the incident that its report became, if it has.
    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?]

    /// The incident's entry with its report; nil for a number that is not an incident's.
    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry?

    /// Replaces `reports` by the report of an incident as it was sent, and those of the incidents after it, in order, until
    /// there are so many bytes: whoever asks for one will soon ask for the next. None for a number that is not an
    /// incident's.
    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError)

    /// Everything about one incident, in order: its entry, what its recipients received, persons said and steps did.
    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry]

    /// The newest incidents' entries, newest first, without their reports, at most `limit`, all before `before`.
    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry]

    /// The entry at a place, if there is one.
    func entry(at position: Position) throws(JournalError) -> JournalEntry?
}

/// Something that holds a journal and can open it again after a failure.
public protocol JournalStore: Sendable {
    /// Where it is, for people: a path.
    var location: String { get }

    /// Opens the journal.
    ///
    /// - Throws: ``JournalError`` when it is in use, corrupt, of another version, or cannot be read.
    func open() throws(JournalError) -> any Journal
}

/// Why a journal cannot do its work. Each case carries a sentence for the operator.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no room on the disk. Nothing has been stored.
    case full(String)
    /// Another program has locked what is to be written, and there is no room elsewhere. Nothing has been stored.
    case busy(String)
    /// A read, a write or a sync failed.
    case failed(String)
    /// The content is not what was written: what, where, and what to do.
    case corrupt(String)
    /// Another process has it open.
    case inUse(String)
    /// It was written by a version that this one does not know.
    case incompatible(String)

    /// Whether nothing has happened, and the same may succeed later, without anything being opened anew.
    public var isForLater: Bool {
        switch self {
        case .full, .busy: true
        case .failed, .corrupt, .inUse, .incompatible: false
        }
    }

    public var description: String {
        switch self {
        case .full(let text), .busy(let text), .failed(let text), .corrupt(let text), .inUse(let text),
            .incompatible(let text):
            text
        }
    }
}
