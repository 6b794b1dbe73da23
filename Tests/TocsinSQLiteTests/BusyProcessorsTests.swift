import Foundation
import GRDB
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What moves records steps back for everybody else, but not for ever.
@Suite(.timeLimit(.minutes(1))) struct BusyProcessorsTests {
    private let folder = StateFolderFixture()

    /// What keeps the processors busy.
    private final class Work: Sendable {
        let isOver = Atomic(false)
        let rounds = Atomic(0)
        let ended = DispatchSemaphore(value: 0)
    }

    @Test func `with every processor busy a record is in the table within two seconds`() throws {
        let journal = try folder.store.open()
        let work = Work()
        let threads = 2 * ProcessInfo.processInfo.activeProcessorCount
        for _ in 0..<threads {
            let thread = Thread {
                while !work.isOver.load(ordering: .relaxed) { work.rounds.add(1, ordering: .relaxed) }
                work.ended.signal()
            }
            thread.start()
        }
        defer {
            work.isOver.store(true, ordering: .relaxed)
            for _ in 0..<threads { work.ended.wait() }
        }
        var written: [(Int64, ContinuousClock.Instant)] = []
        var (position, worst) = (0 as Int64, Duration.zero)
        let queue = try DatabaseQueue(path: folder.file)
        let end = ContinuousClock.now + .seconds(6)
        while ContinuousClock.now < end {
            position += 1
            try journal.append([
                Sample.entry(position, Sample.incident("B-\(position)", telling: [(Sample.fire, position)]))
            ])
            written.append((position, .now))
            guard position % 20 == 0 else { continue }
            let asked = ContinuousClock.now
            let moved = try queue.read { try Int64.fetchOne($0, sql: "SELECT max(position) FROM record") } ?? 0
            written.removeFirst(written.firstIndex { $0.0 > moved } ?? written.count)
            worst = max(worst, written.first.map { $0.1.duration(to: asked) } ?? .zero)
        }
        #expect(worst < .seconds(2))
    }
}
