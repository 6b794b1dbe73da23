import Foundation
import Synchronization
public import TocsinJournal
import TocsinModel

/// A journal in memory, for tests: what is appended survives as long as the store does.
///
/// The disk can be made to fail (``failAppends(with:)``) and to take its time (``delayAppends(by:)``).
public final class InMemoryJournalStore: JournalFixture {
    struct Content {
        var entries: [JournalEntry] = []
        var numberByName: [ReportName: IncidentNumber] = [:]
        var failure: JournalError?
        var room = JournalRoom.ample
        var snapshot: JournalSnapshot?
        var appends = 0
        var troubles: [JournalTrouble] = []
        var delay: (@Sendable () -> Void)?
        /// How often it has been opened: who opened it last writes.
        var generation = 0
        var followers: [(after: Position, wake: @Sendable () -> Void)] = []
    }

    let content = Mutex(Content())

    public init() {}

    public var location: String { "memory" }

    public func open() throws(JournalError) -> any Journal {
        let generation = content.withLock { content in
            content.generation += 1
            return content.generation
        }
        return InMemoryJournal(store: self, generation: generation)
    }

    /// From now on every append and probe fails with `failure` and stores nothing; nil ends it.
    public func failAppends(with failure: JournalError?) {
        content.withLock { $0.failure = failure }
    }

    /// From now on journals of it say that they have so much room.
    public func say(_ room: JournalRoom) {
        content.withLock { $0.room = room }
    }

    /// From now on every append is answered after `delay` has returned, on a thread of its own, as on a disk that hangs;
    /// nil ends it.
    public func delayAppends(by delay: (@Sendable () -> Void)?) {
        content.withLock { $0.delay = delay }
    }

    /// Everything that has been appended.
    public var entries: [JournalEntry] { content.withLock { $0.entries } }

    /// How many appends have succeeded: how often a disk would have synced.
    public var appendCount: Int { content.withLock { $0.appends } }

    public func setRoom(_ hasRoom: Bool) {
        failAppends(with: hasRoom ? nil : .full("There is no room in memory."))
    }

    public func stores(whenPowerFailsAppending entries: [JournalEntry]) -> [any JournalStore] {
        [[], entries].map { written in
            let store = InMemoryJournalStore()
            for entry in self.entries + written { store.content.withLock { $0.add(entry) } }
            return store
        }
    }
}

extension InMemoryJournalStore.Content {
    mutating func add(_ entry: JournalEntry) {
        precondition(
            entry.position == entries.last?.position.next ?? Position.zero.next,
            "A journal's positions follow one another.")
        entries.append(entry)
        guard let name = entry.record.reportName else { return }
        numberByName[name] = IncidentNumber(entry.position)
    }

    /// Those who wait for records that are there now.
    mutating func takeWoken() -> [@Sendable () -> Void] {
        let last = entries.last?.position ?? .zero
        defer { followers.removeAll { $0.after < last } }
        return followers.filter { $0.after < last }.map(\.wake)
    }
}
