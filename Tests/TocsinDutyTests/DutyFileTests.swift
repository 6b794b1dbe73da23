import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinDuty

struct DutyFileTests {
    @Test(arguments: [
        ("layers: [{ persons: 孙 }]", "5:25: '孙' is not a person of this file's list; valid are 王, 李, 赵"),
        ("layers: [{ persons: [王, 李], every: week }]", "5:14: a layer in which people take turns needs 'from'"),
        ("layers: [{ persons: 王, every: week }]", "5:35: 'every' is for people who take turns"),
        ("layers: [{ persons: [王, 李], every: month, from: 2026-11-30 }]", "5:40: 'month' is not how long a turn lasts"),
        ("layers: [{ persons: 王, hand-over: 8am }]", "5:39: '8am' is not a time of day; valid are 00:00 to 23:59"),
        ("layers: [{ persons: 王, hours: Mon-Fry }]", "5:35: 'Fry' is not a day"),
        ("layers: [{ persons: 王, hours: holidays }]", "5:35: 'holidays' needs the file of holidays"),
        ("layers: [{ persons: 王, from: 30.11.2026 }]", "5:34: '30.11.2026' is not a date for from"),
        ("layers: [{ calendar: ../fire.ics }]", "5:26: '../fire.ics' is not a calendar; valid is the name of a file"),
        ("layers: [{ calendar: /etc/fire.ics }]", "5:26: '/etc/fire.ics' is not a calendar"),
        ("layers: [{ calendar: fire.ics }]", "5:26: fire.ics cannot be read: there is no such file"),
        ("layers: [{ persons: 王, calender: fire.ics }]", "5:28: 'calender' is not a key of a layer"),
        ("layers: [{ name: a, persons: 王 }, { name: a, persons: 李 }]", "5:39: the name 'a' is taken"),
        (
            "overrides: [{ from: 2026-12-05, to: 2026-12-06T08:00, persons: 王 }]",
            "5:25: '2026-12-05' is not a time for from"
        ),
        ("overrides: [{ from: 2026-12-05T09:00, to: 2026-12-05T08:00, persons: 王 }]", "5:17: the override ends before"),
        ("overrides: [{ from: 2026-12-05T09:00, to: 2026-12-05T10:00 }]", "5:17: an override needs 'persons'"),
        ("cover: Mon-Fri", "4:5: the roster has nobody"),
    ])
    func `what is wrong is told with its place and what would be valid`(roster: String, problem: String) {
        let problems = Sheet.problems { try Sheet.fire(roster) }
        #expect(problems.first?.hasPrefix("site/duty.yaml:\(problem)") == true, "\(problems)")
        #expect(problems.count == 1, "\(problems)")
    }

    @Test(arguments: [
        ("rosters: [{ recipient: fyre, layers: [{ persons: 王 }] }]", "3:24: 'fyre' is not a department"),
        (
            "rosters: [{ recipient: leader@street, layers: [{ persons: 王 }] }]",
            "3:24: 'leader@street' is a mailbox at each street"
        ),
        (
            "rosters: [{ recipient: [fire, fire], layers: [{ persons: 王 }] }]",
            "3:11: fire has a roster already, in line 3"
        ),
        ("roster: []", "1:1: the duty file needs 'rosters', which is missing"),
    ])
    func `rosters are for mailboxes of the directory, each for one`(text: String, problem: String) {
        let problems = Sheet.problems { try Sheet(text) }
        #expect(problems.contains { $0.hasPrefix("site/duty.yaml:\(problem)") }, "\(problems)")
    }

    @Test(arguments: [
        ("王, 王", "2:14: '王' is there already, in line 2"), ("\"王, 李\"", "2:11: '王, 李' is not the name of a person"),
        ("{ name: 王, leave: 2026-13-01 }", "2:29: '2026-13-01' is not a time of leave"),
        ("{ name: 王, leave: 2026-12-05/2026-12-01 }", "2:29: 2026-12-05/2026-12-01 ends before it begins"),
    ])
    func `persons have one entry each and a time of leave that is one`(persons: String, problem: String) {
        let problems = Sheet.problems { try Sheet("rosters: []", persons: persons) }
        #expect(problems.first?.hasPrefix("site/duty.yaml:\(problem)") == true, "\(problems)")
    }

    @Test func `with a zone that is none the rest is looked at all the same`() {
        let problems = Sheet.problems {
            try Sheet(
                "rosters: [{ recipient: fyre, layers: [{ persons: 孙, every: 0 weeks }] }]", persons: "王, 王",
                zone: "Asia/Dongcheng")
        }
        let places = problems.map { $0.split(separator: ":").prefix(3).joined(separator: ":") }
        #expect(
            places == [
                "site/duty.yaml:1:12", "site/duty.yaml:2:14", "site/duty.yaml:3:24", "site/duty.yaml:3:50",
                "site/duty.yaml:3:60", "site/duty.yaml:3:60",
            ], "\(problems)")
    }

    @Test func `one roster serves several mailboxes`() throws {
        let sheet = try Sheet("rosters: [{ recipient: [fire, leader@110101001], layers: [{ persons: 王 }] }]")
        let now = try sheet.time("2026-12-01T00:00")
        #expect(sheet.table.rosters.map(\.recipient.name) == ["fire", "leader@110101001"])
        #expect(sheet.table.duty(of: sheet.table.rosters[1].recipient, at: now)?.persons == ["王"])
        let gas = try #require(Recipient("gas"))
        #expect(sheet.table.duty(of: gas, at: now) == nil)
    }
}
