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

    func aTimelineHasTheNewestOfManyRatings() throws {
        var entries = [
            Sample.entry(1, Sample.incident("R", telling: [(Sample.fire, 1)])), Sample.entry(2, Sample.closed(1)),
        ]
        for position in 3...Int64(Limits.listedReports) + 10 {
            let rated = RatedRecord(incident: IncidentNumber(1), rating: Rating(score: Int(position) % 5 + 1))
            entries.append(Sample.entry(position, .rated(rated)))
        }
        let journal = try makeJournal(with: entries)
        let expected = entries.prefix(2) + entries.suffix(Limits.listedReports)
        #expect(try journal.index().timeline(of: IncidentNumber(1)) == Array(expected))
    }

    /// Among more than a timeline has, told or not, also once it has been taken out, and nobody else.
    func whoeverReportedWhatJoinedIsFound() throws {
        func report(_ position: Int64, _ news: ReportNews?, by principal: String?) -> IncidentRecord {
            IncidentRecord(
                name: ReportName(sender: "phone", identifier: "\(position)"), event: "smoke", category: .fire,
                severity: .minor, status: .actual, grid: nil, alerts: [], plans: [], rules: .zero, report: [],
                principal: principal, news: news)
        }
        func joined(_ incident: Int64) -> ReportNews {
            ReportNews(.alert, roots: [.init(IncidentNumber(incident), sender: "phone")], joined: 2)
        }
        let update = ReportNews(.update, roots: [.init(IncidentNumber(1), sender: "phone")])
        var records: [JournalRecord] = [
            .incident(report(1, nil, by: "first")), .incident(report(2, nil, by: "other")),
            .incident(report(3, joined(1), by: "told")), .joined(report(4, joined(1), by: "counted \"é\"")),
            .joined(report(5, joined(2), by: "of the other")), .incident(report(6, update, by: "updating")),
            .joined(report(7, joined(1), by: nil)),
        ]
        for position in 8...8 + Int64(Limits.listedReports) {
            records.append(.joined(report(position, joined(1), by: "storm")))
        }
        let index = try makeJournal(with: records.enumerated().map { Sample.entry(Int64($0) + 1, $1) }).index()
        let principals = [
            "first", "other", "told", "counted \"é\"", "counted \"e\u{301}\"", "of the other", "updating", "storm", "",
        ]
        let found = try principals.filter { try index.isJoined(IncidentNumber(1), by: $0) }
        #expect(found == ["told", "counted \"é\"", "storm"])
        #expect(try index.isJoined(IncidentNumber(2), by: "of the other"))
        #expect(try !index.isJoined(IncidentNumber(99), by: "storm"))
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
