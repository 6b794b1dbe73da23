import Glibc
import Logging
import Synchronization

/// Finds out whether the configuration's file is still what the daemon was started with, and the broker's key file has
/// still the key in force. A start reads them, and a reload does not: without a word, a slip in them would be found when the daemon is
/// to come up again.
final class ConfigurationWatch: Sendable {
    private let sources: ConfigurationSources?
    private let logger: Logger
    private let found = Mutex(Found())

    private struct Found {
        /// The files that the last look has read.
        var files: [String]?
        /// What told them before it; nil where it has read others than it expected.
        var stamps: [FileStamp]?
        var change = ConfigurationChange()
    }

    /// Creates a watch. `sources` is nil for a configuration that no file has, and that does not change.
    init(_ sources: ConfigurationSources?, logger: Logger) {
        self.sources = sources
        self.logger = logger
    }

    /// The path of the file, and the difference at the last look. Nil for a configuration that no file has.
    var latest: (file: String, change: ConfigurationChange)? {
        sources.map { ($0.file, found.withLock { $0.change }) }
    }

    /// Reads the files if one is another than at the last look, and logs a difference once. The file system may take its
    /// time.
    func look() {
        guard let sources else { return }
        let last = found.withLock(\.self)
        let expected = last.files ?? [sources.file]
        // What changes while it is read is found by the next look.
        let stamps = expected.map(FileStamp.init)
        guard last.stamps != stamps else { return }
        let (change, files) = sources.look()
        let isNew = found.withLock { found in
            defer { found = Found(files: files, stamps: files == expected ? stamps : nil, change: change) }
            return found.change != change
        }
        if isNew { log(change, sources.file) }
    }

    private func log(_ change: ConfigurationChange, _ file: String) {
        if let problem = change.problems.first {
            logger.error(
                "the configuration is wrong now; this daemon goes on, and would not start again",
                metadata: ["file": "\(file)", "problems": "\(change.problems.count)", "problem": "\(problem)"])
        } else if change.isNone {
            logger.notice("the configuration is again what the daemon was started with", metadata: ["file": "\(file)"])
            return
        }
        if change.hasAnotherKey {
            logger.warning(
                "the broker's key file has another key now; a restart brings another key into force, and a reload does not",
                metadata: ["file": "\(file)"])
        }
        if !change.keys.isEmpty {
            logger.notice(
                "the configuration has changed; a restart brings that into force, and a reload does not",
                metadata: ["file": "\(file)", "keys": "\(change.keys.joined(separator: " "))"])
        }
    }
}

/// What tells a file from the one that was there before.
private struct FileStamp: Hashable {
    private var inode: UInt64 = 0
    private var bytes: Int64 = 0
    /// The time of the last change, of its rights too.
    private var nanoseconds: Int64 = 0

    /// A file that cannot be looked at is like none.
    init(_ path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return }
        inode = UInt64(information.st_ino)
        bytes = Int64(information.st_size)
        nanoseconds = Int64(information.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(information.st_ctim.tv_nsec)
    }
}
