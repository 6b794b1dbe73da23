import Foundation
import GRDB
import Glibc
public import TocsinJournal
public import TocsinModel

/// The whole records of a damaged journal, in a new journal. The damaged journal is only read, and without SQLite. See
/// `RawPages`. Each record proves itself by its checksum.
public struct JournalSalvage: Sendable {
    /// The number of records that are appended together.
    private static let together = 500
    /// The most records that may be missing at the end. A tail has room for fewer.
    private static let mostMissingAtEnd: Int64 = 10_000_000

    /// The number of saved records.
    public let kept: Int64
    public let losses: SalvageLosses
    /// The damage to the files outside of the records.
    public let notes: [String]
    /// The findings of the new journal's check.
    public let findings: JournalFindings
    public let epoch: JournalEpoch

    /// Writes a new state folder.
    ///
    /// - Parameters:
    ///   - path: The damaged journal's folder.
    ///   - target: The new folder, which must not exist. Until it is complete, its name ends with `.partial`.
    ///   - fold: A fold that has no records yet.
    ///   - report: Takes the progress.
    /// - Throws: `JournalError.inUse` while a daemon holds the damaged folder. `JournalError.failed` if it cannot be
    ///   read, if no record of it is whole, or if the new folder cannot be written.
    public static func write(
        _ path: String, to target: String, folding fold: some RecordFold,
        report: @escaping JournalProgress.Report = { _ in }
    ) throws(JournalError) -> JournalSalvage {
        let folder = StateFolder(path: path)
        try folder.requireFolder()
        guard !folder.isInUse else { throw .inUse("A tocsind uses \(path). Stop it first: systemctl stop tocsind") }
        guard access(target, F_OK) != 0 else { throw .failed("\(target) exists. Give the name of a new folder.") }
        guard !isWithin(parent(of: target), path) else {
            throw .failed("\(target) lies in \(path), which is only read. Give the name of a new folder elsewhere.")
        }
        let partial = target + ".partial"
        try? FileManager.default.removeItem(atPath: partial)
        guard mkdir(partial, 0o700) == 0 else { throw .unwritable(partial, "made", errno) }
        do {
            let result = try salvage(folder, into: partial, fold, report)
            if let owner = FileOwner(of: path) {
                for name in try FileManager.default.contentsOfDirectory(atPath: partial) {
                    _ = chown("\(partial)/\(name)", owner.user, owner.group)
                }
                _ = chown(partial, owner.user, owner.group)
                _ = chmod(partial, owner.mode)
            }
            try syncFolder(partial)
            try move(partial, to: target)
            try syncFolder(parent(of: target))
            return result
        } catch {
            try? FileManager.default.removeItem(atPath: partial)
            throw JournalError(error, doing: "Writing", path: partial)
        }
    }

    /// Returns true if a path is a folder, or lies in it, whatever links lead there.
    private static func isWithin(_ path: String, _ folder: String) -> Bool {
        guard let path = realPath(path), let folder = realPath(folder) else { return false }
        return path == folder || path.hasPrefix(folder + "/")
    }

    private static func salvage(
        _ folder: StateFolder, into partial: String, _ fold: some RecordFold, _ report: @escaping JournalProgress.Report
    ) throws -> JournalSalvage {
        let found = try FoundRecords(partial + "/found.sqlite")
        let notes = try found.collect(from: folder, report)
        guard found.lastPosition > 0 else {
            throw JournalError.failed("Nothing of \(folder.path) is whole. Restore a backup: tocsin restore FILE")
        }
        let store = SQLiteJournalStore(folder: partial)
        let journal = try store.openJournal()
        var records = SalvagedRecords(isIncident: found.isIncident)
        var batch: [JournalEntry] = []
        func append(_ entry: JournalEntry) throws {
            batch.append(entry)
            guard batch.count >= together || batch.reduce(0, { $0 + $1.approximateBytes }) > Limits.bytesPerAppend
            else {
                return
            }
            try journal.appender.append(batch)
            batch = []
        }
        let end = max(found.lastPosition, min(found.announced, found.lastPosition + mostMissingAtEnd))
        var (next, at) = (1 as Int64, Timestamp(milliseconds: 0))
        try found.readInOrder { entry in
            if next < entry.position.value, next == 1 { at = entry.at }
            while next < entry.position.value {
                try append(records.replacement(for: next, at: at))
                next += 1
            }
            try append(records.salvaged(entry))
            (next, at) = (next + 1, entry.at)
        }
        while next <= end {
            try append(records.replacement(for: next, at: at))
            next += 1
        }
        try journal.appender.append(batch)
        let epoch = journal.log.epoch
        journal.close()
        try found.remove()
        let findings = try JournalCheck.run(partial, folding: fold, report: report)
        guard findings.isWhole else {
            throw JournalError.failed(
                "What was written is not whole: \(findings.summary). This is a fault of tocsin's.")
        }
        return JournalSalvage(
            kept: records.kept, losses: records.losses, notes: notes, findings: findings, epoch: epoch)
    }
}

/// The found records by position, in a file beside the new journal. They are found in no order.
private final class FoundRecords {
    private let path: String
    private let queue: DatabaseQueue
    private let codec = RecordCodec()
    private(set) var lastPosition: Int64 = 0
    /// The number of records that the tail's first block tells.
    private(set) var announced: Int64 = 0

    init(_ path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF") }
        try Schema.migrator(to: 1).migrate(queue)
    }

    /// Collects the records of the table, its log and the tail, and returns notes about damage to these files.
    func collect(from folder: StateFolder, _ report: JournalProgress.Report) throws -> [String] {
        var notes: [String] = []
        try queue.inDatabase { database in
            try database.execute(sql: "BEGIN")
            func statement(_ conflict: String) throws -> RawStatement {
                try RawStatement(
                    database,
                    RecordRow.insert.replacing("INSERT INTO", with: "INSERT OR \(conflict) INTO", maxReplacements: 1))
            }
            // What was removed may still be found as it was, and must not come back.
            let (insert, replace) = (try statement("IGNORE"), try statement("REPLACE"))
            func take(_ row: RecordRow) throws {
                // A record counts only if its checksum is right.
                guard (try? StoredRecord.entry(row, codec)) != nil else { return }
                try row.insert(by: JournalRecord.Kind.table[row.kind] == .removed ? replace : insert)
            }
            let pages = try RawPages(folder.journal)
            var tailIsNamed: Bool?
            for page in 0..<pages.count {
                try pages.forEachCell(ofPage: page) { number, payload in
                    try RawRow(number, payload)?.withRow(take)
                    if let names = RawOrigin.namesTail(number, payload) { tailIsNamed = names || tailIsNamed ?? false }
                }
                if page % 1000 == 0 {
                    report(JournalProgress(task: .copying, done: Int64(page), total: Int64(pages.count)))
                }
            }
            if let tail = try RawTail(folder) {
                if let error = tail.firstBlockError { notes.append(error.what) }
                try tail.forEachRow(of: tail.whole, take)
                try tail.forEachRow(of: tail.damaged, take)
                announced = tail.position
            } else if tailIsNamed ?? true {
                notes.append("\(folder.tail) is missing: what was in it alone is lost")
            }
            try database.execute(sql: "COMMIT")
            lastPosition = try Int64.fetchOne(database, sql: "SELECT max(position) FROM record") ?? 0
        }
        return notes
    }

    func isIncident(_ number: IncidentNumber) throws -> Bool {
        try queue.unsafeReentrantRead { database in
            let statement = try RawStatement(database, "SELECT kind FROM record WHERE position = ?")
            defer { statement.reset() }
            try statement.bind(number.value, at: 1)
            return try statement.step() && JournalRecord.Kind.table[statement.bytes(0)] == .incident
        }
    }

    /// Calls `body` with each record, in order.
    func readInOrder(_ body: (JournalEntry) throws -> Void) throws {
        try queue.inDatabase { database in
            let statement = try RawStatement(database, RecordRow.select + " ORDER BY position")
            defer { statement.reset() }
            while try statement.step() {
                // Collecting has read each record once already.
                guard let entry = try? StoredRecord.entry(RecordRow(statement), codec) else { continue }
                try body(entry)
            }
        }
    }

    func remove() throws {
        try queue.close()
        removeUnfinished(path)
    }
}
