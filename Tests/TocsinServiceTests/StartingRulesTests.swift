import Foundation
import JournalContract
import Testing
import TocsinAccess
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

@testable import TocsinService

/// What a start goes by where the files are refused: the rules that the journal knows to have been in force, or nothing.
@Suite struct StartingRulesTests {
    private let folder: URL
    private let journal: any Journal
    private var configuration = ServiceConfiguration()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        journal = try InMemoryJournalStore().open()
        configuration.rules = folder.path + "/rules.yaml"
        configuration.departments = folder.path + "/departments.yaml"
        configuration.grids = folder.path + "/grids.yaml"
        try write(Self.good)
    }

    private static let good = RuleTexts(
        rules: "fallback: fire\nrules:\n  - { name: streets, notify: police@street }\n",
        departments: """
            departments:
              - { name: fire, zh: 消防, en: Fire }
            roles:
              - { name: police, at: street, zh: 派出所, en: Police Station }
            """,
        grids: "places:\n  \"110101\": 东城区\n  \"110101005\": 北新桥街道\n")

    private func write(_ texts: RuleTexts) throws {
        let files = [
            (configuration.rules, texts.rules), (configuration.departments, texts.departments),
            (configuration.grids, texts.grids),
        ]
        for (path, text) in files { try text.write(toFile: path, atomically: true, encoding: .utf8) }
    }

    /// Appends rules records, with a time that says which is which.
    private func record(_ records: RulesRecord...) throws {
        for record in records {
            let position = Position(journal.lastPosition.value + 1)
            let entry = JournalEntry(
                position: position, at: Timestamp(milliseconds: 1000 * position.value), record: .rules(record))
            try journal.append([entry])
        }
    }

    private func start() throws -> StartingRules {
        defer { try? FileManager.default.removeItem(at: folder) }
        return try StartingRules(configuration, journal, now: Timestamp(milliseconds: 1))
    }

    /// Why there is nothing to go by, one reason a line.
    private func refusal() throws -> [String] {
        let error = #expect(throws: ServiceError.self) { try start() }
        guard case .configuration = error else {
            Issue.record("\(String(describing: error)) does not end a daemon with 78.")
            return []
        }
        return error?.lines ?? []
    }

    /// What is said of rules while departments or grids are wrong.
    private var unchecked: String {
        "\(configuration.rules): not checked, for that needs departments, grids and holidays that are right"
    }

    @Test func `good files are what a start goes by, whatever the journal has`() throws {
        try record(RulesRecord(RuleTexts(rules: "fallback: gas\nrules: []\n", departments: "departments: []\n")))
        let rules = try start()
        #expect(rules.files.source == .files && rules.problems.isEmpty)
        #expect(rules.files.texts == Self.good)
        #expect(rules.files.loadedAt == Timestamp(milliseconds: 1))
    }

    @Test(arguments: [
        ("rules.yaml", "fallback: nobody\nrules: []\n", "1:11: "), ("departments.yaml", "departments: {}\n", "1:14: "),
        ("grids.yaml", "places: [", ""),
    ])
    func `a broken file is stood in for by all three of the journal`(
        _ file: String, _ text: String, _ place: String
    ) throws {
        try record(RulesRecord(Self.good))
        try text.write(toFile: "\(folder.path)/\(file)", atomically: true, encoding: .utf8)
        let rules = try start()
        #expect(rules.files.source == .journal)
        #expect(rules.files.texts == Self.good)
        #expect(rules.files.directory.mailboxCount == 2)
        #expect(rules.files.rules.rules.map(\.name) == ["streets"])
        #expect(rules.files.loadedAt == Timestamp(milliseconds: 1000))
        #expect(rules.problems[0].contains("/\(file):\(place)"), "\(rules.problems)")
        #expect(rules.problems.dropFirst() == (file == "rules.yaml" ? [] : [unchecked]))
    }

    @Test func `rules that do not do what they expect are stood in for, and the journal's are not tested again`() throws
    {
        let expectation = "expect:\n  - { report: {}, not-told: fire }\n"
        var stored = Self.good
        // What is in force has met its expectations, by the zones of its time.
        stored.rules += expectation
        try record(RulesRecord(stored))
        try write(stored)
        let rules = try start()
        #expect(rules.files.source == .journal && rules.files.texts == stored)
        #expect(
            rules.problems == [
                "\(configuration.rules):5:29: expected that fire is not told; it must acknowledge, by the rule 'streets' "
                    + "(the fallback stands in for police@street: the report has no grid)"
            ])
    }

    @Test func `of several broken and missing files each is named`() throws {
        try record(RulesRecord(Self.good))
        try FileManager.default.removeItem(atPath: configuration.rules)
        try "departments: {}\n".write(toFile: configuration.departments, atomically: true, encoding: .utf8)
        let rules = try start()
        #expect(rules.files.texts == Self.good)
        #expect(rules.problems.count == 2)
        #expect(rules.problems[0] == "\(configuration.rules) cannot be read: there is no such file")
        #expect(rules.problems[1].hasPrefix("\(configuration.departments):1:14: "))
    }

    @Test func `deleted files are stood in for`() throws {
        try record(RulesRecord(Self.good))
        for path in [configuration.rules, configuration.departments, configuration.grids] {
            try FileManager.default.removeItem(atPath: path)
        }
        let rules = try start()
        #expect(rules.files.texts == Self.good && rules.files.source == .journal)
        #expect(rules.problems.count == 3 && rules.problems.allSatisfy { $0.hasSuffix("there is no such file") })
    }

    private static let keys = (
        a: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", b: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
    )

    /// A last good list with two clients, and files that are refused for their rules: who comes in.
    private func clients(_ yaml: String) throws -> (names: [String], leftOut: Int) {
        var texts = Self.good
        texts.clients = """
            clients:
              - { name: a, key: "\(Self.keys.a)", report: all }
              - { name: b, key: "\(Self.keys.b)", join: [fire] }
            """
        try record(RulesRecord(texts))
        try "rules: [".write(toFile: configuration.rules, atomically: true, encoding: .utf8)
        let file = folder.path + "/clients.yaml"
        try yaml.write(toFile: file, atomically: true, encoding: .utf8)
        var configuration = configuration
        configuration.security = .keys(broker: folder.path + "/broker.key", clients: file)
        defer { try? FileManager.default.removeItem(at: folder) }
        let rules = try StartingRules(configuration, journal, now: Timestamp(milliseconds: 1))
        #expect(rules.files.source == .journal && rules.files.texts == texts)
        // What each may do is what the journal says.
        for client in rules.files.clients.principals {
            #expect((client.rights.report != nil) == (client.name.text == "a"))
        }
        return (rules.files.clients.principals.map(\.name.text), rules.files.clientsLeftOut)
    }

    @Test(arguments: [
        // One has been taken out.
        ("clients: [{ name: a, key: \"A\", report: all }]", ["a"]),
        // Another has that name, or that key.
        ("clients: [{ name: b, key: \"A\", report: all }, { name: a, key: \"B\", report: all }]", []),
        // A right that needs another directory, a word that is none, and a client who is new.
        (
            "clients: [{ name: b, key: \"B\", join: [nobody], x: 7 }, { name: new, key: \"\(String(repeating: "0", count: 40))\" }]",
            ["b"]
        ),
        ("clients: [{ name: b, key: \"B\" }, { name: a, key: \"A\", feed: all }]", ["a", "b"]), ("clients:\n", []),
    ])
    func `of the last good clients those come in who are still in the file with their key`(
        _ yaml: String, _ names: [String]
    ) throws {
        let found = try clients(
            yaml.replacing("\"A\"", with: "\"\(Self.keys.a)\"").replacing("\"B\"", with: "\"\(Self.keys.b)\""))
        #expect(found.names == names && found.leftOut == 2 - names.count)
    }

    @Test(arguments: [
        "clients: [", "", "clients: nobody", "clients: [a]", "clients: [{ name: a }]", "clients: [{ name: a, key: x }]",
        "clients: [{ name: a, key: [] }]", "clients: []\nclientz: []\n",
    ])
    func `where names and keys cannot be read the last good clients stay`(_ yaml: String) throws {
        let found = try clients(yaml)
        #expect(found.names == ["a", "b"] && found.leftOut == 0)
    }

    @Test func `the rules in force last are taken, however many parts and records they had`() throws {
        var long = Self.good
        long.rules += "# " + String(repeating: "长", count: 100)
        try record(
            RulesRecord(RuleTexts(rules: "fallback: gas\n", departments: "departments: []\n")),
            RulesRecord(RuleTexts(departments: long.departments, grids: String(long.grids.prefix(9))), continues: true))
        let first = try #require(Sample.everyKind.first { if case .incident = $0.record { true } else { false } })
        try journal.append([JournalEntry(position: Position(3), at: first.at, record: first.record)])
        try record(
            RulesRecord(
                RuleTexts(rules: String(long.rules.prefix(40)), grids: String(long.grids.dropFirst(9))),
                after: Position(2), continues: true),
            RulesRecord(RuleTexts(rules: String(long.rules.dropFirst(40))), after: Position(4)))
        try write(RuleTexts())
        let rules = try start()
        #expect(rules.files.texts == long)
        #expect(rules.files.loadedAt == Timestamp(milliseconds: 5000))
    }

    @Test func `rules whose last part was never recorded have not been in force`() throws {
        try record(
            RulesRecord(Self.good),
            RulesRecord(RuleTexts(departments: Self.good.departments), continues: true),
            RulesRecord(RuleTexts(rules: "fallback: fire\n"), after: Position(2), continues: true))
        try write(RuleTexts())
        let rules = try start()
        #expect(rules.files.texts == Self.good)
        #expect(rules.files.loadedAt == Timestamp(milliseconds: 1000))
    }

    @Test func `where only parts of rules were recorded, none have been in force`() throws {
        try record(RulesRecord(Self.good, continues: true))
        try write(RuleTexts(departments: Self.good.departments, grids: Self.good.grids))
        #expect(
            try refusal() == [
                "\(configuration.rules):1:1: the file is empty",
                "No rules have been in force with this journal, so there are none to go by instead.",
            ])
    }

    @Test func `files that have never been good end with 78 and both reasons`() throws {
        try FileManager.default.removeItem(atPath: configuration.departments)
        #expect(
            try refusal() == [
                "\(configuration.departments) cannot be read: there is no such file", unchecked,
                "No rules have been in force with this journal, so there are none to go by instead.",
            ])
    }

    @Test func `rules that this version refuses end with 78 and both reasons`() throws {
        var texts = Self.good
        texts.rules += "  - { name: of an earlier version, ring: fire }\n"
        try record(RulesRecord(texts))
        try FileManager.default.removeItem(atPath: configuration.grids)
        let lines = try refusal()
        #expect(lines.first == "\(configuration.grids) cannot be read: there is no such file")
        #expect(lines.dropFirst().first == unchecked)
        #expect(
            lines.dropFirst(2).first?.hasPrefix("The rules that were in force last (record 1 of the journal)") == true)
        #expect(lines.last?.hasPrefix("rules of record 1:4:") == true, "\(lines)")
    }

    @Test func `rules that an earlier version recorded without a directory end with 78 and both reasons`() throws {
        try record(RulesRecord(RuleTexts(rules: Self.good.rules)))
        try FileManager.default.removeItem(atPath: configuration.rules)
        let lines = try refusal()
        #expect(lines.count == 2 && lines[1].contains("an earlier version recorded them without departments"))
    }

    @Test func `rules from before the snapshot are found by it`() throws {
        try record(RulesRecord(RuleTexts(rules: "fallback: gas\n", departments: "departments: []\n")))
        let files = try RuleFiles(configuration, now: Timestamp(milliseconds: 0))
        var broker = Broker(rules: files.rules, directory: files.directory, settings: BrokerSettings())
        let now = Moment(wall: Timestamp(milliseconds: 0), uptime: 0)
        for entry in try journal.allEntries() { broker.apply(entry, now: now) }
        var turn = Turn(now: now)
        broker.adopt(files, into: &turn)
        try journal.append(Array(turn.records))
        journal.snapshots.keep(broker.snapshot())
        try #require(try journal.snapshots.latest()?.position == Position(2))
        try write(RuleTexts())
        let rules = try start()
        #expect(rules.files.texts == Self.good && rules.files.source == .journal)

        // They are in force already, and make no record.
        var after = Turn(now: now)
        broker.adopt(rules.files, into: &after)
        #expect(after.records.isEmpty)
        #expect(broker.rulesPosition == Position(2))
    }
}
