import Dispatch
import Synchronization
import Testing
import TocsinJournal
import TocsinModel

// What a log promises when the disk, the power or another writer misbehaves.

extension JournalContract {
    private func incidents(_ positions: ClosedRange<Int64>, bytes: Int = 100) -> [JournalEntry] {
        let headline = String(repeating: "火", count: bytes / 3)
        return positions.map {
            Sample.entry($0, Sample.incident("L-\($0)", telling: [(Sample.fire, $0)], headline: headline))
        }
    }

    func eachAppendIsAnsweredOnce() throws {
        let journal = try makeStore().open()
        let (answers, answered) = (Counter(), DispatchSemaphore(value: 0))
        for entry in Sample.everyKind {
            journal.log.append([entry]) { result in
                if case .success = result { answers.add() }
                answered.signal()
            }
            answered.wait()
            #expect(journal.log.lastPosition == entry.position)
            #expect(answers.count == Int(entry.position.value))
        }
        journal.close()
        #expect(answers.count == Sample.everyKind.count)
    }

    func anAppendIsWholeOrNotThereWhenThePowerFails() throws {
        let store = try makeStore()
        let journal = try store.open()
        try journal.append(Sample.everyKind)
        journal.close()
        let batch = incidents(10...14, bytes: 3000)
        var (without, with) = (0, 0)
        for crashed in try store.stores(whenPowerFailsAppending: batch) {
            let journal = try crashed.open()
            let entries = try journal.allEntries()
            if entries == Sample.everyKind {
                without += 1
                try journal.append(batch)
            } else {
                with += 1
            }
            #expect(try journal.allEntries() == Sample.everyKind + batch)
            #expect(try journal.index().incident(IncidentNumber(14)) == batch.last)
            journal.close()
        }
        #expect(without > 0 && with > 0)
    }

    func aFullDiskStoresNothingAndGoesOnWhenThereIsRoom() throws {
        let store = try makeStore()
        var journal = try store.open()
        try journal.append(Sample.everyKind)
        try store.setRoom(false)
        let next = incidents(10...30, bytes: 3000)
        let failure = #expect(throws: JournalError.self) { try journal.append(next) }
        guard case .full = failure else {
            Issue.record("It is \(String(describing: failure)).")
            return
        }
        #expect(journal.lastPosition == Position(9))
        // It is done with, whatever the disk says later.
        try store.setRoom(true)
        let again = #expect(throws: JournalError.self) { try journal.append(next) }
        #expect(again == failure)
        try store.setRoom(false)
        journal = try store.open()
        #expect(try journal.allEntries() == Sample.everyKind)
        for _ in 1...3 {
            #expect(#expect(throws: JournalError.self) { try journal.probe() }?.isForLater == true)
        }
        try store.setRoom(true)
        try journal.probe()
        try journal.append(next)
        #expect(try journal.allEntries() == Sample.everyKind + next)
        #expect(try store.open().allEntries() == Sample.everyKind + next)
    }

    func whoeverReadsWhileOthersAppendMissesNothing() throws {
        let journal = try makeStore().open()
        let last: Int64 = 600
        let reader = try journal.log.reader(after: .zero)
        let read = Outcome<Result<[JournalEntry], any Error>>()
        let more = DispatchSemaphore(value: 0)
        detach {
            read.set(
                Result {
                    var entries: [JournalEntry] = []
                    while entries.last?.position.value ?? 0 < last {
                        reader.whenMore { more.signal() }
                        more.wait()
                        entries += try reader.readAll()
                    }
                    return entries
                })
        }
        var written: [JournalEntry] = []
        while written.count < Int(last) {
            let first = Int64(written.count) + 1
            written += incidents(first...min(first + first % 7, last))
            try journal.append(Array(written[Int(first - 1)...]))
        }
        #expect(try read.wait().get() == written)
        #expect(try reader.read().isEmpty)
    }

    func whoeverFollowsIsWokenOnceForEachTimeHeAsks() throws {
        let journal = try makeStore().open()
        let (first, second) = (try journal.log.reader(after: .zero), try journal.log.reader(after: Position(2)))
        let (firstWoken, secondWoken) = (Counter(), Counter())
        #expect(try first.read().isEmpty)
        first.whenMore { firstWoken.add() }
        second.whenMore { secondWoken.add() }
        #expect(firstWoken.count == 0)
        try journal.append(Array(Sample.everyKind.prefix(2)))
        #expect(firstWoken.count == 1)
        #expect(secondWoken.count == 0, "What it waits for comes after the second record.")
        #expect(try first.read() == Array(Sample.everyKind.prefix(2)))
        try journal.append([Sample.everyKind[2]])
        #expect(firstWoken.count == 1, "It has not asked again.")
        #expect(secondWoken.count == 1)
        first.whenMore { firstWoken.add() }
        #expect(firstWoken.count == 2, "There is something already.")
        #expect(try first.read() == [Sample.everyKind[2]])
        #expect(try second.read() == [Sample.everyKind[2]])
    }

    func whoeverIsFencedStoresNothing() throws {
        let store = try makeStore()
        let fenced = try store.open()
        try fenced.append(Array(Sample.everyKind.prefix(4)))
        let reader = try fenced.log.reader(after: .zero)
        let journal = try store.open()
        try journal.append([Sample.everyKind[4]])
        for _ in 1...2 {
            let failure = #expect(throws: JournalError.self) { try fenced.append([Sample.entry(5, Sample.rules)]) }
            if case .fenced = failure { continue }
            Issue.record("It is \(String(describing: failure)).")
        }
        #expect(throws: JournalError.self) { try reader.read() }
        #expect(try journal.allEntries() == Array(Sample.everyKind.prefix(5)))
        fenced.close()
        try journal.append(Array(Sample.everyKind.dropFirst(5)))
        #expect(try store.open().allEntries() == Sample.everyKind)
    }
}

/// How often something has happened, on whatever thread.
private final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .acquiring) }

    func add() {
        value.add(1, ordering: .acquiringAndReleasing)
    }
}
