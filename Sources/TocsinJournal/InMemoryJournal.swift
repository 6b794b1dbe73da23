import Synchronization
import TocsinModel

/// A journal in memory, for tests and the simulator: what is appended survives as long as the store does.
///
/// The disk can be made to fail: ``failAppends(with:)``.
public final class InMemoryJournalStore: JournalStore {
    fileprivate struct Content {
        var entries: [JournalEntry] = []
        var numberByName: [ReportName: IncidentNumber] = [:]
        var failure: JournalError?
        var snapshot: JournalSnapshot?
        var appends = 0
        var troubles: [JournalTrouble] = []
        var delay: (@Sendable () -> Void)?
    }

    fileprivate let content = Mutex(Content())

    public init() {}

    public var location: String { "memory" }

    public func open() throws(JournalError) -> any Journal { InMemoryJournal(store: self) }

    /// From now on every append and probe throws `failure` and stores nothing; nil ends it.
    public func failAppends(with failure: JournalError?) {
        content.withLock { $0.failure = failure }
    }

    /// From now on every append returns after `delay` has, as on a disk that hangs, and none is done at once; nil ends it.
    public func delayAppends(by delay: (@Sendable () -> Void)?) {
        content.withLock { $0.delay = delay }
    }

    /// Everything that has been appended.
    public var entries: [JournalEntry] { content.withLock { $0.entries } }

    /// How many appends have succeeded: how often a disk would have synced.
    public var appendCount: Int { content.withLock { $0.appends } }
}

private final class InMemoryJournal: Journal, JournalReader {
    let store: InMemoryJournalStore

    init(store: InMemoryJournalStore) {
        self.store = store
    }

    let epoch = JournalEpoch("memory")

    var lastPosition: Position { store.content.withLock { $0.entries.last?.position ?? .zero } }

    func append(_ entries: [JournalEntry]) throws(JournalError) {
        store.content.withLock { $0.delay }?()
        let failure = store.content.withLock { content -> JournalError? in
            if let failure = content.failure { return failure }
            for entry in entries {
                precondition(
                    entry.position == content.entries.last?.position.next ?? Position.zero.next,
                    "A journal's positions follow one another.")
                content.entries.append(entry)
                guard case .incident(let incident) = entry.record else { continue }
                content.numberByName[incident.name] = IncidentNumber(entry.position)
            }
            content.appends += 1
            return nil
        }
        if let failure { throw failure }
    }

    func appendAtOnce(_ entries: [JournalEntry]) throws(JournalError) -> Bool {
        guard store.content.withLock({ $0.delay == nil }) else { return false }
        try append(entries)
        return true
    }

    func keep(_ snapshot: JournalSnapshot) {
        store.content.withLock { content in
            if let failure = content.failure {
                content.troubles.append(.snapshotNotKept(failure))
            } else {
                content.snapshot = snapshot
            }
        }
    }

    func takeTroubles() -> [JournalTrouble] {
        store.content.withLock { content in
            defer { content.troubles = [] }
            return content.troubles
        }
    }

    func latestSnapshot() throws(JournalError) -> JournalSnapshot? {
        store.content.withLock { $0.snapshot }
    }

    func replay(after position: Position, _ body: (JournalEntry) throws -> Void) throws {
        for entry in store.entries.dropFirst(Int(max(position.value, 0))) { try body(entry) }
    }

    func probe() throws(JournalError) {
        if let failure = store.content.withLock({ $0.failure }) { throw failure }
    }

    func close() {}

    func reader() throws(JournalError) -> any JournalReader { self }

    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] {
        store.content.withLock { content in names.map { content.numberByName[$0] } }
    }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? {
        guard let entry = try entry(at: number.position), case .incident = entry.record else { return nil }
        return entry
    }

    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError) {
        reports.removeAll()
        guard try incident(number) != nil else { return }
        for entry in store.entries.dropFirst(Int(number.value) - 1) {
            guard case .incident(let incident) = entry.record else { continue }
            reports.append(IncidentNumber(entry.position), incident.report)
            if reports.byteCount >= bytes { return }
        }
    }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? {
        store.content.withLock { content in
            (1...Int64(content.entries.count + 1)).contains(position.value)
                ? content.entries.dropFirst(Int(position.value) - 1).first : nil
        }
    }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        let incidents = store.entries.reversed().lazy.compactMap { entry -> JournalEntry? in
            guard case .incident(let incident) = entry.record else { return nil }
            if let before, entry.position >= before.position { return nil }
            return JournalEntry(position: entry.position, at: entry.at, record: .incident(incident.with(report: [])))
        }
        return Array(incidents.prefix(limit))
    }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        let entries = store.entries.drop { $0.position < number.position }
        guard let origin = entries.first, origin.position == number.position, var life = IncidentLife(origin) else {
            return []
        }
        return [origin] + entries.dropFirst().filter { life.apply($0) != nil }
    }
}
