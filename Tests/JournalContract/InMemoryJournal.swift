import Foundation
import Synchronization
import TocsinJournal
import TocsinModel

/// A journal in memory, from one opening of its store: its own log and snapshots.
final class InMemoryJournal: Journal, Log, SnapshotStore {
    private let store: InMemoryJournalStore
    private let generation: Int
    /// Set by an append that has failed.
    private let failure = Mutex<JournalError?>(nil)

    init(store: InMemoryJournalStore, generation: Int) {
        self.store = store
        self.generation = generation
    }

    let epoch = JournalEpoch("memory")

    var log: any Log { self }
    var snapshots: any SnapshotStore { self }
    var room: JournalRoom { store.content.withLock { $0.room } }
    var lastPosition: Position { store.content.withLock { $0.entries.last?.position ?? .zero } }

    func index() throws(JournalError) -> any IncidentIndex { InMemoryIndex(store: store) }

    func reader(after position: Position) throws(JournalError) -> any LogReader {
        InMemoryLogReader(store: store, generation: generation, after: position)
    }

    func append(_ entries: [JournalEntry], completion: @escaping Completion) {
        guard let delay = store.content.withLock({ $0.delay }) else { return completion(append(entries)) }
        Thread.detachNewThread { [self] in
            delay()
            completion(append(entries))
        }
    }

    private func append(_ entries: [JournalEntry]) -> Result<Void, JournalError> {
        if let failure = failure.withLock({ $0 }) { return .failure(failure) }
        let (result, woken) = store.content.withLock {
            content -> (Result<Void, JournalError>, [@Sendable () -> Void]) in
            if let error = complaint(content) { return (.failure(error), []) }
            for entry in entries { content.add(entry) }
            content.appends += 1
            return (.success(()), content.takeWoken())
        }
        if case .failure(let error) = result { failure.withLock { $0 = error } }
        for wake in woken { wake() }
        return result
    }

    func probe(completion: @escaping Completion) {
        let error = failure.withLock { $0 } ?? store.content.withLock { complaint($0) }
        completion(error.map { .failure($0) } ?? .success(()))
    }

    /// Why nothing is written now.
    private func complaint(_ content: InMemoryJournalStore.Content) -> JournalError? {
        content.generation == generation ? content.failure : .fenced("The journal in memory was opened again.")
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

    func latest() throws(JournalError) -> JournalSnapshot? {
        store.content.withLock { content in
            content.snapshot.flatMap { $0.position <= content.entries.last?.position ?? .zero ? $0 : nil }
        }
    }

    func takeTroubles() -> [JournalTrouble] {
        store.content.withLock { content in
            defer { content.troubles = [] }
            return content.troubles
        }
    }

    func close() {}
}

private final class InMemoryLogReader: LogReader {
    private let store: InMemoryJournalStore
    private let generation: Int
    private let position: Mutex<Position>

    init(store: InMemoryJournalStore, generation: Int, after position: Position) {
        self.store = store
        self.generation = generation
        self.position = Mutex(max(position, .zero))
    }

    func read() throws(JournalError) -> [JournalEntry] {
        let position = position.withLock { $0 }
        let (entries, isFenced) = store.content.withLock { content in
            (Array(content.entries.dropFirst(Int(position.value)).prefix(1000)), content.generation != generation)
        }
        if isFenced { throw .fenced("The journal in memory was opened again.") }
        if let last = entries.last { self.position.withLock { $0 = last.position } }
        return entries
    }

    func whenMore(_ wake: @escaping @Sendable () -> Void) {
        let position = position.withLock { $0 }
        let isThere = store.content.withLock { content in
            guard content.entries.last?.position ?? .zero <= position else { return true }
            content.followers.append((position, wake))
            return false
        }
        if isThere { wake() }
    }
}

private final class InMemoryIndex: IncidentIndex {
    private let store: InMemoryJournalStore

    init(store: InMemoryJournalStore) {
        self.store = store
    }

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

    func subscriptions(before position: Position) throws(JournalError) -> [Subscription] {
        SubscriptionFold(store.entries.prefix { $0.position < position }).subscriptions
    }

    func entries(at positions: Range<Position>) throws(JournalError) -> [JournalEntry] {
        store.entries.filter { positions.contains($0.position) }.map(Self.withoutReport)
    }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] {
        let incidents = store.entries.reversed().lazy.compactMap { entry -> JournalEntry? in
            guard case .incident = entry.record else { return nil }
            if let before, entry.position >= before.position { return nil }
            return Self.withoutReport(entry)
        }
        return Array(incidents.prefix(limit))
    }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        let entries = store.entries.drop { $0.position < number.position }
        guard let origin = entries.first, origin.position == number.position, var life = IncidentLife(origin) else {
            return []
        }
        let others = entries.dropFirst().filter { life.apply($0) != nil }.map(Self.withoutReport)
        return [origin] + others.keepingNewest().sorted { $0.position < $1.position }
    }

    private static func withoutReport(_ entry: JournalEntry) -> JournalEntry {
        var entry = entry
        switch entry.record {
        case .incident(let incident): entry.record = .incident(incident.with(report: []))
        case .joined(let joined): entry.record = .joined(joined.with(report: []))
        default: break
        }
        return entry
    }

    func steps(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        store.entries.filter { !$0.record.laterAlerts(of: number).isEmpty }
    }

    func isJoined(_ number: IncidentNumber, by principal: String) throws(JournalError) -> Bool {
        store.entries.contains { $0.record.isJoined(to: number, by: principal) }
    }

    func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) throws {
        let entries = store.entries
        let folded = FoldedCourses(entries)
        var tally = StatisticsTally(question, now: now)
        for (key, page) in folded.allPages.sorted(by: { $0.key < $1.key }) {
            page.bytes.withUnsafeBytes { tally.add(page: key, $0) }
        }
        try tally.write(
            to: &json, counted: entries.last?.position ?? .zero, uncounted: 0, name: { folded.names[$0] })
    }
}
