import Synchronization
import Threads
import TocsinCore
import TocsinJournal
import TocsinModel

/// Opens the journal again and reads it, on a thread of its own. This may take seconds, and the loop answers meanwhile.
final class JournalOpening: Sendable {
    /// The result of opening the journal.
    enum Result: Sendable {
        case opened(RecoveredJournal)
        case failed(ServiceError)
    }

    private let store: any JournalStore
    private let settings: BrokerSettings
    private let done: WakeUp
    private let result = Mutex<Result?>(nil)
    /// The journal that is replaced, until it has been closed.
    private let failed = Mutex<(any Journal)?>(nil)

    init(store: any JournalStore, settings: BrokerSettings, done: WakeUp) {
        self.store = store
        self.settings = settings
        self.done = done
    }

    /// Begins. `done` is signalled when ``takeResult()`` has the result.
    ///
    /// - Parameters:
    ///   - files: The files for the new broker.
    ///   - failed: The journal that is replaced. It is closed first.
    /// - Throws: If the system has no thread to give. It may be called again.
    func start(_ files: RuleFiles, replacing failed: (any Journal)?) throws(OwnThread.Failure) {
        if let failed { self.failed.withLock { $0 = failed } }
        try OwnThread.start("tocsin-reopen") { [self] in
            self.failed.withLock { $0.take() }?.close()
            let opened = open(files)
            result.withLock { $0 = opened }
            done.signal()
        }
    }

    /// Returns the result, once, or nil while there is none.
    func takeResult() -> Result? {
        result.withLock { $0.take() }
    }

    private func open(_ files: RuleFiles) -> Result {
        do throws(ServiceError) {
            return .opened(
                try RecoveredJournal(RecoveredJournal.open(store), files: files, settings: settings, done: done))
        } catch {
            return .failed(error)
        }
    }
}
