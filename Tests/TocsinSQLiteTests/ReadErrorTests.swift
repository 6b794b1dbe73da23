import GRDBSQLite
import Glibc
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// Reads that the system refuses, as on a disk with a fault that may pass.
@Suite struct ReadErrorTests {
    private let folder = StateFolderFixture()

    @Test func `a read that fails is no damage, and succeeds when the disk is well again`() throws {
        try folder.fill(Sample.everyKind)
        let index = try folder.store.openJournal().index()
        let reads: [() throws -> Void] = [
            { _ = try index.report(of: IncidentNumber(2)) }, { _ = try index.timeline(of: IncidentNumber(2)) },
        ]
        try FaultyDisk.refusing(folder.file) {
            for read in reads {
                let complaint = StateFolderFixture.complaint(read)
                #expect(
                    complaint.hasPrefix("failed: Reading \(folder.file) failed (SQLite: disk I/O error"), "\(complaint)"
                )
            }
        }
        for read in reads { try read() }
    }

    @Test func `a journal whose file cannot be read just now is opened later`() throws {
        try folder.fill(Sample.everyKind)
        try FaultyDisk.refusing(folder.file) {
            let complaint = StateFolderFixture.complaint { _ = try folder.store.open() }
            #expect(
                complaint.hasPrefix("failed: Opening \(folder.file) failed (SQLite: disk I/O error"), "\(complaint)")
        }
        #expect(try folder.store.open().allEntries() == Sample.everyKind)
    }
}

/// SQLite's reads of some files fail with EIO. Its table of system calls is made for such tests.
private enum FaultyDisk {
    private typealias Read = @convention(c) (CInt, UnsafeMutableRawPointer, Int, off_t) -> Int

    private static let paths = Mutex<[String]>([])

    private static let read: Read = { descriptor, bytes, count, offset in
        guard !isRefused(descriptor) else {
            errno = EIO
            return -1
        }
        return pread(descriptor, bytes, count, offset)
    }

    /// Put in place once, before any test needs it.
    private static let isInstalled: Bool = {
        guard let system = sqlite3_vfs_find(nil) else { return false }
        var isInstalled = false
        for name in ["pread", "pread64"] where system.pointee.xGetSystemCall?(system, name) != nil {
            let call = unsafeBitCast(read, to: sqlite3_syscall_ptr.self)
            isInstalled = system.pointee.xSetSystemCall?(system, name, call) == SQLITE_OK
        }
        return isInstalled
    }()

    /// Runs `body` while files whose paths begin so cannot be read.
    static func refusing(_ path: String, _ body: () throws -> Void) throws {
        try #require(isInstalled)
        paths.withLock { $0.append(path) }
        defer { paths.withLock { $0.removeAll { $0 == path } } }
        try body()
    }

    private static func isRefused(_ descriptor: CInt) -> Bool {
        let refused = paths.withLock { $0 }
        guard !refused.isEmpty else { return false }
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
        guard count > 0 else { return false }
        let path = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return refused.contains { path.hasPrefix($0) }
    }
}
