import Foundation
import Synchronization
public import TocsinJournal
public import TocsinModel

extension Log {
    /// Appends, and waits for the answer.
    public func append(_ entries: [JournalEntry]) throws(JournalError) {
        try answer { append(entries, completion: $0) }.get()
    }

    /// Probes, and waits for the answer.
    public func probe() throws(JournalError) {
        try answer { probe(completion: $0) }.get()
    }

    private func answer(_ call: (@escaping Completion) -> Void) -> Result<Void, JournalError> {
        let outcome = Outcome<Result<Void, JournalError>>()
        call { outcome.set($0) }
        return outcome.wait()
    }
}

/// What tests ask a journal's parts for, in one word.
extension Journal {
    public var lastPosition: Position { log.lastPosition }

    public func append(_ entries: [JournalEntry]) throws(JournalError) { try log.append(entries) }

    public func probe() throws(JournalError) { try log.probe() }

    /// Everything after a position, as a start reads it.
    public func allEntries(after position: Position = .zero) throws(JournalError) -> [JournalEntry] {
        try log.reader(after: position).readAll()
    }
}

extension LogReader {
    /// Everything that is on disk and has not been read.
    public func readAll() throws(JournalError) -> [JournalEntry] {
        var entries: [JournalEntry] = []
        while case let next = try read(), !next.isEmpty { entries += next }
        return entries
    }
}

/// Runs `body` on a thread of its own.
func detach(_ body: @escaping @Sendable () -> Void) {
    Thread.detachNewThread(body)
}

/// Runs `body` on a thread of its own and waits for what it returns.
func onAnotherThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Result<Value, any Error>>()
    detach { outcome.set(Result(catching: body)) }
    return try outcome.wait().get()
}

/// What another thread comes to.
final class Outcome<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func set(_ value: Value) {
        self.value.withLock { $0 = value }
        done.signal()
    }

    func wait() -> Value {
        done.wait()
        guard let value = value.withLock({ $0 }) else { preconditionFailure("Nothing was left.") }
        return value
    }
}
