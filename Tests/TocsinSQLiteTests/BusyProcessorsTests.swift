import Foundation
import GRDB
import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What moves records steps back for everybody else, but not for ever.
@Suite(.serialized, .timeLimit(.minutes(5))) struct BusyProcessorsTests {
    private let folder = StateFolderFixture()

    /// What keeps the processors busy.
    private final class Work: Sendable {
        private let isOver = Atomic(false)
        private let rounds = Atomic(0)
        private let ended = DispatchSemaphore(value: 0)
        private let threads = 2 * ProcessInfo.processInfo.activeProcessorCount

        init() {
            for _ in 0..<threads {
                Thread { [self] in
                    while !isOver.load(ordering: .relaxed) { rounds.add(1, ordering: .relaxed) }
                    ended.signal()
                }.start()
            }
        }

        func end() {
            isOver.store(true, ordering: .relaxed)
            for _ in 0..<threads { ended.wait() }
        }
    }

    @Test func `with every processor busy a record is in the table within two seconds`() throws {
        let journal = try folder.store.open()
        let work = Work()
        defer { work.end() }
        var written: [(Int64, ContinuousClock.Instant)] = []
        var (position, worst) = (0 as Int64, Duration.zero)
        let queue = try DatabaseQueue(path: folder.file)
        let end = ContinuousClock.now + .seconds(6)
        while ContinuousClock.now < end {
            position += 1
            try journal.append([entry(position)])
            written.append((position, .now))
            guard position % 20 == 0 else { continue }
            let asked = ContinuousClock.now
            let moved = try newest(in: queue)
            written.removeFirst(written.firstIndex { $0.0 > moved } ?? written.count)
            worst = max(worst, written.first.map { $0.1.duration(to: asked) } ?? .zero)
        }
        #expect(worst < .seconds(2))
    }

    @Test func `so is one that comes alone`() throws {
        let journal = try folder.store.open()
        let queue = try DatabaseQueue(path: folder.file)
        let work = Work()
        defer { work.end() }
        for position in 1...4 as ClosedRange<Int64> {
            try journal.append([entry(position)])
            let written = ContinuousClock.now
            while try newest(in: queue) < position {}
            #expect(written.duration(to: .now) < .seconds(2))
        }
    }

    private func entry(_ position: Int64) -> JournalEntry {
        Sample.entry(position, Sample.incident("B-\(position)", telling: [(Sample.fire, position)]))
    }

    private func newest(in queue: DatabaseQueue) throws -> Int64 {
        try queue.read { try Int64.fetchOne($0, sql: "SELECT max(position) FROM record") } ?? 0
    }
}
