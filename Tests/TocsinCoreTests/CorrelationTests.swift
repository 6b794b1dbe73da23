import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// Reports that join an incident of the same happening.
@Suite struct CorrelationTests {
    static let rules = """
        fallback: desk
        rules:
          - name: smoke
            when: { event: smoke }
            notify: fire
            inform: police
            correlate: { by: [event, grid], within: 10m }
          - { name: bad smoke, when: { event: smoke, severity: at least Severe }, notify: chief }
          - { name: water, when: { event: water }, inform: gas, correlate: { by: event, within: 10m } }
          - { name: noise, when: { event: noise }, notify: police }
        """

    @Test func `the first report is told at once, the second as an update, and the third is counted`() throws {
        var harness = try Harness(rules: Self.rules)
        try harness.smoke("s-1")
        #expect(harness.told(1) == ["fire action", "police information"])
        #expect(harness.receipts.last?.joined == nil)
        try harness.smoke("s-2")
        #expect(harness.told(2) == ["fire information", "police information"])
        let told = try #require(harness.receipts.last)
        #expect(told.incident == IncidentNumber(1) && told.joined == 2 && told.update == IncidentNumber(2))
        try harness.smoke("s-3")
        #expect(harness.store.entries[2].record.kind == .joined)
        let counted = try #require(harness.receipts.last)
        #expect(counted.incident == IncidentNumber(1) && counted.joined == 3 && counted.update == nil)
        #expect(counted.recipients.isEmpty && !counted.isDuplicate)
        #expect(harness.broker.reportCounts == [IncidentNumber(1): 3])
    }

    @Test func `a thousand reports are one incident, a handful of updates with a count, and all are there`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.join("fire", as: "f1")
        for number in 1...1000 {
            try harness.smoke("s-\(number)", sender: "sensor-\(number % 7)")
            harness.forget()
        }
        let incidents = harness.store.entries.filter { $0.record.kind == .incident }
        #expect(incidents.compactMap { $0.record.reported?.news?.joined } == [2, 10, 100, 1000])
        #expect(incidents.count == 5)
        #expect(harness.broker.reportCounts == [IncidentNumber(1): 1000])
        let names = Set(harness.store.entries.compactMap(\.record.reportName))
        #expect(names.count == 1000)
        let timeline = try harness.store.open().index().timeline(of: IncidentNumber(1))
        var life = try #require(timeline.first.flatMap(IncidentLife.init))
        for entry in timeline.dropFirst() { life.apply(entry) }
        #expect(life.reportCount == 1000 && life.joined.count == Limits.listedReports + 4)
    }

    @Test func `the terminals hear of the count`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.join("police", as: "p1")
        try harness.smoke("s-1")
        try harness.smoke("s-2")
        let joined = harness.alerts.map(\.envelope.joined)
        #expect(joined == [nil, JoinedReport(IncidentNumber(1), count: 2)])
    }

    @Test func `another grid and another event are other incidents, and what names no grid joins none`() throws {
        var harness = try Harness(rules: Self.rules)
        try harness.smoke("s-1")
        try harness.smoke("s-2", grid: "110101001001002")
        try harness.smoke("s-3", grid: nil)
        try harness.smoke("s-4", grid: nil)
        try harness.smoke("s-5", event: "noise")
        try harness.smoke("s-6", event: "noise")
        #expect(harness.store.entries.allSatisfy { $0.record.reported?.news == nil })
        try harness.smoke("s-7", grid: "110101001001002")
        #expect(harness.news(7)?.joinedReport == JoinedReport(IncidentNumber(2), count: 2))
    }

    @Test func `a greater severity rings, and whoever must know for that reason is told`() throws {
        var harness = try Harness(rules: Self.rules)
        for number in 1...3 { try harness.smoke("s-\(number)", severity: .minor) }
        try harness.smoke("s-4", severity: .severe)
        #expect(harness.told(4) == ["fire action", "police information", "chief action"])
        #expect(harness.news(4)?.isRaised == true)
        try harness.smoke("s-5", severity: .severe)
        #expect(harness.store.entries[4].record.kind == .joined)
    }

    @Test func `who has done the work is told again, and when everybody has, a new incident begins`() throws {
        var harness = try Harness(
            rules: """
                fallback: desk
                rules:
                  - { name: smoke, notify: [fire, police], correlate: { by: [event, grid], within: 10m } }
                """)
        harness.join("fire", as: "f1")
        harness.join("police", as: "p1")
        for number in 1...3 { try harness.smoke("s-\(number)") }
        harness.status("fire", 1, .resolved, by: "f1")
        try harness.smoke("s-4")
        let last = Int64(harness.store.entries.count)
        #expect(harness.told(last) == ["fire action", "police information"])
        harness.status("fire", 3, .resolved, by: "f1")
        harness.status("police", 1, .resolved, by: "p1")
        try harness.smoke("s-5")
        #expect(harness.store.entries.last?.record.reported?.news == nil)
    }

    @Test func `the time begins anew with each report, and ends after a day in any case`() throws {
        var harness = try Harness(rules: Self.rules)
        harness.join("gas", as: "g1")
        try harness.smoke("w-0", event: "water")
        // What only informs has closed, and is the same happening all the same.
        harness.received("gas", 1...1, by: "g1")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        for number in 1...144 {
            harness.now.wall = harness.now.wall + .seconds(599)
            try harness.smoke("w-\(number)", event: "water")
        }
        #expect(harness.broker.reportCounts[IncidentNumber(1)] == 145)
        harness.now.wall = harness.now.wall + .seconds(599)
        try harness.smoke("w-145", event: "water")
        #expect(harness.store.entries.last?.record.reported?.news == nil)
        harness.now.wall = harness.now.wall + .seconds(601)
        try harness.smoke("w-146", event: "water")
        #expect(harness.store.entries.last?.record.reported?.news == nil)
    }

    @Test func `an exercise never joins what is real, nor the other way round`() throws {
        var harness = try Harness(rules: Self.rules)
        try harness.smoke("s-1")
        try harness.smoke("s-2", status: .exercise)
        try harness.smoke("s-3", status: .exercise)
        #expect(harness.news(2) == nil)
        #expect(harness.news(3)?.joinedReport?.incident == IncidentNumber(2))
    }

    @Test func `reports that name their happening join it, and each new place and event of it is told`() throws {
        var harness = try Harness(rules: Self.rules)
        try harness.smoke("s-1", happenings: ["typhoon-7"])
        for number in 2...3 { try harness.smoke("s-\(number)", happenings: ["typhoon-7"]) }
        try harness.smoke("s-4", event: "noise", happenings: ["typhoon-7"])
        try harness.smoke("s-5", grid: "110101001001002", happenings: ["other", "typhoon-7"])
        try harness.smoke("s-6", grid: "110101001001002", happenings: ["typhoon-7"])
        let kinds = harness.store.entries.map(\.record.kind.rawValue)
        #expect(kinds == ["incident", "incident", "joined", "incident", "incident", "joined"])
        #expect(harness.told(4) == ["police action", "fire information"])
        // Who says that it is another happening is believed.
        try harness.smoke("s-7", happenings: ["typhoon-8"])
        #expect(harness.news(7) == nil)
    }

    @Test func `a report that has joined is not stored twice`() throws {
        var harness = try Harness(rules: Self.rules)
        for number in 1...3 { try harness.smoke("s-\(number)") }
        for number in 2...3 { try harness.smoke("s-\(number)") }
        #expect(harness.store.entries.count == 3)
        let last = try #require(harness.receipts.last)
        #expect(last.isDuplicate && last.incident == IncidentNumber(1) && last.joined == 3)
    }

    @Test func `a Cancel does not end what others have reported, and does end what nobody else has`() throws {
        var harness = try Harness(rules: Self.rules)
        try harness.smoke("s-1")
        try harness.smoke("s-2", sender: "other")
        try harness.send(.cancel, "c-1", of: "phone,s-1")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.told(3).contains("fire information"))
        try harness.send(.cancel, "c-2", of: "phone,s-1", "other,s-2")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
    }

    @Test func `a Cancel of one of a sender's reports leaves the others, and one of them all ends the incident`() throws
    {
        var harness = try Harness(rules: Self.rules)
        for number in 1...4 { try harness.smoke("s-\(number)") }
        _ = try harness.split("s-3", of: 1)
        try harness.send(.cancel, "c-1", of: "phone,s-2")
        try harness.send(.cancel, "c-2", of: "phone,s-1", "phone,s-3", "phone,s-4", "phone,c-1")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        try harness.restart()
        try harness.send(.cancel, "c-3", of: "phone,s-1", "phone,s-2", "phone,s-4")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
    }

    @Test func `after a restart, from records and from a snapshot, reports join as before`() throws {
        var harness = try Harness(rules: Self.rules)
        for number in 1...11 { try harness.smoke("s-\(number)", sender: "sensor-\(number % 2)") }
        _ = try harness.split("s-11", of: 1)
        let snapshot = harness.broker.snapshot()
        #expect(harness.broker.difference(from: snapshot, now: harness.now) == nil)
        var restored = Broker(
            rules: harness.broker.rules, directory: harness.broker.directory, settings: harness.broker.settings)
        try restored.restore(snapshot, now: harness.now)
        #expect(restored.correlations == harness.broker.correlations)
        try harness.restart(after: .seconds(60))
        #expect(harness.broker.correlations == restored.correlations)
        try harness.smoke("s-12")
        #expect(harness.receipts.last?.joined == 12)
    }

    @Test func `no more incidents than the bound can be joined, and the oldest goes first`() throws {
        var table = CorrelationTable()
        func record(_ number: Int) -> IncidentRecord {
            IncidentRecord(
                name: ReportName(sender: "a", identifier: "\(number)"), event: "smoke", category: .fire,
                severity: .minor, status: .actual, grid: nil, alerts: [], plans: [], rules: .zero, report: [],
                correlation: [CorrelationKey("Actual\nsmoke\n\(number)", withinMilliseconds: 600_000)])
        }
        let start = Timestamp(milliseconds: 1_795_392_600_000)
        for number in 1...Limits.correlations + 1 {
            table.add(
                IncidentNumber(Int64(number)), record(number), at: start + .milliseconds(number), isOpen: { _ in true })
        }
        #expect(table.lines.count == Limits.correlations)
        #expect(table.incident(by: record(1).correlation, at: start + .seconds(60), where: { _ in true }) == nil)
        #expect(
            table.incident(by: record(2).correlation, at: start + .seconds(60), where: { _ in true })
                == IncidentNumber(2))
    }
}

/// SPLIT: a report is taken out of the incident that it has joined.
@Suite struct SplitTests {
    @Test func `a report that is taken out is told at once, as an incident of its own, also after a restart`() throws {
        var harness = try Harness(rules: CorrelationTests.rules)
        for number in 1...4 { try harness.smoke("s-\(number)") }
        try harness.restart()
        harness.join("fire", as: "f1")
        harness.received("fire", 1...2, by: "f1")
        harness.forget()
        let preview = try harness.split("s-4", of: 1, isPreview: true)
        let count = harness.store.entries.count
        #expect(preview?.incident == nil && preview?.addressees.map(\.recipient.name) == ["fire", "police"])
        let answer = try harness.split("s-4", of: 1)
        #expect(harness.store.entries.count == count + 1)
        let number = Int64(count + 1)
        #expect(answer?.incident == IncidentNumber(number))
        #expect(harness.told(number) == ["fire action", "police information"])
        #expect(harness.alerts.last?.envelope.incident == IncidentNumber(number))
        let record = try #require(harness.store.entries.last?.record.reported)
        #expect(record.split?.incident == IncidentNumber(1) && record.split?.person.note == "another house")
        // The same report again has its receipt, and is not swallowed.
        try harness.smoke("s-4")
        let receipt = try #require(harness.receipts.last)
        #expect(receipt.isDuplicate && receipt.incident == IncidentNumber(1) && receipt.joined == 4)
        #expect(receipt.splitInto == IncidentNumber(number))
        #expect(harness.store.entries.count == count + 1)
        #expect(harness.broker.isOpen(IncidentNumber(number)))
        // Those that stay have nothing to say of it, and after the end nobody knows it.
        try harness.smoke("s-3")
        #expect(harness.receipts.last?.splitInto == nil)
        harness.close(1)
        try harness.smoke("s-4")
        #expect(harness.receipts.last?.isDuplicate == true && harness.receipts.last?.splitInto == nil)
    }

    @Test func `what cannot be taken out is refused with the reason`() throws {
        var harness = try Harness(rules: CorrelationTests.rules)
        for number in 1...4 { try harness.smoke("s-\(number)") }
        try harness.smoke("n-1", event: "noise")
        func refusal(_ name: String, of incident: Int64) throws -> String? {
            harness.forget()
            let answer = try harness.split(name, of: incident)
            #expect(answer == nil)
            return harness.refusedFields.first ?? nil
        }
        #expect(try refusal("s-9", of: 1) == "report")
        #expect(try refusal("s-1", of: 1) == "report")
        #expect(try refusal("n-1", of: 5) == "report")
        #expect(try refusal("s-3", of: 5) == "from")
        _ = try harness.split("s-3", of: 1)
        #expect(try refusal("s-3", of: 1) == "report")
        harness.close(1)
        #expect(try refusal("s-4", of: 1) == "from")
        harness.failJournal()
        #expect(try refusal("s-4", of: 1) == nil)
        #expect(harness.immediate.count == 1)
    }
}

extension Harness {
    /// Sends a report, as the shell does.
    mutating func smoke(
        _ identifier: String, event: String = "smoke", grid: String? = "110101001001001",
        severity: Severity = .moderate,
        sender: String = "phone", status: ReportStatus = .actual, happenings: [String] = [],
        within: [String]? = nil
    ) throws {
        var report = Report(
            name: ReportName(sender: sender, identifier: identifier), sent: now.wall, event: event, category: .fire,
            severity: severity, status: status, happenings: happenings)
        report.grid = grid.flatMap { GridCode($0) }
        let index = try store.open().index()
        let number = try index.incidents(named: [report.name])[0]
        handle(
            .report(
                Scene.peer(sender), Scene.reference(identifier), report, body: [UInt8](identifier.utf8),
                stored: try number.flatMap { try index.entry(at: $0.position) },
                within: within.map { $0.compactMap { GridCode($0) } }))
    }

    /// Takes a report of the phone out of an incident. Returns the answer, or nil for a refusal.
    mutating func split(_ identifier: String, of incident: Int64, isPreview: Bool = false) throws -> SplitAnswer? {
        let entry = store.entries.first { $0.record.reportName?.identifier == identifier }
        let name = entry?.record.reportName ?? ReportName(sender: "phone", identifier: identifier)
        let found = entry.flatMap { entry in
            entry.record.reported.map { record in
                var report = Report(
                    name: name, sent: now.wall, event: record.event, category: .fire, severity: record.severity)
                report.grid = record.grid
                return SplitRequest.StoredReport(position: entry.position, record: record, report: report)
            }
        }
        let before = committed.count
        handle(
            .split(
                Scene.peer("operator"), Scene.reference("s"),
                SplitRequest(
                    name, from: IncidentNumber(incident), by: Person(by: "Li", note: "another house"),
                    isPreview: isPreview, found: found)))
        return committed.dropFirst(before).lazy.compactMap { output -> SplitAnswer? in
            if case .split(_, _, let answer) = output { answer } else { nil }
        }.first
    }
}
