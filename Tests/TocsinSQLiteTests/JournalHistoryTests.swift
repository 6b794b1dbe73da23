import JournalContract
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// What is read from the files beside a daemon that writes and moves records meanwhile.
@Suite(.timeLimit(.minutes(5))) struct JournalHistoryTests {
    private static let most: Int64 = 4000
    private let folder = StateFolderFixture()

    @Test func `each record that was on disk before is there, once and in order`() throws {
        let journal = try folder.store.openJournal()
        let last = Atomic<Int64>(0)
        let isOver = Atomic(false)
        try withThread {
            defer { isOver.store(true, ordering: .releasing) }
            for next in 1...Self.most {
                try journal.append([
                    Sample.entry(next, Sample.incident("H-\(next)", telling: [(Sample.fire, next)]))
                ])
                last.store(next, ordering: .releasing)
                // Records are on their way to the table again and again, more often than a daemon moves them.
                if next % 7 == 0 { try journal.withTable { _ in } }
            }
        } while: {
            while !isOver.load(ordering: .acquiring) {
                let before = last.load(ordering: .acquiring)
                let found = try positions()
                #expect(found == found.indices.map { Int64($0) + 1 })
                #expect(found.count >= before)
            }
        } then: {
            isOver.store(true, ordering: .releasing)
        }
        #expect(try positions().count == Self.most)
    }

    private func positions() throws -> [Int64] {
        var history = JournalHistory(folder.path, since: nil)
        var positions: [Int64] = []
        while let piece = try history.next() { positions += piece.map { $0.entry.position.value } }
        return positions
    }
}
