import Foundation
import JournalContract
import Testing
import TocsinJournal

@testable import TocsinSQLite

@Suite struct StateLockTests {
    let folder = StateFolderFixture()

    @Test func `a second store does not get a folder that is in use, and learns by whom`() throws {
        let store = folder.store
        let journal = try store.open()
        let complaint = StateFolderFixture.complaint { _ = try folder.store.open() }
        #expect(
            complaint
                == "inUse: \(folder.path) is used by another tocsind (process \(ProcessInfo.processInfo.processIdentifier)). "
                + "Stop that one first, or give this one another state folder.")
        try journal.append(Sample.everyKind)
    }

    @Test func `the folder is free again when store and journals are gone`() throws {
        try folder.fill(Sample.everyKind)
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }

    @Test func `a reader that outlives its journal keeps the folder`() throws {
        let reader = try folder.store.open().index()
        #expect(StateFolderFixture.complaint { _ = try folder.store.open() }.hasPrefix("inUse: "))
        #expect(try reader.newestIncidents(before: nil, limit: 1).isEmpty)
    }

    @Test func `records are not said to be stored in files that have been deleted`() throws {
        let store = folder.store
        let journal = try store.open()
        try journal.append(Sample.everyKind)
        try FileManager.default.removeItem(atPath: folder.path)
        let next = Sample.entry(Int64(Sample.everyKind.count + 1), Sample.incident("late", telling: [(Sample.fire, 9)]))
        let complaint = StateFolderFixture.complaint { try journal.append([next]) }
        #expect(complaint.hasPrefix("missing: \(folder.path)/journal.tail is not there any more"))
        #expect(StateFolderFixture.complaint { _ = try store.open() }.hasPrefix("missing: \(folder.file) is not there"))
    }

    @Test func `records are not said to be stored in a folder that has been moved away`() throws {
        let away = folder.path + "-away"
        let journal = try folder.store.open()
        try journal.append(Sample.everyKind)
        try FileManager.default.moveItem(atPath: folder.path, toPath: away)
        defer { try? FileManager.default.removeItem(atPath: away) }
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
        let next = Sample.entry(Int64(Sample.everyKind.count + 1), Sample.incident("late", telling: [(Sample.fire, 9)]))
        let complaint = StateFolderFixture.complaint { try journal.append([next]) }
        #expect(complaint.hasPrefix("missing: \(folder.path)/journal.tail is not there any more"))
    }

    @Test(arguments: [true, false])
    func `a journal that was open and has gone gets no new one in its place, and is opened when it is back`(
        hasFolder: Bool
    ) throws {
        let (store, files, away) = (folder.store, FileManager.default, folder.path + "-away")
        try store.open().append(Sample.everyKind)
        try files.moveItem(atPath: folder.path, toPath: away)
        if hasFolder { try files.createDirectory(atPath: folder.path, withIntermediateDirectories: false) }
        let complaint = StateFolderFixture.complaint { _ = try store.open() }
        #expect(complaint.hasPrefix("missing: \(folder.file) is not there any more, and no other is made in its place"))
        #expect((try? files.contentsOfDirectory(atPath: folder.path)) == (hasFolder ? [] : nil))

        // Brought back as a copy, it has another lock to be taken.
        try? files.removeItem(atPath: folder.path)
        try files.copyItem(atPath: away, toPath: folder.path)
        try files.removeItem(atPath: away)
        let journal = try store.open()
        #expect(try journal.allEntries() == Sample.everyKind)
        #expect(StateFolderFixture.complaint { _ = try folder.store.open() }.hasPrefix("inUse: "))
        withExtendedLifetime(journal) {}
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock")))
    func `a folder that another process has locked is refused until it lets go`() throws {
        try folder.fill(Sample.everyKind)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        // `cat` says that the lock is held, and ends when its input does.
        process.arguments = ["\(folder.path)/journal.lock", "sh", "-c", "echo held; exec cat"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        _ = output.fileHandleForReading.readData(ofLength: 5)
        #expect(StateFolderFixture.complaint { _ = try folder.store.open() }.hasPrefix("inUse: \(folder.path) is used"))
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }
}
