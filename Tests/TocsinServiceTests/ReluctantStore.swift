import Dispatch
import Synchronization
import TocsinJournal

/// A store that cannot be opened when a test says so.
final class ReluctantStore: JournalStore {
    private let store: any JournalStore
    private let failure = Mutex<JournalError?>(nil)
    private let refused = DispatchSemaphore(value: 0)

    init(_ store: any JournalStore) {
        self.store = store
    }

    var location: String { store.location }

    func open() throws(JournalError) -> any Journal {
        if let failure = failure.withLock({ $0 }) {
            refused.signal()
            throw failure
        }
        return try store.open()
    }

    /// From now on opening throws `failure`; nil ends it.
    func failOpening(with failure: JournalError?) {
        self.failure.withLock { $0 = failure }
    }

    /// Waits until somebody has tried to open it, and could not.
    func waitForRefusedOpening() {
        refused.wait()
    }
}
