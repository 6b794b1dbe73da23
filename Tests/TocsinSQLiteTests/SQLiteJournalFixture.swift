import Foundation
import GRDB
import Glibc
import JournalContract
import Synchronization
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// A journal on SQLite whose disk a test has in its hands.
///
/// `@unchecked Sendable`: one test has it, on one thread.
final class SQLiteJournalFixture: JournalFixture, @unchecked Sendable {
    private let folder: StateFolderFixture
    private let store: SQLiteJournalStore
    private let movesAtOnce: Bool
    private var hasRoom = true
    private var journal: SQLiteJournal?
    /// What the tail is written by, while something that takes nothing stands in its place.
    private var tail: Int32?

    /// - Parameter movesAtOnce: whether each append goes into the table at once.
    init(movesAtOnce: Bool, folder: StateFolderFixture = StateFolderFixture()) {
        self.folder = folder
        self.movesAtOnce = movesAtOnce
        store = folder.store
    }

    var location: String { store.location }

    func open() throws(JournalError) -> any Journal {
        putTailBack()
        let opened = try store.openJournal()
        journal = opened
        do {
            if !hasRoom { try setRoom(false) }
        } catch {
            throw .failed("\(error)")
        }
        return movesAtOnce ? MovingJournal(opened) : opened
    }

    func setRoom(_ hasRoom: Bool) throws {
        self.hasRoom = hasRoom
        putTailBack()
        guard let journal else { return }
        guard !hasRoom else {
            return try journal.table.withWritingConnection { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        }
        // What SQLite and the system answer when there is not one more page, and not one more block. The tail has nothing to
        // be moved then: what stands in its place cannot be read.
        try journal.withTable { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let full = Glibc.open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        let writing = journal.tail.file.writing
        tail = dup(writing)
        dup2(full, writing)
    }

    private func putTailBack() {
        guard let tail, let journal else { return }
        dup2(tail, journal.tail.file.writing)
        close(tail)
        self.tail = nil
    }

    func stores(whenPowerFailsAppending entries: [JournalEntry]) throws -> [any JournalStore] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "journal.lock" }
        let before = try names.map { (name: $0, content: try Data(contentsOf: url($0))) }
        guard movesAtOnce == false else { return try [[], entries].map { try copy(before, appending: $0) } }
        let empty = before.first { $0.name == "journal.tail" }?.content ?? Data()
        let written = StateFolderFixture()
        try write(before, to: written)
        let journal = try written.store.open()
        try journal.append(entries)
        let full = try Data(contentsOf: URL(fileURLWithPath: written.path + "/journal.tail"))
        journal.close()
        let changed = full.indices.filter { $0 >= empty.count || full[$0] != empty[$0] }
        guard let first = changed.first, let last = changed.last else { return [] }
        // A disk writes sectors, in order.
        let cuts = stride(from: first / 512 * 512, through: (last / 512 + 1) * 512, by: 512)
        return try cuts.map { cut in
            let other = StateFolderFixture()
            try write(before.filter { $0.name != "journal.tail" }, to: other)
            let tail = full.prefix(cut) + empty.dropFirst(cut)
            try tail.write(to: URL(fileURLWithPath: other.path + "/journal.tail"))
            return SQLiteJournalFixture(movesAtOnce: false, folder: other)
        }
    }

    private func url(_ name: String) -> URL { URL(fileURLWithPath: folder.path + "/" + name) }

    private func copy(_ files: [(name: String, content: Data)], appending entries: [JournalEntry]) throws
        -> any JournalStore
    {
        let other = StateFolderFixture()
        try write(files, to: other)
        let store = SQLiteJournalFixture(movesAtOnce: true, folder: other)
        let journal = try store.open()
        if !entries.isEmpty { try journal.append(entries) }
        journal.close()
        return store
    }

    private func write(_ files: [(name: String, content: Data)], to other: StateFolderFixture) throws {
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
        for (name, content) in files { try content.write(to: URL(fileURLWithPath: "\(other.path)/\(name)")) }
    }
}

/// A journal that moves each append into the table at once.
private final class MovingJournal: Journal, Log {
    private let journal: SQLiteJournal

    init(_ journal: SQLiteJournal) {
        self.journal = journal
    }

    var log: any Log { self }
    var snapshots: any SnapshotStore { journal.snapshots }
    var room: JournalRoom { journal.room }
    func index() throws(JournalError) -> any IncidentIndex { try journal.index() }
    func takeTroubles() -> [JournalTrouble] { journal.takeTroubles() }
    func close() { journal.close() }

    var epoch: JournalEpoch { journal.log.epoch }
    var lastPosition: Position { journal.log.lastPosition }
    func probe(completion: @escaping Completion) { journal.log.probe(completion: completion) }
    func reader(after position: Position) throws(JournalError) -> any LogReader {
        try journal.log.reader(after: position)
    }

    func append(_ entries: [JournalEntry], completion: @escaping Completion) {
        journal.log.append(entries) { [journal] result in
            guard case .success = result else { return completion(result) }
            do {
                try journal.withTable { _ in }
                completion(result)
            } catch {
                completion(.failure(error as? JournalError ?? .failed("\(error)")))
            }
        }
    }
}
