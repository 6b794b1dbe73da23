import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

struct ReceiptTests {
    @Test func `a receipt comes after the commit and says who is told`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.join("fire", as: "f2")
        harness.forget()
        harness.commitsAtOnce = false
        harness.report("r-1")
        #expect(harness.committed.isEmpty && harness.immediate.isEmpty)
        #expect(harness.lastTurn.isUrgent)
        #expect(harness.lastTurn.records.count == 1)

        harness.commit()
        let receipt = Receipt(
            incident: IncidentNumber(1), isDuplicate: false, storedAt: harness.now.wall,
            recipients: [
                .init(recipient: Scene.recipient("fire"), purpose: .action, rule: "structure fire", terminals: 2),
                .init(
                    recipient: Scene.recipient("police"), purpose: .information, rule: "structure fire", terminals: 0),
            ])
        #expect(harness.receipts == [receipt])
        #expect(harness.alerts.map(\.terminal) == ["f1", "f2"])
    }

    @Test func `the journal keeps the report as it was sent and why it went where`() throws {
        var harness = try Harness()
        harness.report("r-1", bytes: 321)
        guard case .incident(let incident)? = harness.store.entries.first?.record else {
            Issue.record("There is no incident.")
            return
        }
        #expect(incident.report == [UInt8](repeating: 0x20, count: 321))
        #expect(incident.alerts.map(\.rule) == ["structure fire", "structure fire"])
        #expect(incident.alerts.map(\.addressee.acknowledgeWithinMilliseconds) == [60_000, nil])
        #expect(incident.plans.map(\.watched) == [[0]])
        #expect(incident.plans[0].steps.map(\.afterMilliseconds) == [60_000, 180_000])
    }

    @Test func `the same report before the commit waits for it and gets the first receipt`() throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1")
        harness.report("r-1")
        #expect(harness.receipts.isEmpty)
        harness.commit()
        #expect(harness.receipts.map(\.incident.value) == [1, 1])
        #expect(harness.receipts.map(\.isDuplicate) == [false, true])
        #expect(harness.receipts[0].recipients == harness.receipts[1].recipients)
        #expect(harness.recorded == [.incident])
    }

    @Test func `the same report after the commit gets the first receipt, whatever has changed since`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.join("fire", as: "f1")
        harness.advance(.seconds(5))
        let rules = try Scene.ruleset("fallback: desk\nrules: []")
        harness.turn { broker, turn in broker.adopt(rules: rules, text: "new", directory: broker.directory, into: &turn)
        }
        harness.report("r-1", event: "gas-leak")
        #expect(harness.receipts.count == 2)
        #expect(harness.receipts[1].isDuplicate)
        #expect(harness.receipts[1].incident == harness.receipts[0].incident)
        #expect(harness.receipts[1].storedAt == harness.receipts[0].storedAt)
        #expect(harness.receipts[1].recipients == harness.receipts[0].recipients)
        #expect(harness.recorded == [.incident, .rules])
    }

    @Test func `the same report after a restart gets the first receipt`() throws {
        var harness = try Harness()
        harness.report("r-1")
        try harness.restart(after: .seconds(60))
        harness.report("r-1")
        #expect(harness.receipts.map(\.isDuplicate) == [false, true])
        #expect(harness.receipts[1].storedAt == harness.receipts[0].storedAt)
        #expect(harness.recorded.filter { $0 == .incident }.count == 1)
    }

    @Test func `a report that was not committed before a crash is a new one afterwards`() throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1")
        try harness.restart()
        harness.commitsAtOnce = true
        #expect(harness.receipts.isEmpty)
        harness.report("r-1")
        #expect(harness.receipts.map(\.isDuplicate) == [false])
    }

    @Test func `another report under a name that is taken is receipted as differing`() throws {
        var harness = try Harness()
        harness.commitsAtOnce = false
        harness.report("r-1")
        harness.report("r-1", bytes: 101)
        harness.report("r-1")
        harness.commit()
        harness.report("r-1", bytes: 101)
        harness.report("r-1")
        harness.commit()
        #expect(harness.receipts.map(\.isDuplicate) == [false, true, true, true, true])
        #expect(harness.receipts.map(\.differs) == [false, true, false, true, false])
        #expect(harness.recorded == [.incident])
    }

    @Test func `sender and identifier together name a report`() throws {
        var harness = try Harness()
        harness.report("r-1", sender: "a")
        harness.report("r-1", sender: "b")
        harness.report("r-2", sender: "a")
        #expect(harness.receipts.map(\.incident.value) == [1, 2, 3])
        #expect(harness.receipts.allSatisfy { !$0.isDuplicate })
    }

    @Test func `a report that no rule matches goes to the fallback for action`() throws {
        var harness = try Harness()
        harness.join("desk", as: "d1")
        harness.report("r-1", event: "something else")
        #expect(harness.receipts[0].recipients.map(\.recipient.name) == ["desk"])
        #expect(harness.receipts[0].recipients.map(\.rule) == ["fallback"])
        #expect(harness.alerts.map(\.envelope.purpose) == [.action])
    }

    @Test(arguments: [ReportStatus.test, .system, .draft])
    func `a report that nobody has to act on informs the fallback, and is closed when that has it`(
        status: ReportStatus
    ) throws {
        var harness = try Harness()
        harness.report("r-1", status: status)
        #expect(harness.receipts[0].recipients.map(\.recipient.name) == ["desk"])
        #expect(harness.receipts[0].recipients.map(\.purpose) == [.information])
        harness.advance(.seconds(3600))
        #expect(harness.owed == ["desk 1 open 1 undelivered"])
        for recipient in ["fire", "police", "leader", "desk"] { harness.join(recipient, as: recipient) }
        #expect(harness.alerts.map(\.recipient) == ["desk"])
        #expect(harness.alerts.map(\.envelope.status) == [status])
        #expect(harness.alerts.map(\.envelope.acknowledgeBy) == [nil])
        harness.received("desk", 1...1, by: "desk")
        #expect(harness.owed.isEmpty)
        let isOpen = harness.broker.isOpen(IncidentNumber(1))
        #expect(!isOpen)
    }

    @Test func `an exercise is told and escalated as in earnest, and every alert says what it is`() throws {
        var harness = try Harness()
        harness.report("r-1", status: .exercise)
        harness.advance(.seconds(60))
        for recipient in ["fire", "leader"] { harness.join(recipient, as: recipient) }
        #expect(harness.alerts.map(\.recipient) == ["fire", "leader"])
        #expect(harness.alerts.map(\.envelope.purpose) == [.action, .action])
        #expect(harness.alerts.map(\.envelope.status) == [.exercise, .exercise])
    }

    @Test func `too many reports that wait for the disk are refused busy, at once and without a trace`() throws {
        var settings = BrokerSettings()
        settings.limits.uncommittedReports = 2
        var harness = try Harness(settings: settings)
        harness.commitsAtOnce = false
        for identifier in ["r-1", "r-2", "r-3"] { harness.report(identifier) }
        #expect(harness.refusals == ["REPORT r-3 busy"])
        guard case .refused(_, _, _, let refusal, _, _)? = harness.immediate.first else { return }
        #expect(refusal.retryAfterMilliseconds != nil)
        // What waits already is answered as ever.
        harness.report("r-1")
        #expect(harness.refusals.count == 1)

        harness.commit()
        harness.report("r-3")
        harness.commit()
        #expect(harness.receipts.map(\.incident.value) == [1, 2, 1, 3])
    }

    @Test func `too many bytes that wait for the disk are refused busy`() throws {
        var settings = BrokerSettings()
        settings.limits.uncommittedBytes = 1000
        var harness = try Harness(settings: settings)
        harness.commitsAtOnce = false
        harness.report("r-1", bytes: 999)
        harness.report("r-2", bytes: 999)
        harness.report("r-3", bytes: 1)
        #expect(harness.refusals == ["REPORT r-3 busy"])
        harness.commit()
        harness.report("r-3", bytes: 1)
        #expect(harness.refusals.count == 1)
    }

    @Test func `every recipient that the rules name is told, up to the limit of an incident`() throws {
        let (count, each) = (Limits.recipientsPerIncident, Limits.recipientsPerRule)
        let names = (1...count).map { "d\($0)" }
        let directory = Directory(
            departments: names.map { .init(name: Scene.recipient($0), title: Title(chinese: $0, english: $0)) },
            roles: [],
            places: [:])
        let parts = stride(from: 0, to: count, by: each).map { first in
            "  - { name: from \(first), notify: [\(names[first..<first + each].joined(separator: ", "))] }\n"
        }
        let yaml = "fallback: d1\nrules:\n" + parts.joined()
        let rules = try Ruleset(yaml: yaml, file: "rules.yaml", directory: directory)
        var harness = try Harness()
        harness.turn { broker, turn in broker.adopt(rules: rules, text: yaml, directory: directory, into: &turn) }
        harness.report("r-1")
        #expect(harness.receipts[0].recipients.map(\.recipient.name) == names)
        #expect(harness.broker.overview.undeliveredAlerts == count)
    }

    @Test func `rules that are in force already make no record`() throws {
        var harness = try Harness()
        let rules = harness.broker.rules
        for text in ["a", "a", "b"] {
            harness.turn { broker, turn in
                broker.adopt(rules: rules, text: text, directory: broker.directory, into: &turn)
            }
        }
        #expect(harness.recorded == [.rules, .rules])
        try harness.restart()
        #expect(harness.broker.rulesPosition == Position(2))
        harness.turn { broker, turn in
            broker.adopt(rules: rules, text: "b", directory: broker.directory, into: &turn)
        }
        #expect(harness.recorded.count == 2)
    }

    @Test func `a long rule file goes to the journal in parts, and is in force with the last`() throws {
        let text = String(repeating: "# 规则很多。\n", count: 10_000)
        var harness = try Harness()
        let rules = harness.broker.rules
        harness.turn { broker, turn in
            broker.adopt(rules: rules, text: "short", directory: broker.directory, into: &turn)
        }
        var adoption = RulesAdoption(rules: rules, text: text, directory: harness.broker.directory)
        var isInForce = false
        while !isInForce {
            #expect(harness.broker.rulesPosition == Position(1))
            harness.turn { broker, turn in isInForce = broker.proceed(with: &adoption, into: &turn) }
            // Other records come between the parts.
            harness.report("r-\(harness.recorded.count)")
        }
        #expect(harness.recorded.count { $0 == .rules } == 4)
        let position = harness.broker.rulesPosition
        #expect(try harness.store.open().index().rules(at: position)?.rules == text)
        #expect(try harness.store.open().index().rules(at: Position(1))?.rules == "short")
        // A part that is not the last one is no file, nor is a report.
        for position in [2, 3] {
            #expect(try harness.store.open().index().rules(at: Position(Int64(position))) == nil)
        }
        try harness.restart()
        #expect(harness.broker.rulesPosition == position)
        let known = harness.recorded.count
        harness.turn { broker, turn in
            broker.adopt(rules: rules, text: text, directory: broker.directory, into: &turn)
        }
        #expect(harness.recorded.count == known)
    }

    @Test func `parts of a rule file that were given up change nothing`() throws {
        var harness = try Harness()
        let rules = harness.broker.rules
        let long = String(repeating: "长", count: 50_000)
        for text in ["short", long] {
            var adoption = RulesAdoption(rules: rules, text: text, directory: harness.broker.directory)
            harness.turn { broker, turn in _ = broker.proceed(with: &adoption, into: &turn) }
        }
        try harness.restart()
        #expect(harness.broker.rulesPosition == Position(1))
        harness.turn { broker, turn in
            broker.adopt(rules: rules, text: long + "!", directory: broker.directory, into: &turn)
        }
        let position = harness.broker.rulesPosition
        try harness.restart()
        #expect(harness.broker.rulesPosition == position)
        #expect(try harness.store.open().index().rules(at: position)?.rules == long + "!")
    }

    @Test func `a directory that has changed alone makes a record, too`() throws {
        var harness = try Harness()
        let (rules, directory) = (harness.broker.rules, harness.broker.directory)
        let texts = [
            RuleTexts(rules: "r", departments: "d", grids: "g"), RuleTexts(rules: "r", departments: "D", grids: "g"),
            RuleTexts(rules: "r", departments: "D"), RuleTexts(rules: "r", departments: "D"),
            // The same bytes, elsewhere.
            RuleTexts(rules: "", departments: "rD"),
        ]
        for texts in texts {
            let files = RuleFiles(
                rules: rules, directory: directory, texts: texts, loadedAt: Timestamp(milliseconds: 0))
            harness.turn { broker, turn in broker.adopt(files, into: &turn) }
        }
        #expect(harness.recorded == [.rules, .rules, .rules, .rules])
        let index = try harness.store.open().index()
        #expect(try (1...4).map { try index.rules(at: Position($0)) } == [texts[0], texts[1], texts[2], texts[4]])
    }

    @Test func `long departments and grids go to the journal in parts, before the rules that name them`() throws {
        let texts = RuleTexts(
            rules: String(repeating: "# 规则\n", count: 9000), departments: String(repeating: "部", count: 30_000) + "!",
            grids: String(repeating: "# 网格 grid\n", count: 6000))
        var harness = try Harness()
        let files = RuleFiles(
            rules: harness.broker.rules, directory: harness.broker.directory, texts: texts,
            loadedAt: Timestamp(milliseconds: 0))
        harness.turn { broker, turn in broker.adopt(files, into: &turn) }
        let parts = harness.lastTurn.records.compactMap { entry -> RulesRecord? in
            if case .rules(let part) = entry.record { part } else { nil }
        }
        #expect(parts.count == 4)
        #expect(parts.allSatisfy { $0.texts.byteCount <= 64 * 1024 })
        #expect(parts.map(\.continues) == [true, true, true, false])
        #expect(parts[0].texts.rules.isEmpty && parts[2].texts.departments.isEmpty && parts[3].texts.grids.isEmpty)
        #expect(try harness.store.open().index().rules(at: harness.broker.rulesPosition) == texts)
        try harness.restart()
        harness.turn { broker, turn in broker.adopt(files, into: &turn) }
        #expect(harness.lastTurn.records.isEmpty)
    }
}
