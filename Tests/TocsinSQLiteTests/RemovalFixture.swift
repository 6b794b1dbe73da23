import Foundation
import GRDB
import JournalContract
import Synchronization
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// A journal whose closed incidents are removed, by clocks that a test has in its hands.
final class RemovalFixture {
    let folder = StateFolderFixture()
    private let clocks = Clocks()
    /// It keeps the folder to itself, so that there is one.
    private var store: SQLiteJournalStore?

    /// Both clocks, in milliseconds.
    private final class Clocks: Sendable {
        let wall = Mutex(Sample.start.milliseconds + 60_000)
        let uptime = Mutex(0 as Int64)
    }

    var clock: RemovalClock {
        RemovalClock(
            wall: { [clocks] in Timestamp(milliseconds: clocks.wall.withLock { $0 }) },
            uptime: { [clocks] in clocks.uptime.withLock { $0 } })
    }

    /// Time passes, for the clock on the wall too.
    func pass(days: Int64) {
        setClock(days: days)
        clocks.uptime.withLock { $0 += days * 86_400_000 }
    }

    /// The clock on the wall is set, and no time passes.
    func setClock(days: Int64) {
        clocks.wall.withLock { $0 += days * 86_400_000 }
    }

    func open(_ retention: Retention = Retention(closed: .seconds(5 * 366 * 86_400))) throws -> SQLiteJournal {
        let store = store ?? SQLiteJournalStore(folder: folder.path, retention: retention, clock: clock)
        self.store = store
        return try store.openJournal()
    }

    /// Writes records before anything is removed, and opens the journal again. Rules come last, for the newest record stays.
    func begin(_ entries: [JournalEntry], _ retention: Retention = Retention(closed: .seconds(5 * 366 * 86_400))) throws
        -> SQLiteJournal
    {
        try folder.fill(entries + [Sample.entry(Int64(entries.count) + 1, Sample.rules)])
        let journal = try open(retention)
        try journal.removeAll()
        return journal
    }

    func findings() throws -> JournalFindings {
        try JournalCheck.run(folder.path, folding: CountingFold())
    }

    /// Every byte of the file and of SQLite's log.
    func bytes() throws -> Data {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        if FileManager.default.fileExists(atPath: folder.file + "-wal") {
            bytes += try Data(contentsOf: URL(fileURLWithPath: folder.file + "-wal"))
        }
        return bytes
    }
}

extension RandomHistory {
    /// The incidents that stay however old they are: those that are open, and those whose report was taken out of one of them.
    var staying: [IncidentLife] {
        let open = Set(lives.filter(\.isOpen).map(\.number))
        return lives.filter { life in
            life.isOpen || life.record.split.map { open.contains($0.incident) } ?? false
        }
    }
}
