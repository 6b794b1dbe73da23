import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinSQLite

@testable import tocsin

/// What `tocsin rules rehearse` says of a journal's incidents.
@Suite struct RehearseTests {
    private static let inForce = RuleTexts(
        rules: """
            fallback: leader@district
            rules:
              - name: fires
                when: { category: Fire }
                notify: fire
                escalate: [{ after: 3m, to: leader@district }]
            """,
        departments: Fixture.departments.replacing("zh: 值班领导,", with: "zh: 值班领导, may-subscribe: information,"),
        grids: Fixture.grids)

    private static let new = """
        fallback: leader@district
        rules:
          - name: fires
            when: { category: Fire }
            notify: [fire, gas]
            escalate: [{ after: 60s, to: leader@district }]

        """

    private let files: TemporaryFiles
    private var state: String { files.path("state") }

    init() throws {
        files = try Fixture.files(rules: Self.new)
    }

    /// A journal of four incidents by the rules in force, and what comes after them. It is opened once: programs that other
    /// tests start may hold its lock for a moment longer than it is open.
    private func write(_ more: [JournalEntry] = []) throws -> any Journal {
        let journal = try SQLiteJournalStore(folder: state).open()
        let incidents = [
            Self.incident(2, "鼓楼西大街\n起火"), Self.incident(3, nil), Self.incident(4, "演习", status: .exercise),
            Self.incident(5, "路障", category: .transport),
        ]
        try journal.append([Sample.entry(1, .rules(RulesRecord(Self.inForce)))] + incidents + more)
        return journal
    }

    private static func incident(
        _ position: Int64, _ headline: String?, category: TocsinModel.Category = .fire, status: ReportStatus = .actual
    ) -> JournalEntry {
        let fields = [
            #""identifier":"A-\#(position)","sender":"desk","sent":"2026-11-23T08:00:00Z","event":"火警""#,
            #""category":"\#(category.rawValue)","severity":"Severe","urgency":"Immediate","certainty":"Observed""#,
            #""status":"\#(status.rawValue)","area":{"grid":"110101"}"#,
        ]
        // JSON has an escape for the end of a line.
        let text = headline.map { #","headline":"\#($0.replacing("\n", with: "\\n"))""# } ?? ""
        let report = "{\(fields.joined(separator: ","))\(text)}"
        return Sample.entry(
            position,
            .incident(
                IncidentRecord(
                    name: ReportName(sender: "desk", identifier: "A-\(position)"), event: "火警", category: category,
                    severity: .severe, status: status, grid: GridCode("110101"), alerts: [], plans: [],
                    rules: Position(1), report: [UInt8](report.utf8))))
    }

    private func rehearse(_ arguments: String...) throws -> CommandRun {
        let since = "\(Sample.start)"
        return try CommandRun(
            ["rules", "rehearse", files.path("rules.yaml"), "--journal", state, "--since", since] + arguments)
    }

    @Test func `incidents with another routing have lines, and the totals follow`() throws {
        try write().close()
        let run = try rehearse()
        let time = "2026-11-23 08:00:00"
        let changes = """
                in addition  gas            must acknowledge at once
                sooner       leader@110101  after 60 s instead of after 3 min
            """
        let table = """
              recipient      in addition  no longer  sooner  later  must acknowledge  only informed
              gas                      #          –       –      –                 –              –
              leader@110101            –          –       #      –                 –              –
            """
        let expected = """
            2  \(time)   II Severe    鼓楼西大街 起火
            \(changes)
            3  \(time)   II Severe    火警
            \(changes)
            4  \(time)   II Severe    Exercise: 演习
            \(changes)

            Of 3 incidents since \(time), 2 are told otherwise.
            \(table.replacing("#", with: "2"))

            Of 1 exercise or test, 1 is told otherwise.
            \(table.replacing("#", with: "1"))

            """
        #expect(run.output == expected)
        #expect(run.errors == "")
        #expect(run.status == 0)
    }

    @Test func `programs get one object, and spreadsheets a record for each recipient`() throws {
        try write().close()
        let run = try rehearse("--json")
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any], "\(run.errors)")
        let changes = try #require(object["changes"] as? [[String: Any]])
        #expect(changes.map { $0["incident"] as? Int } == [2, 3, 4])
        let recipients = try #require(changes.first?["recipients"] as? [[String: Any]])
        #expect(recipients.map { $0["recipient"] as? String } == ["gas", "leader@110101"])
        #expect(recipients.map { $0["changes"] as? [String] } == [["added"], ["sooner"]])
        #expect(recipients.map { ($0["before"] as? [String: Int])?["toldAfterMs"] } == [nil, 180_000])
        #expect(recipients.map { ($0["after"] as? [String: Int])?["mustAcknowledgeAfterMs"] } == [0, 60_000])
        let real = try #require(object["real"] as? [String: Any])
        #expect((real["incidents"] as? Int, real["changed"] as? Int) == (3, 2))
        #expect(((object["exercises"] as? [String: Any])?["changed"] as? Int) == 1)

        let csv = try rehearse("--csv").output
        let records = csv.components(separatedBy: "\r\n")
        #expect(records.count == 1 + 6 + 1)
        #expect(records[1].hasPrefix("2,2026-11-23T08:00:00.125Z,Actual,Severe,Fire,火警,\"鼓楼西大街\n起火\",gas,added,,,0,0"))
        #expect(records[2].hasSuffix("leader@110101,sooner,180000,180000,60000,60000"))
    }

    @Test func `only some incidents are listed, and their number is said`() throws {
        let journal = try write((6...30).map { Self.incident($0, nil) })
        // The daemon is there, and has them in its tail.
        let run = try rehearse()
        #expect(run.output.contains("\nand 8 more incidents of which somebody is told otherwise: --all\n"))
        #expect(run.output.contains("Of 28 incidents since 2026-11-23 08:00:00, 27 are told otherwise."))
        let all = try rehearse("--all").output
        #expect(!all.contains("more"))
        #expect(all.components(separatedBy: "II Severe").count == 29)
        journal.close()
    }

    @Test func `the same rules tell nobody otherwise, and other rules can stand for those in force`() throws {
        try write().close()
        let run = try rehearse("--against", files.path("rules.yaml"))
        #expect(
            run.output == """
                Of 3 incidents since 2026-11-23 08:00:00, none is told otherwise.

                Of 1 exercise or test, none is told otherwise.

                """)
        let empty = try CommandRun(["rules", "rehearse", files.path("rules.yaml"), "--journal", state, "--last", "1h"])
        #expect(empty.output.hasPrefix("Of 0 incidents since "))
    }

    @Test func `of who is informed at once in any case it is said when it must acknowledge`() throws {
        try write().close()
        let informed = Self.new.replacing("notify: [fire, gas]", with: "notify: fire\n    inform: leader@district")
        let old = try Fixture.files(rules: informed.replacing("after: 60s", with: "after: 3m"))
        try informed.write(to: files.url("rules.yaml"), atomically: false, encoding: .utf8)
        let run = try rehearse("--against", old.path("rules.yaml"))
        #expect(
            run.output.contains("\n    sooner  leader@110101  must acknowledge after 60 s instead of after 3 min\n"),
            "\(run.output)\(run.errors)")
    }

    @Test func `subscriptions are rehearsed, and one that the new files do not allow is named`() throws {
        try write([
            Sample.entry(6, Sample.subscribed(Sample.leader, "所有", when: #"{"category":"Transport"}"#, at: 6)),
            Self.incident(7, "路障", category: .transport),
        ]).close()
        // The fallback is told of it in any case.
        try Self.new.replacing("leader@district\nrules", with: "gas\nrules").write(
            to: files.url("rules.yaml"), atomically: false, encoding: .utf8)
        let run = try rehearse("--departments", files.path("departments.yaml"))
        #expect(run.output.contains("gas            must acknowledge at once"))
        #expect(
            run.errors == """
                note: the subscription leader@110101 所有 is not in force by the new rules: leader@110101 may not \
                subscribe: its entry in the directory has no 'may-subscribe', which is information or action.

                """)
        try Self.inForce.departments.write(to: files.url("departments.yaml"), atomically: false, encoding: .utf8)
        let allowed = try rehearse()
        #expect(allowed.errors == "")
        #expect(allowed.output.contains("only informed  leader@110101  is informed at once, instead of: must"))
    }

    @Test func `wrong rules end with 3 and their problems, and a journal that is not there with 1`() throws {
        try write().close()
        let wrong = try Fixture.files(rules: "fallback: fyre\nrules: []\n")
        let rules = wrong.path("rules.yaml")
        let run = try CommandRun(["rules", "rehearse", rules, "--journal", state])
        #expect(run.status == 3)
        #expect(run.errors.hasPrefix("\(rules):1:11: ") && run.errors.contains("did you mean 'fire'?"), "\(run.errors)")
        #expect(run.output == "")

        let nowhere = try CommandRun(["rules", "rehearse", files.path("rules.yaml"), "--journal", files.path("none")])
        #expect(nowhere.status == 1)
        #expect(nowhere.errors.contains("cannot be read"), "\(nowhere.errors)")

        let bare = files.path("bare")
        let journal = try SQLiteJournalStore(folder: bare).open()
        journal.close()
        let without = try CommandRun(["rules", "rehearse", files.path("rules.yaml"), "--journal", bare])
        #expect(without.status == 1)
        #expect(without.errors.contains("no rules have been in force yet; say with --against"), "\(without.errors)")

        for words in [
            ["--last", "2026-11-23T08:00:00Z"], ["--last", "30days"], ["--last", "0d"], ["--last", "99999d"],
        ] {
            let run = try CommandRun(["rules", "rehearse", files.path("rules.yaml")] + words)
            #expect(run.status == 64)
            #expect(run.errors.contains("such as 30m, 8h or 30d"), "\(run.errors)")
        }
        #expect(try rehearse("--last", "8h").errors.contains("Give --last or --since, not both."))
        #expect(try rehearse("--csv", "--json").errors.contains("Give --csv or --json, not both."))
    }
}
