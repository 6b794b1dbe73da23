import Foundation
import GRDB
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

@Suite struct JournalBackupTests {
    private let folder = StateFolderFixture()
    private let other = StateFolderFixture()
    /// Records that come at most: the check of each backup reads all of them.
    private static let most: Int64 = 2000
    private var backup: String { folder.path + "/backup.sqlite" }

    private func write(
        replacing: Bool = false, to file: String? = nil, goesOn: (JournalBackup.Step) -> Bool = { _ in true }
    ) throws -> JournalBackup {
        try JournalBackup.write(
            folder.path, to: file ?? backup, replacing: replacing, folding: CountingFold(), report: { _ in },
            goesOn: goesOn)
    }

    private func restored() throws -> [JournalEntry] {
        try? FileManager.default.removeItem(atPath: other.path)
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
        _ = try JournalRestore.run(backup, into: other.path, folding: CountingFold())
        return try other.store.open().allEntries()
    }

    @Test func `a backup has everything, also what is in the tail alone`() throws {
        let journal = try folder.store.openJournal()
        try journal.append(Array(Sample.everyKind.prefix(4)))
        try journal.withTable { _ in }
        let lock = try WriteLock(folder.file)
        for entry in Sample.everyKind.dropFirst(4) { try journal.append([entry]) }
        let result = try write()
        try lock.release()
        #expect((result.findings.records, result.findings.incidents) == (9, 2))
        #expect(result.bytes > 0)
        let mode = try FileManager.default.attributesOfItem(atPath: backup)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try restored() == Sample.everyKind)
    }

    @Test func `while records come, no record is missing that was on disk before`() throws {
        let journal = try folder.store.openJournal()
        let stop = Atomic(false)
        let last = Atomic<Int64>(0)
        try withThread {
            var next: Int64 = 1
            while !stop.load(ordering: .acquiring), next <= Self.most {
                try journal.append([
                    Sample.entry(next, Sample.incident("D-\(next)", telling: [(Sample.fire, next)]))
                ])
                last.store(next, ordering: .releasing)
                next += 1
            }
        } while: {
            for round in 1...4 {
                let before = last.load(ordering: .acquiring)
                let result = try write(replacing: round > 1)
                #expect(result.findings.records >= before)
            }
        } then: {
            stop.store(true, ordering: .releasing)
        }
        #expect(try restored().count <= Int(last.load(ordering: .acquiring)))
    }

    @Test func `what has the name stays, unless it is to be replaced`() throws {
        try folder.fill(Sample.everyKind)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: backup))
        #expect(StateFolderFixture.complaint { _ = try write() }.contains("\(backup) exists"))
        // Nor does it go where it comes while the backup is made.
        #expect(try Data(contentsOf: URL(fileURLWithPath: backup)) == Data("mine".utf8))
        _ = try write(replacing: true)
        #expect(try restored() == Sample.everyKind)
        try FileManager.default.removeItem(atPath: backup)
        let complaint = StateFolderFixture.complaint {
            _ = try write { step in
                if step == .sealed { _ = FileManager.default.createFile(atPath: backup, contents: Data("late".utf8)) }
                return true
            }
        }
        #expect(complaint.contains("\(backup) exists"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: backup)) == Data("late".utf8))
        #expect(!FileManager.default.fileExists(atPath: backup + ".partial"))
    }

    @Test(arguments: ["journal.sqlite", "journal.tail", "journal.new"])
    func `the journal's own names are refused, also with force`(name: String) throws {
        try folder.fill(Sample.everyKind)
        let complaint = StateFolderFixture.complaint {
            _ = try write(
                replacing: true, to: "\(folder.path)/../\(folder.path.split(separator: "/").last ?? "")/\(name)")
        }
        #expect(complaint.contains("is a name of the journal's own files"))
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test(arguments: JournalBackup.Step.allCases)
    func `one that was cut short anywhere leaves no backup, and does not keep the next one from being made`(
        step: JournalBackup.Step
    ) throws {
        try folder.fill(Sample.everyKind)
        #expect(StateFolderFixture.complaint { _ = try write { $0 != step } } == "failed: It was cut short.")
        #expect(!FileManager.default.fileExists(atPath: backup))
        #expect(FileManager.default.fileExists(atPath: backup + ".partial"))
        _ = try write()
        #expect(!FileManager.default.fileExists(atPath: backup + ".partial"))
        #expect(try restored() == Sample.everyKind)
    }

    @Test(arguments: [
        "UPDATE record SET at = at + 1 WHERE position = 3", "DELETE FROM record WHERE position = 3",
        "UPDATE journal SET epoch = 'x'",
    ])
    func `of a damaged journal there is no backup`(damage: String) throws {
        try folder.fill(Sample.everyKind)
        try folder.tamper(damage)
        let complaint = StateFolderFixture.complaint { _ = try write() }
        #expect(complaint.hasPrefix("damaged: "), "\(complaint)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains("backup") } == [])
    }

    @Test func `a journal whose tail is another's, or missing, is not backed up as if it were whole`() throws {
        try folder.fill(Sample.everyKind)
        try FileManager.default.removeItem(atPath: folder.path + "/journal.tail")
        #expect(StateFolderFixture.complaint { _ = try write() }.contains("it is missing"))
    }
}

/// Runs `beside` on a thread of its own while `body` runs, and waits for its end after `end`.
func withThread(
    _ beside: @escaping @Sendable () throws -> Void, while body: () throws -> Void, then end: () -> Void
) throws {
    let ended = DispatchSemaphore(value: 0)
    let failure = Mutex<(any Error)?>(nil)
    Thread.detachNewThread {
        do { try beside() } catch { failure.withLock { $0 = error } }
        ended.signal()
    }
    let result = Result { try body() }
    end()
    ended.wait()
    try result.get()
    if let error = failure.withLock({ $0 }) { throw error }
}
