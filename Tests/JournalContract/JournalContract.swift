import Testing
public import TocsinJournal
import TocsinModel

/// A store whose disk a test has in its hands.
public protocol JournalFixture: JournalStore {
    /// From now on the disk takes nothing more, or does again: also for journals that are opened later.
    func setRoom(_ hasRoom: Bool) throws

    /// Returns what the disk may have when the power fails at any stage of an append of these entries. Nothing is appended
    /// to this one's journal.
    func stores(whenPowerFailsAppending entries: [JournalEntry]) throws -> [any JournalStore]
}

/// What every journal promises. An implementation's tests run it with a way to make empty stores:
///
///     @Test func `the journal keeps the contract`() throws {
///         try JournalContract { InMemoryJournalStore() }.run()
///     }
///
/// Each check gets a store of its own.
public struct JournalContract {
    let makeStore: () throws -> any JournalFixture

    /// `makeStore` returns a store that has never been opened and shares nothing with those before.
    public init(makeStore: @escaping () throws -> any JournalFixture) {
        self.makeStore = makeStore
    }

    /// Checks everything.
    public func run() throws {
        try anEmptyJournalHasNothing()
        try everyRecordComesBackAsItWas()
        try aReaderBeginsAfterThePosition()
        try appendsContinueAfterReopening()
        try eachAppendIsAnsweredOnce()
        try anAppendIsWholeOrNotThereWhenThePowerFails()
        try aFullDiskStoresNothingAndGoesOnWhenThereIsRoom()
        try whoeverReadsWhileOthersAppendMissesNothing()
        try whoeverFollowsIsWokenOnceForEachTimeHeAsks()
        try whoeverIsFencedStoresNothing()
        try namesFindIncidents()
        try reportsComeBackByteForByte()
        try onlyIncidentsAreIncidents()
        try aTimelineHasWhatBelongsToItAndNothingElse()
        try aTimelineFindsWideAndScatteredRanges()
        try aTimelineHasTheNewestOfManyRatings()
        try whoeverReportedWhatJoinedIsFound()
        try newestIncidentsComeInPages()
        try subscriptionsStandUntilTheyEnd()
        try aReaderOnAnotherThreadSeesWhatWasAppended()
        try aProbeLeavesNoTrace()
        try theLastSnapshotIsKept()
        try aSnapshotThatSaysMoreThanTheLogIsNotUsed()
    }
}

extension JournalContract {
    func makeJournal(with entries: [JournalEntry]) throws -> any Journal {
        let journal = try makeStore().open()
        try journal.append(entries)
        return journal
    }
}

// MARK: - Subscriptions

extension JournalContract {
    func subscriptionsStandUntilTheyEnd() throws {
        let journal = try makeJournal(with: Sample.everyKind)
        for entry in Sample.subscriptions { try journal.append([entry]) }
        let index = try journal.index()
        for position in 1...15 as ClosedRange<Int64> {
            let before = Sample.subscriptions.filter { $0.position.value < position }
            #expect(try index.subscriptions(before: Position(position)) == SubscriptionFold(before).subscriptions)
        }
        let names = try index.subscriptions(before: Position(13)).map { "\($0.key) \($0.since)" }
        #expect(
            names == [
                "fire 气体 \(Sample.start + .milliseconds(11))",
                "leader@110101 fires \(Sample.start + .milliseconds(12))",
            ])
        #expect(try index.subscriptions(before: Position(14)).map(\.key.name.text) == ["fires"])
        #expect(try journal.allEntries() == Sample.everyKind + Sample.subscriptions)
    }
}

// MARK: - Snapshots

extension JournalContract {
    func theLastSnapshotIsKept() throws {
        let store = try makeStore()
        let journal = try store.open()
        #expect(try journal.snapshots.latest() == nil)
        try journal.append(Sample.everyKind)
        let first = JournalSnapshot(position: Position(1), pieces: [Array("{\"警\": 1}".utf8), [], [0]])
        let second = JournalSnapshot(position: journal.lastPosition, pieces: [(0...255).map { UInt8($0) }])
        journal.snapshots.keep(first)
        #expect(try journal.snapshots.latest() == first)
        journal.snapshots.keep(second)
        #expect(try journal.snapshots.latest() == second)
        #expect(try journal.allEntries() == Sample.everyKind)
        #expect(try store.open().snapshots.latest() == second)
    }

    func aSnapshotThatSaysMoreThanTheLogIsNotUsed() throws {
        let journal = try makeJournal(with: Sample.everyKind)
        journal.snapshots.keep(JournalSnapshot(position: journal.lastPosition.next, pieces: [[1]]))
        #expect(try journal.snapshots.latest() == nil)
    }
}

// MARK: - Appending and reading

extension JournalContract {
    func anEmptyJournalHasNothing() throws {
        let journal = try makeStore().open()
        #expect(journal.lastPosition == .zero)
        #expect(try journal.allEntries().isEmpty)
        try journal.append([])
        #expect(journal.lastPosition == .zero)
        let reader = try journal.index()
        #expect(try reader.incidents(named: []).isEmpty)
        #expect(try reader.incidents(named: [ReportName(sender: "a", identifier: "b")]) == [nil])
        #expect(try reader.newestIncidents(before: nil, limit: 10).isEmpty)
        #expect(try reader.timeline(of: IncidentNumber(1)).isEmpty)
        for position in [-1, 0, 1, Int64.max] { #expect(try reader.entry(at: Position(position)) == nil) }
    }

    func everyRecordComesBackAsItWas() throws {
        let store = try makeStore()
        let journal = try store.open()
        try journal.append(Array(Sample.everyKind.prefix(4)))
        #expect(journal.lastPosition == Position(4))
        try journal.append(Array(Sample.everyKind.dropFirst(4)))
        #expect(try journal.allEntries() == Sample.everyKind)
        let reader = try journal.index()
        for entry in Sample.everyKind { #expect(try reader.entry(at: entry.position) == entry) }
        #expect(try reader.entry(at: journal.lastPosition.next) == nil)
        #expect(try store.open().allEntries() == Sample.everyKind)
    }

    func aReaderBeginsAfterThePosition() throws {
        let journal = try makeStore().open()
        try journal.append(Sample.everyKind)
        for count in 0...Sample.everyKind.count {
            let entries = try journal.allEntries(after: Position(Int64(count)))
            #expect(entries == Array(Sample.everyKind.dropFirst(count)))
        }
        #expect(try journal.allEntries(after: Position(1000)).isEmpty)
    }

    func appendsContinueAfterReopening() throws {
        let store = try makeStore()
        var journal = try store.open()
        for entry in Sample.everyKind {
            try journal.append([entry])
            journal = try store.open()
            #expect(journal.lastPosition == entry.position)
        }
        #expect(try journal.allEntries() == Sample.everyKind)
        #expect(try journal.index().newestIncidents(before: nil, limit: 9).map(\.position.value) == [7, 2])
    }

    func aProbeLeavesNoTrace() throws {
        let store = try makeStore()
        let journal = try store.open()
        try journal.probe()
        try journal.append(Sample.everyKind)
        try journal.probe()
        try journal.probe()
        #expect(try journal.allEntries() == Sample.everyKind)
        #expect(try store.open().allEntries() == Sample.everyKind)
    }
}

// MARK: - Looking up

extension JournalContract {
    func namesFindIncidents() throws {
        let store = try makeStore()
        var journal = try store.open()
        try journal.append(Sample.everyKind)
        let sender = "网格员@110101005003002"
        let names = [
            ReportName(sender: sender, identifier: "A-2"), ReportName(sender: sender, identifier: "a-2"),
            ReportName(sender: "A-2", identifier: sender), ReportName(sender: sender, identifier: "A-1"),
            ReportName(sender: sender + " ", identifier: "A-1"), ReportName(sender: sender, identifier: "A-2"),
        ]
        let expected = [7, nil, nil, 2, nil, 7].map { (number: Int64?) in number.map(IncidentNumber.init) }
        #expect(try journal.index().incidents(named: names) == expected)
        journal = try store.open()
        #expect(try journal.index().incidents(named: names) == expected)
    }

    func reportsComeBackByteForByte() throws {
        let texts = [
            "{}", " {\"a\": 1.10,\r\n\t\"a\":\"\\u4e1c城 \u{1F525} 'q' \\\"\"} \n", "\u{feff}{\"b\":null}",
            "{\"long\":\"\(String(repeating: "东城区", count: 60_000))\"}",
        ]
        let journal = try makeStore().open()
        for (index, text) in texts.enumerated() {
            guard case .incident(let sample) = Sample.incident("R-\(index)", telling: [(Sample.fire, 1)]) else {
                return
            }
            let incident = sample.with(report: [UInt8](text.utf8))
            let entry = Sample.entry(Int64(index) + 1, .incident(incident))
            try journal.append([entry])
            let reader = try journal.index()
            #expect(try reader.report(of: IncidentNumber(entry.position)) == incident.report)
            #expect(try reader.incident(IncidentNumber(entry.position)) == entry)
        }
    }

    func onlyIncidentsAreIncidents() throws {
        let journal = try makeStore().open()
        try journal.append(Sample.everyKind)
        let reader = try journal.index()
        for entry in Sample.everyKind where entry.record.kind != .incident {
            let number = IncidentNumber(entry.position)
            #expect(try reader.incident(number) == nil)
            #expect(try reader.report(of: number) == nil)
            #expect(try reader.timeline(of: number).isEmpty)
        }
        for number in [-1, 0, 10, Int64.max] { #expect(try reader.incident(IncidentNumber(number)) == nil) }
    }

    func newestIncidentsComeInPages() throws {
        let journal = try makeStore().open()
        let entries = (1...40).map { position in
            Sample.entry(
                position,
                position % 4 == 1
                    ? Sample.incident("N-\(position)", telling: [(Sample.fire, position)])
                    : Sample.received(Sample.fire, position...position))
        }
        try journal.append(entries)
        let reader = try journal.index()
        let all = try reader.newestIncidents(before: nil, limit: 100)
        #expect(all.map(\.position.value) == [37, 33, 29, 25, 21, 17, 13, 9, 5, 1])
        for case .incident(let incident) in all.map(\.record) {
            #expect(incident.report.isEmpty)
            #expect(incident.alerts.count == 1)
        }
        func page(_ before: Int64?, _ limit: Int) throws -> [Int64] {
            try reader.newestIncidents(before: before.map(IncidentNumber.init), limit: limit).map(\.position.value)
        }
        #expect(try page(nil, 3) == [37, 33, 29])
        #expect(try page(29, 3) == [25, 21, 17])
        #expect(try page(28, 1) == [25])
        #expect(try page(5, 3) == [1])
        #expect(try page(1, 3) == [])
        #expect(try page(0, 3) == [])
        #expect(try page(Int64.max, 1) == [37])
        #expect(try page(nil, 0) == [])
        func positions(_ range: Range<Int64>) throws -> [Int64] {
            let found = try reader.entries(at: Position(range.lowerBound)..<Position(range.upperBound))
            #expect(found == entries.filter { range.contains($0.position.value) }.map(Self.withoutReport))
            return found.map(\.position.value)
        }
        #expect(try positions(3..<6) == [3, 4, 5])
        #expect(try positions(39..<50) == [39, 40])
        #expect(try positions(0..<3) == [1, 2])
        #expect(try positions(41..<42) == [])
    }

    private static func withoutReport(_ entry: JournalEntry) -> JournalEntry {
        guard case .incident(let incident) = entry.record else { return entry }
        return JournalEntry(position: entry.position, at: entry.at, record: .incident(incident.with(report: [])))
    }

    func aReaderOnAnotherThreadSeesWhatWasAppended() throws {
        let journal = try makeStore().open()
        let reader = try journal.index()
        for entry in Sample.everyKind {
            try journal.append([entry])
            let seen = try onAnotherThread { try reader.entry(at: entry.position) }
            #expect(seen == entry)
        }
    }
}
