import Foundation
import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinSQLite

@testable import tocsin

/// Who did what, as a journal has it.
@Suite struct AuditTests {
    private static let departments = "departments:\n  - { name: fire, zh: 消防, en: Fire }\n"

    private static func clients(_ names: [String: String]) -> String {
        names.isEmpty
            ? ""
            : "clients:\n"
                + names.sorted { $0.key < $1.key }.map { name, rights in
                    let letter = name.last.map(String.init) ?? ""
                    return
                        "  - { name: \(name), key: \"\(String(repeating: letter, count: 40))\", \(rights) }\n"
                }.joined()
    }

    private static func texts(_ clients: [String: String], rules: String = "fallback: fire\n") -> RuleTexts {
        RuleTexts(rules: rules, departments: departments, clients: Self.clients(clients))
    }

    private static func reload(_ texts: RuleTexts, closed: Int? = nil, by principal: String? = "uid:li")
        -> JournalRecord
    {
        .rules(RulesRecord(texts, principal: principal, connectionsClosed: closed))
    }

    private static let entries: [JournalEntry] = [
        Sample.entry(1, reload(texts(["desk-a": "join: [fire]", "hand-b": "report: all"]), by: nil)),
        Sample.entry(2, Sample.incident("A-1", telling: [(Sample.fire, 1)])),
        Sample.entry(
            3,
            .received(
                ReceivedRecord(
                    recipient: Sample.fire, numbers: [AlertNumber(1)...AlertNumber(1)], principal: "desk-a"))),
        Sample.entry(
            4,
            .personal(
                PersonalRecord(
                    recipient: Sample.fire, numbers: [AlertNumber(1)...AlertNumber(1)], state: .declined,
                    person: Person(by: "王\n", note: "no engine", principal: "desk-a")))),
        Sample.entry(5, Sample.escalated(2, to: Sample.leader, 1)),
        Sample.entry(
            6,
            .closed(ClosedRecord(incident: IncidentNumber(2), person: Person(by: "Li", note: "x", principal: "uid:li")))
        ),
        Sample.entry(7, reload(texts(["desk-a": "join: all", "hand-c": "report: all"]), closed: 3)),
        Sample.entry(
            8, reload(texts(["desk-a": "join: all", "hand-c": "report: all"], rules: "fallback: fire\n\n"), closed: 0)),
    ]

    private let files: TemporaryFiles
    private var state: String { files.path("state") }

    init() throws {
        files = try TemporaryFiles([:])
        let journal = try SQLiteJournalStore(folder: files.path("state")).open()
        try journal.append(Self.entries)
        journal.close()
    }

    private static let time = "2026-11-23 08:00:00"

    @Test func `everything that anybody did has a line, and nothing else`() throws {
        try expect(
            ["audit", "--journal", state],
            output: """
                \(Self.time)  –                 RELOAD, the first
                \(Self.time)  –                 REPORT, incident 2: Severe structure-fire by 网格员@110101005003002, A-1
                \(Self.time)  desk-a            RECEIVED fire 1
                \(Self.time)  desk-a            DECLINE fire 1, by 王 : “no engine”
                \(Self.time)  uid:li            CLOSE incident 2, by Li: “x”
                \(Self.time)  uid:li            RELOAD: clients: + hand-c, - hand-b, ~ desk-a; 3 connections closed
                \(Self.time)  uid:li            RELOAD: rules; 0 connections closed

                """)
    }

    private func line(_ record: JournalRecord) throws -> String {
        var json = JSONWriter()
        Sample.entry(20, record).writeOperation(nil, to: &json)
        return try readAnswer(json.bytes) { (json) throws(Refusal) in
            String(try AuditView.line(json, style: .plain).dropFirst(Self.time.count + 2 + 16 + 2))
        }
    }

    @Test func `what is no report and no word about an alert names what it was done to, by whom and why`() throws {
        let when = #"{"event":["\"火\\n"]}"#
        let until = Clock.near(Sample.start)
        #expect(
            try Sample.silences.map(line) == [
                "SILENCE 20 until \(until), even Extreme, by 李值班: “夜间施工”; when \(when)",
                #"SILENCE 20 until \#(until), by Li: “test”; when {"category":"Fire"}"#, "UNSILENCE 5, by Li: “over”",
                "UNSILENCE 5, by Li",
            ])
        let reopened = Sample.rings.filter { $0.operation == "reopen" }
        #expect(
            try reopened.map(line) == ["REOPEN incident 2, by 李值班", "REOPEN incident 7, by 李值班: “又冒烟”"])
        let split = try #require(Sample.joins.first { $0.operation == "split" })
        #expect(
            try line(split)
                == "SPLIT 网格员@110101005003002, J-4 out of incident 2: incident 20, by 李值班: “另一处”")
        let rated = RatedRecord(incident: IncidentNumber(2), rating: Rating(score: 2, note: "late", by: "Li"))
        #expect(try line(.rated(rated)) == "RATE incident 2, 2 of 5, by Li: “late”")
        #expect(
            try line(.closed(ClosedRecord(incident: IncidentNumber(2), person: Person(by: "Li", note: "x"))))
                == "CLOSE incident 2, by Li: “x”")
    }

    /// The words of a broker that is newer than this command.
    @Test func `an operation that this command does not know is no word about an alert`() throws {
        let json = #"{"position":7,"at":"2026-11-23T08:00:00Z","operation":"merge","incident":2,"by":"Li"}"#
        let line = try readAnswer(Array(json.utf8)) { (json) throws(Refusal) in try AuditView.line(json, style: .plain)
        }
        #expect(line.hasSuffix("  MERGE incident 2, by Li"))
    }

    @Test func `a reload after the beginning is compared with the rules before it`() throws {
        let since = "\(Sample.start + .milliseconds(7))"
        let run = try CommandRun(["audit", "--journal", state, "--since", since, "--by", "uid:li", "--json"])
        let at = { (position: Int64) in "\(Sample.start + .milliseconds(position))" }
        #expect(
            run.output
                == #"{"operations":[{"position":7,"at":"\#(at(7))","principal":"uid:li","operation":"reload","#
                + #""files":["clients"],"clients":{"added":["hand-c"],"removed":["hand-b"],"changed":["desk-a"]},"#
                + #""connectionsClosed":3},{"position":8,"at":"\#(at(8))","principal":"uid:li","operation":"reload","#
                + #""files":["rules"],"connectionsClosed":0}]}"# + "\n", "\(run.errors)")
        try expect(["audit", "--journal", state, "--by", "nobody"], output: "Nothing.\n")
        try expect(["audit", "--journal", state, "--by", "nobody", "--json"], output: "{\"operations\":[]}\n")
    }

    @Test func `a journal that is damaged or missing is an error`() throws {
        let run = try CommandRun(["audit", "--journal", files.path("nothing")])
        #expect(run.status == 1 && run.errors.contains("cannot be read"), "\(run.errors)")
    }

    /// Pieces, parts of rules, records in the tail alone: each operation once, in order.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `what is read in pieces is what was written`(seed: UInt64) throws {
        let random = RandomHistory(seed: seed, incidents: 30).entries
        let count = Int64(random.count)
        let parts: [JournalRecord] = [
            .rules(RulesRecord(RuleTexts(rules: "", departments: Self.departments), continues: true)),
            .rules(RulesRecord(RuleTexts(rules: "never "), after: Position(count), continues: true)),
            .rules(RulesRecord(RuleTexts(rules: "fallback: "), after: Position(count + 1), continues: true)),
            .rules(RulesRecord(RuleTexts(rules: "fire\n"), after: Position(count + 3), connectionsClosed: 1)),
        ]
        let all = random + zip((count + 1)..., parts).map { Sample.entry($0, $1) }
        let folder = files.path("random")
        let journal = try SQLiteJournalStore(folder: folder).open()
        try journal.append(all)
        // The daemon is there, and has some in its tail.
        var history = JournalHistory(folder, since: nil)
        var found: [JournalHistory.Operation] = []
        while let piece = try history.next() { found += piece }
        let expected = all.filter { $0.record.operation != nil }
        #expect(found.map(\.entry.position) == expected.map(\.position))
        #expect(found.map(\.entry.record.principal) == expected.map(\.record.principal))
        #expect(found.last?.rules?.now == RuleTexts(rules: "fallback: fire\n", departments: Self.departments))
        journal.close()
    }
}
