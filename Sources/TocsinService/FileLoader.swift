import Synchronization
import Threads
import TocsinAccess
import TocsinCore
import TocsinModel
import TocsinRouting

/// Reads the files on a thread of its own, so that the broker's loop goes on meanwhile.
final class FileLoader: Sendable {
    private let result = Mutex<Result<RuleFiles, ServiceError>?>(nil)
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
        _ configuration: ServiceConfiguration, _ watch: ConfigurationWatch, clientsInForce: ClientList,
        holidaysInForce: String, subscriptions: SubscriptionTable, now: Timestamp
    ) throws(OwnThread.Failure) {
        try OwnThread.start("tocsin-files") { [self] in
            watch.look()
            let loaded = Result { () throws(ServiceError) in
                var files = try RuleFiles(
                    configuration, now: now, clientsInForce: clientsInForce, holidaysInForce: holidaysInForce)
                var subscriptions = subscriptions
                subscriptions.read(by: files.rules)
                files.subscriptions = subscriptions
                return files
            }
            result.withLock { $0 = loaded }
            done.signal()
        }
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
    func takeResult() -> Result<RuleFiles, ServiceError>? {
        result.withLock { $0.take() }
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
