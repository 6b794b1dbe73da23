import Synchronization
import TocsinJournal
import TocsinModel

/// Reads records in order. The tail has the newest records, the table the rest.
///
/// `@unchecked Sendable`: one thread at a time has the reader, and the mutable state is that thread's.
final class TailLogReader: LogReader, @unchecked Sendable {
    /// The number of records, and of their bytes, after which a batch ends.
    static let (records, bytes) = (4096, 4 * 1024 * 1024)

    private let appender: TailAppender
    private let followers: Followers
    private let codec = RecordCodec()
    private var position: Int64
    private var chain = IncidentChain(fromFirst: false)

    init(_ appender: TailAppender, _ followers: Followers, after position: Position) {
        self.appender = appender
        self.followers = followers
        self.position = max(position.value, 0)
    }

    func read() throws(JournalError) -> [JournalEntry] {
        let last = appender.lastPosition.value
        let records: [StoredRecord]
        do {
            records = position < last ? try next() : []
            guard position >= last || !records.isEmpty else {
                throw JournalError.damaged(appender.table.path, record: position + 1, "it is missing")
            }
            try checkChain(records)
        } catch {
            // The journal has been opened again since, and its new owner has moved the records.
            throw appender.tail.isRetired
                ? appender.tail.fencedError
                : JournalError(error, doing: "Reading", path: appender.table.path)
        }
        if appender.tail.isRetired { throw appender.tail.fencedError }
        position += Int64(records.count)
        return records.map(\.entry)
    }

    func whenMore(_ wake: @escaping @Sendable () -> Void) {
        followers.add(Position(position), wake)
        // Records that came in between have woken nobody.
        followers.wake(through: appender.lastPosition)
    }

    private func next() throws -> [StoredRecord] {
        var (found, bytes) = ([StoredRecord](), 0)
        try appender.tail.forEachRow(from: position + 1) { row in
            guard row.position == position + 1 + Int64(found.count) else { return false }
            found.append(try StoredRecord(row, path: appender.table.path, codec: codec))
            bytes += row.body.count + (row.report?.count ?? 0)
            return found.count < Self.records && bytes < Self.bytes
        }
        return found.isEmpty ? try appender.table.read(after: position, codec) : found
    }

    private func checkChain(_ records: [StoredRecord]) throws(JournalError) {
        for record in records where !chain.takesOn(record) {
            throw .damaged(
                appender.table.path, record: record.entry.position.value, "its chain of incidents is broken")
        }
    }
}

/// The readers that wait for a log to grow.
final class Followers: Sendable {
    private let waiting = Mutex<[(after: Position, wake: @Sendable () -> Void)]>([])

    /// Calls `wake`, once, when there is a record after `position`.
    func add(_ position: Position, _ wake: @escaping @Sendable () -> Void) {
        waiting.withLock { $0.append((position, wake)) }
    }

    /// Wakes the readers that wait for records up to `last`.
    func wake(through last: Position) {
        let woken = waiting.withLock { waiting in
            guard !waiting.isEmpty else { return waiting }
            let woken = waiting.filter { $0.after < last }
            waiting.removeAll { $0.after < last }
            return woken
        }
        for follower in woken { follower.wake() }
    }
}
