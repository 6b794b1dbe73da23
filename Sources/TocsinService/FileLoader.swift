import Synchronization
import Threads
import TocsinAccess
import TocsinConfiguration
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Reads the files on a thread of its own, so that the broker's loop goes on meanwhile.
final class FileLoader: Sendable {
    /// What has been read.
    struct Loaded: Sendable {
        let files: Result<RuleFiles, ServiceError>
        /// Those of the clients in force who stand in the clients file with the same key, whatever is wrong in the other
        /// files; nil if it is wrong itself.
        let remaining: ClientList?
    }

    private let result = Mutex<Loaded?>(nil)
    private let done: WakeUp

    init(done: WakeUp) {
        self.done = done
    }

    /// Starts reading. `done` is signalled when ``takeResult()`` has the result. The configuration's own file is looked
    /// at before, so that the answer can say how it is. The subscriptions are read by the new rules here, so that the
    /// loop need not.
    ///
    /// - Throws: If the system has no thread to give.
    func start(
        _ configuration: ServiceConfiguration, _ watch: ConfigurationWatch, inForce: RuleFiles,
        subscriptions: SubscriptionTable, now: Timestamp
    ) throws(OwnThread.Failure) {
        try OwnThread.start("tocsin-files") { [self] in
            watch.look()
            let loaded = Result { () throws(ServiceError) in
                var files = try RuleFiles(
                    configuration, now: now, clientsInForce: inForce.clients, holidaysInForce: inForce.texts.holidays)
                var subscriptions = subscriptions
                subscriptions.read(by: files.rules)
                files.subscriptions = subscriptions
                return files
            }
            var isRight = true
            if case .failure = loaded { isRight = false }
            let remaining = Self.remaining(configuration, inForce, isRight: isRight)
            result.withLock { $0 = Loaded(files: loaded, remaining: remaining) }
            done.signal()
        }
    }

    /// Returns those of the clients in force who stand in the clients file with the same key; nil if the file is wrong by
    /// the directory of the files and by that in force.
    private static func remaining(
        _ configuration: ServiceConfiguration, _ inForce: RuleFiles, isRight: Bool
    ) -> ClientList? {
        guard let file = configuration.security.clientsFile, let text = try? TextFile.read(file) else { return nil }
        guard !isRight else { return inForce.clients.named(in: text) }
        let isRightItself = [configuration.directory, inForce.directory].contains { directory in
            guard let directory else { return false }
            return (try? ClientList(yaml: text, file: file, directory: directory, now: nil, inForce: inForce.clients))
                != nil
        }
        return isRightItself ? inForce.clients.named(in: text) : nil
    }

    /// Releases files that are no longer in force, on a thread of its own. Freeing a hundred thousand rules takes long
    /// enough to be felt.
    ///
    /// The caller must keep no copy: the last holder frees them.
    func discard(_ files: consuming RuleFiles) {
        // The thread empties a box. Values that its closure captures itself could outlive the closure on this thread.
        let former = Former(files)
        do {
            try OwnThread.start("tocsin-files") { former.files = nil }
        } catch {
            // Without a thread the files are freed here, and the wait is felt.
            former.files = nil
        }
    }

    /// Returns the result, once, or nil while there is none.
    func takeResult() -> Loaded? {
        result.withLock { $0.take() }
    }
}

extension ServiceConfiguration {
    /// The directory of its files; nil if it is wrong.
    fileprivate var directory: Directory? {
        guard let departments = try? TextFile.read(self.departments) else { return nil }
        let grids = self.grids.isEmpty ? "" : try? TextFile.read(self.grids)
        return grids.flatMap { text in
            try? Directory(
                departments: departments, departmentsFile: self.departments, grids: self.grids.isEmpty ? nil : text,
                gridsFile: self.grids)
        }
    }
}

/// Files on their way to be freed.
///
/// `@unchecked Sendable`: only the thread that frees them touches them.
private final class Former: @unchecked Sendable {
    var files: RuleFiles?

    init(_ files: consuming RuleFiles) {
        self.files = files
    }
}
