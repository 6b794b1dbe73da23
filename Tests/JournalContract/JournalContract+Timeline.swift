import Testing
import TocsinJournal
import TocsinModel

extension JournalContract {
    func aTimelineHasWhatBelongsToItAndNothingElse() throws {
        let (fire, police, leader) = (Sample.fire, Sample.police, Sample.leader)
        let records: [(belongs: Bool, JournalRecord)] = [
            (false, Sample.rules),
            (false, Sample.incident("T-1", telling: [(fire, 9), (police, 3)])),
            (true, Sample.incident("T-2", telling: [(fire, 10), (police, 4)], plan: true)),
            (false, Sample.incident("T-3", telling: [(fire, 11), (leader, 10)])),
            (false, Sample.received(fire, 9...9)),
            (true, Sample.received(fire, 10...10)),
            (true, Sample.received(fire, 1...10, 12...12)),
            (true, Sample.received(fire, 10...40)),
            (false, Sample.received(fire, 1...9, 11...50)),
            (false, Sample.received(fire, 11...11)),
            (false, Sample.received(police, 10...10)),
            (true, Sample.received(police, 4...4)),
            (false, Sample.received(leader, 4...4)),
            (false, Sample.personal(police, .acknowledged, 3...3)),
            (true, Sample.personal(police, .declined, 4...4, note: "没有人")),
            (false, Sample.escalated(2, to: fire, 12)),
            (true, Sample.escalated(3, to: leader, 7)),
            (true, Sample.escalated(3, step: 1, to: leader, 8)),
            (true, Sample.personal(leader, .acknowledged, 7...7)),
            (false, Sample.personal(leader, .acknowledged, 6...6)),
            (true, Sample.received(leader, 8...8)),
            (false, Sample.received(leader, 10...10)),
            (true, Sample.personal(fire, .acknowledged, 2...3, 5...19)),
            (false, Sample.closed(2)),
            (true, Sample.closed(3)),
            (true, Sample.personal(fire, .resolved, 10...10)),
        ]
        let entries = records.enumerated().map { Sample.entry(Int64($0) + 1, $1.1) }
        let journal = try makeJournal(with: entries)
        let expected = zip(records, entries).filter(\.0.belongs).map(\.1)
        #expect(try journal.index().timeline(of: IncidentNumber(3)) == expected)
    }

    /// Ranges of every length, each beginning or ending at a power of two away from the alert, or missing it by one.
    func aTimelineFindsWideAndScatteredRanges() throws {
        let number: Int64 = 5_000_000
        var records: [(belongs: Bool, JournalRecord)] = [(true, Sample.incident("W", telling: [(Sample.fire, number)]))]
        for exponent in 0...22 {
            let length: Int64 = 1 << exponent
            for reach in [length - 1, length, length + 1] where reach < number {
                records.append((true, Sample.received(Sample.fire, number...number + reach)))
                records.append((true, Sample.received(Sample.fire, number - reach...number)))
                records.append(
                    (true, Sample.received(Sample.fire, number - reach...number - reach, number...number + 1)))
                records.append((false, Sample.received(Sample.fire, number + 1...number + 1 + reach)))
                records.append((false, Sample.received(Sample.fire, number - 1 - reach...number - 1)))
                records.append(
                    (false, Sample.received(Sample.fire, 1...number - 1, number + 1...number + 1 + reach)))
            }
        }
        let entries = records.enumerated().map { Sample.entry(Int64($0) + 1, $1.1) }
        let journal = try makeJournal(with: entries)
        let expected = zip(records, entries).filter(\.0.belongs).map(\.1)
        let found = try journal.index().timeline(of: IncidentNumber(1))
        #expect(found.map(\.position) == expected.map(\.position))
        #expect(found == expected)
    }
}
