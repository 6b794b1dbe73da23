import Testing
import TocsinModel

@testable import TocsinRouting

struct DrillFileTests {
    private static let directory = """
        departments: [{ name: fire, zh: 消防, en: Fire }, { name: ems, zh: 急救, en: EMS }]
        roles:
          - { name: police, at: street, zh: 派出所, en: Police }
          - { name: hub, at: street, zh: 中继站, en: Hub, supervised-by: ems }
        """
    private static let places = """
        places:
          "110101": 东城区
          "110101005": 北新桥街道
        """
    private static let report = #"{ event: fire, category: Fire, severity: Severe, area: { grid: "110101005" } }"#

    private func drill(_ yaml: String) throws -> Drill {
        let directory = try Directory(
            departments: Self.directory, departmentsFile: "d", grids: Self.places, gridsFile: "g")
        return try Drill(yaml: yaml, file: "x", directory: directory)
    }

    private func problems(_ yaml: String) -> [String] { TocsinRoutingTests.problems { _ = try drill(yaml) } }

    @Test func `a drill has its reports in the order of their times, and roles at the places of the reports`() throws {
        let drill = try drill(
            """
            name: 演练
            wait: 1m
            reports:
              - at: 30s
                report: { event: late, category: Other, severity: Minor, sender: handheld-7 }
                expect: [{ recipient: ems, within: 500ms }]
              - at: 0s
                report: \(Self.report)
                expect: [{ recipient: police@street, within: 1m }, { recipient: fire, within: 10s }]
            """)
        #expect((drill.name, drill.wait) == ("演练", .seconds(60)))
        #expect(drill.entries.map(\.at) == [.zero, .seconds(30)])
        #expect(drill.entries.map(\.exercise?.hasSender) == [false, true])
        #expect(drill.entries.map(\.exercise?.report.event) == ["fire", "late"])
        #expect(drill.entries.map(\.exercise?.type) == [.alert, .alert])
        #expect(drill.expectations == 3)
        #expect(drill.entries[0].expected.map(\.recipient.name) == ["police@110101005", "fire"])
        #expect(drill.entries[1].expected.map(\.within) == [.milliseconds(500)])
    }

    @Test func `a drill needs those from whom it expects something, and the places of what is to be taken`() throws {
        let drill = try drill(
            """
            name: x
            reports:
              - { at: 0s, silent: hub@110101005, expect: [{ recipient: ems, within: 1s }] }
              - { at: 1s, report: { event: e, category: Other, severity: Minor, area: { grid: "110101" } }, refused: busy }
              - at: 2s
                report: \(Self.report)
                expect: [{ recipient: ems, within: 1s }]
                rating: { score: 1, expect: [{ recipient: police@street, within: 1s }] }
            """)
        #expect(drill.recipients.map(\.name) == ["ems", "hub@110101005", "police@110101005"])
        #expect(drill.places.map(\.description) == ["110101005"])
    }

    @Test func `a recorded drill counts from its first report, and may be faster`() throws {
        let drill = try drill(
            """
            name: calls
            speed: 60
            reports:
              - { at: 2026-11-23T08:12:00+08:00, report: \(Self.report) }
              - { at: 2026-11-23T08:10:00+08:00, report: \(Self.report), expect: [{ recipient: fire, within: 1s }] }
            """)
        #expect(drill.entries.map(\.at) == [.zero, .seconds(2)])
        #expect(drill.wait == .seconds(30))
    }

    @Test func `a report is news of earlier ones, is refused or rated, and a link falls silent`() throws {
        let drill = try drill(
            """
            name: x
            reports:
              - { at: 2s, cancels: [first, second], report: R }
              - { at: 0s, name: first, report: R, expect: [E] }
              - { at: 1s, name: second, updates: first, report: R, rating: { score: 2, by: 李, note: 太晚, expect: [E] } }
              - { at: 3s, report: R, refused: busy }
              - { at: 4s, silent: hub@110101005, expect: [E] }
            """.replacing("report: R", with: "report: \(Self.report)")
                .replacing("[E]", with: "[{ recipient: fire, within: 1s }]"))
        let exercises = drill.entries.map(\.exercise)
        #expect(exercises.map { $0?.type } == [.alert, .update, .cancel, .alert, nil])
        #expect(exercises.map { $0?.origins } == [[], ["first"], ["first", "second"], [], nil])
        #expect(exercises.map { $0?.refusal } == [nil, nil, nil, .busy, nil])
        #expect(exercises[1]?.rating?.rating == Rating(score: 2, note: "太晚", by: "李"))
        #expect(exercises[1]?.rating?.expected.map(\.recipient.name) == ["fire"])
        #expect(drill.entries[4].happening == .silence(try #require(Recipient("hub@110101005"))))
        #expect(drill.expectations == 5)
    }

    @Test(arguments: [
        ("report: R, updates: b", "'b' is not the name of a report of the drill; valid are a"),
        ("report: R, updates: a, cancels: a", "a report updates or cancels, and does not do both; leave one out"),
        ("report: R, updates: []", "updates is an empty list"),
        ("report: R, name: a", "'a' is the name of two reports; each needs its own"),
        ("report: R, name: c, updates: c", "'c' is not reported before this; make its 'at' earlier"),
        ("report: S, cancels: a", "'a' is another sender's, and a Cancel ends what its own sender has reported"),
        (
            "report: { event: e, category: Fire, severity: Minor, msgType: Update }",
            "what a report is news of stands beside 'report': 'updates' or 'cancels', with the 'name' of an earlier one"
        ),
        ("report: R, refused: bussy", "valid are notPermitted, busy; did you mean 'busy'?"),
        ("report: R, refused: busy, expect: [E]", "of a report that is refused nobody is told"),
        ("report: R, rating: { by: Li }", "a rating needs 'score', which is missing"),
        ("report: R, rating: { score: 0 }", "'0' is not a score; valid are 1, the worst, to 5, the best"),
        ("report: R, rating: { score: 3, expect: [E] }", "nobody is told of a rating of 3 or more"),
        (
            "report: R, rating: { score: 1, stars: 2 }",
            "'stars' is not a key of a rating; valid are score, by, note, expect"
        ),
        ("silent: hub@110101005", "a report of the drill needs 'expect', which is missing"),
        ("silent: ems, expect: [E]", "nobody supervises ems, so nobody is told when it falls silent"),
        ("silent: hub@street, expect: [E]", "'hub@street' has no place here; name one of the directory's"),
        (
            "silent: hub@110101005, report: R, expect: [E]",
            "'report' is said of a report, and what falls silent reports nothing"
        ),
    ]) func `what cannot be played says what is right`(entry: String, problem: String) throws {
        let yaml = "name: x\nreports:\n  - { at: 0s, name: a, report: R, expect: [E] }\n  - { at: 1s, \(entry) }"
            .replacing("[E]", with: "[{ recipient: fire, within: 1s }]")
            .replacing("report: R", with: "report: \(Self.report)")
            .replacing("report: S", with: "report: { sender: b, event: e, category: Fire, severity: Minor }")
        let found = problems(yaml)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }

    @Test(arguments: [
        ("reports: []", "x:1:1: a drill needs 'name', which is missing"),
        ("name: x\nreports: []", "x:2:10: there is no report; a drill has at least one"),
        ("name: x\nreport: []", "x:2:1: 'report' is not a key of a drill; valid are name, wait, speed, reports"),
        ("name: x\nwait: 0s\nreports: []", "x:2:7: '0s' is not a duration for wait"),
        ("name: x\nspeed: 1001\nreports: []", "x:2:8: '1001' is not a speed; valid are whole numbers from 1 to 1000"),
        ("name: x\nreports:\n  - { at: 0s, report: R }", "x:1:1: the drill names nobody"),
        ("name: x\nspeed: 2\nreports:\n  - { at: 0s, report: R, expect: E }", "x:2:8: 'speed' is for a recorded drill"),
        (
            "name: x\nreports:\n  - { at: now, report: R, expect: E }",
            "x:3:11: 'now' is not a time of a drill; valid are durations from its beginning such as 0s, 30s or 2m"
        ),
        (
            "name: x\nreports:\n  - { at: 2026-11-23T08:10:00Z, report: R, expect: E }\n  - { at: 1s, report: R }",
            "x:4:11: the drill is recorded, and this is no time such as its others"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: { event: e, category: Fyre, severity: Minor }, expect: E }",
            "x:3:45: "
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: { category: Fire, severity: Minor }, expect: E }",
            "x:3:23: a report of a drill needs 'event', which is missing"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: { status: Actual, event: e, category: Fire, severity: Minor } }",
            "x:3:33: a drill reports exercises alone; leave 'status' out, or say Exercise"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: { identifier: a, event: e, category: Fire, severity: Minor } }",
            "x:3:25: 'identifier' is given anew each time that the drill is played; leave it out"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: R, expect: [{ recipient: gas, within: 1s }] }",
            "'gas' is not a department; valid are fire, ems"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: R, expect: [{ recipient: fire }] }",
            "who is expected needs 'within', which is missing"
        ),
        (
            "name: x\nwait: 1s\nreports:\n  - { at: 0s, report: R, expect: [{ recipient: fire, within: 2s }] }",
            "this is longer than the drill waits after its last report"
        ),
        (
            "name: x\nreports:\n  - { at: 0s, report: R, expect: [E1, E1] }",
            "fire is expected twice"
        ),
        (
            #"name: x\#nreports:\#n  - { at: 0s, report: { event: e, category: Fire, severity: Minor, area: { grid: "110101009" } } }"#,
            "'110101009' is not a street of the directory; valid are 110101005"
        ),
    ]) func `a wrong file says what is right`(yaml: String, problem: String) throws {
        let expected = "{ recipient: fire, within: 1s }"
        let yaml = yaml.replacing("E1", with: expected).replacing("expect: E", with: "expect: [\(expected)]")
            .replacing("report: R", with: "report: \(Self.report)")
        let found = problems(yaml)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }
}
