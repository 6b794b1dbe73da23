import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization
import TocsinJournal

/// Copies the write-ahead log into the journal's file on a thread of its own, so that no append waits for it.
///
/// An append that took this over would sync twice more than usual, and everybody who is about to be told would wait for
/// that. This way the log only grows a little further meanwhile; it begins anew with the next append after a copy that
/// has caught up (https://www.sqlite.org/wal.html#ckpt). A copy that fails does no harm: the log keeps everything.
final class Checkpointer: Sendable {
    /// Pages in the log after which it is copied: 4 MB. What is copied at once competes with appends for the disk: with
    /// four times as much, one append in a thousand takes twice as long.
    static let pages: Int32 = 1000
    /// Pages in the log after which an append copies the rest itself, because appends come faster than copies end. It
    /// also bounds what a start after a crash must read of the log: 64 MB.
    static let mostPages: Int32 = 16_000
    /// What appends add while a copy runs is copied too, so often at most.
    private static let passes = 4

    private let queue: DatabaseQueue
    private let work = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let isBusy = Atomic(false)
    private let isStopping = Atomic(false)

    /// Starts the thread, with a connection of its own.
    init(path: String, configuration: Configuration) throws {
        queue = try DatabaseQueue(path: path, configuration: configuration)
        let thread = Thread { [self] in run() }
        thread.name = "tocsin-checkpoint"
        thread.start()
    }

    /// Copies the log soon, unless that is under way.
    func start() {
        guard isBusy.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        work.signal()
    }

    /// Ends the thread after what it does, and waits for that.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        work.signal()
        ended.wait()
    }

    private func run() {
        while true {
            work.wait()
            if isStopping.load(ordering: .relaxed) { break }
            queue.inDatabase { database in
                for _ in 0..<Self.passes where !Self.copyLog(database.sqliteConnection) {}
            }
            isBusy.store(false, ordering: .relaxed)
        }
        // Closed before anybody goes on: the last connection to close a file locks it for a moment.
        try? queue.close()
        ended.signal()
    }

    /// Copies what the log holds as far as nobody reads what it would write over.
    ///
    /// - Returns: Whether there is nothing left to copy, or nothing to be done about it.
    @discardableResult
    static func copyLog(_ connection: OpaquePointer?) -> Bool {
        var (written, copied): (Int32, Int32) = (0, 0)
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, &written, &copied)
        return code != SQLITE_OK || written == copied
    }
}

/// How many pages the log has, as SQLite says after each commit of the connection that appends.
final class LogSize: Sendable {
    private let count = Atomic<Int32>(0)

    var pages: Int32 { count.load(ordering: .relaxed) }

    /// Has SQLite say so, in place of copying the log by itself. The connection must not outlive this object.
    func watch(_ connection: OpaquePointer?) {
        sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<LogSize>.fromOpaque(context).takeUnretainedValue().count.store(pages, ordering: .relaxed)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
