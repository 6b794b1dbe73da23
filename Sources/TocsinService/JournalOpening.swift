import Synchronization
import Threads
import TocsinCore
import TocsinJournal
import TocsinModel

/// Opens the journal again and reads it, on a thread of its own: it may take seconds, and the loop answers meanwhile.
final class JournalOpening: Sendable {
    /// What became of it.
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

    /// Begins; `done` is signalled when ``takeResult()`` has it.
    ///
    /// - Parameters:
    ///   - files: what the new broker goes by.
    ///   - failed: the journal that is replaced; it is closed first.
    /// - Throws: Where the system has no thread to give: it may be asked again.
    func start(_ files: RuleFiles, replacing failed: (any Journal)?) throws(OwnThread.Failure) {
        if let failed { self.failed.withLock { $0 = failed } }
        try OwnThread.start("tocsin-reopen") { [self] in
            self.failed.withLock { $0.take() }?.close()
            let opened = open(files)
            result.withLock { $0 = opened }
            done.signal()
        }
    }

    /// What has become of it, once; nil while it goes on.
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
