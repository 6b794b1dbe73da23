import Foundation
import Synchronization
public import TocsinJournal
public import TocsinModel

extension Journal {
    /// Everything after a position, as a replay gives it.
    public func allEntries(after position: Position = .zero) throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        try replay(after: position) { entries.append($0) }
        return entries
    }
}

/// Runs `body` on a thread of its own and waits for what it returns.
func onAnotherThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    let thread = Thread {
        outcome.result.withLock { $0 = Result(catching: body) }
        outcome.done.signal()
    }
    thread.start()
    outcome.done.wait()
    guard let result = outcome.result.withLock({ $0 }) else { preconditionFailure("The thread left no result.") }
    return try result.get()
}

private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
}
