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
