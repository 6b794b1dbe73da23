import Testing
import TocsinClient
import TocsinModel
import TocsinRouting

@testable import tocsin

/// What the table of a drill makes of the broker's answers.
struct DrillTableTests {
    private static let directory = """
        departments: [{ name: fire, zh: 消防, en: Fire }, { name: police, zh: 警, en: P }, { name: ems, zh: 急救, en: EMS }]
        """
    private static let drill = """
        name: small
        reports:
          - at: 0s
            report: { event: fire, category: Fire, severity: Severe }
            expect: [{ recipient: fire, within: 2s }, { recipient: ems, within: 1s }]
        """
    private static let page = """
        {"incident":7,"open":true,"storedAt":"2026-11-23T08:10:00.000Z","report":{},
         "alerts":[
           {"recipient":"fire","number":1,"purpose":"action","rule":"r","escalation":0,"state":"acknowledged"},
           {"recipient":"police","number":1,"purpose":"action","rule":"r","escalation":0,"state":"silenced","onDuty":[]},
           {"recipient":"ems","number":1,"purpose":"information","rule":"r","escalation":0,"state":"queued",
            "onDuty":["王","李, 张"]}],
         "timeline":[
           {"at":"2026-11-23T08:10:00.000Z","state":"stored"},
           {"at":"2026-11-23T08:10:00.010Z","state":"received","recipient":"fire","number":1},
           {"at":"2026-11-23T08:10:00.500Z","state":"declined","recipient":"fire","number":1,"by":"Li"},
           {"at":"2026-11-23T08:10:01.500Z","state":"acknowledged","recipient":"fire","number":1,"by":"Zhao"},
           {"at":"2026-11-23T08:10:01.500Z","state":"silenced","recipient":"police","number":1,"by":"Zhao"},
           {"at":"2026-11-23T08:20:00.000Z","state":"rung","recipient":"ems","number":1,"cause":"unanswered"}]}
        """

    private func readiness() throws -> Readiness {
        let directory = try Directory(departments: Self.directory, departmentsFile: "d", grids: nil, gridsFile: "")
        let drill = try Drill(yaml: Self.drill, file: "x", directory: directory)
        let page = try readAnswer([UInt8](Self.page.utf8)) { (json) throws(Refusal) in try IncidentPage(json: json) }
        return Readiness(drill: drill, startedAt: Timestamp(milliseconds: 0), [.init(index: 0, page: page)])
    }

    @Test func `the last word before somebody has it counts, and who is stood down owes nothing`() throws {
        let readiness = try readiness()
        let alerts = readiness.lines.compactMap(\.alert)
        #expect(alerts.map(\.acknowledged) == [.milliseconds(1500), nil, nil])
        #expect(alerts.map(\.delivered) == [.milliseconds(10), nil, nil])
        #expect(alerts.map(\.isSettled) == [true, true, false])
        #expect(readiness.lines.map(\.isReached) == [true, nil, false])
        #expect((readiness.expected, readiness.missed) == (2, 1))
    }

    @Test func `who is on duty is shown, and that nobody is, and that there is no roster`() throws {
        let readiness = try readiness()
        let lines = DrillView.lines(readiness, style: .plain, width: .max)
        #expect(lines.contains { $0.contains("ems") && $0.contains("王, 李, 张") }, "\(lines)")
        let stoodDown = lines.first { $0.contains("police") } ?? ""
        #expect(stoodDown.contains("nobody") && stoodDown.contains("somebody else has it"))
        #expect(lines.contains { $0.contains("fire") && $0.contains("–") && $0.contains("Zhao") })
        let csv = DrillView.csv(readiness).split(separator: "\r\n")
        #expect(csv[1] == "1,7,fire,fire,action,0,,0,10,1500,acknowledged,Zhao,2000,yes,")
        #expect(csv[2] == "1,7,fire,police,action,0,nobody,0,,,silenced,,,,")
        #expect(csv[3] == #"1,7,fire,ems,information,0,"王; 李, 张",0,,,queued,,1000,no,"#)
        let json = String(decoding: DrillView.json(readiness), as: UTF8.self)
        #expect(json.contains(#""onDuty":["王","李, 张"]"#) && json.contains(#""onDuty":[]"#))
    }

    private static let update = """
        {"incident":8,"open":true,"storedAt":"2026-11-23T08:10:02.000Z","report":{},
         "alerts":[{"recipient":"ems","number":2,"purpose":"action","rule":"r","escalation":0,"state":"acknowledged"}],
         "timeline":[{"at":"2026-11-23T08:10:02.600Z","state":"acknowledged","recipient":"ems","number":2,"by":"Li"}]}
        """

    @Test func `of a report that has joined an incident those are judged whom it told`() throws {
        let directory = try Directory(departments: Self.directory, departmentsFile: "d", grids: nil, gridsFile: "")
        let drill = try Drill(yaml: Self.drill, file: "x", directory: directory)
        let outcome = Readiness.Outcome(index: 0, page: try page(Self.page), update: try page(Self.update))
        let readiness = Readiness(drill: drill, startedAt: Timestamp(milliseconds: 0), [outcome])
        #expect(
            DrillView.csv(readiness).split(separator: "\r\n").dropFirst() == [
                "1,8,fire,ems,action,0,,0,600,600,acknowledged,Li,1000,yes,", "1,8,fire,fire,,,,,,,,,2000,no,",
            ])
        #expect((readiness.expected, readiness.missed) == (2, 1))
    }

    private static let rated = """
        name: rated
        reports:
          - at: 0s
            report: { event: petition, category: Other, severity: Minor }
            expect: [{ recipient: fire, within: 2s }]
            rating:
              score: 2
              by: 李
              expect: [{ recipient: fire, within: 1s }, { recipient: ems, within: 1s }]
          - { at: 1s, report: { event: flood, category: Other, severity: Minor }, refused: busy }
        """
    private static let reopened = """
        {"incident":7,"open":true,"storedAt":"2026-11-23T08:10:00.000Z","report":{},
         "alerts":[
           {"recipient":"fire","number":1,"purpose":"action","rule":"r","escalation":0,"state":"resolved"},
           {"recipient":"fire","number":2,"purpose":"action","rule":"r","escalation":0,"state":"acknowledged"}],
         "timeline":[
           {"at":"2026-11-23T08:10:00.000Z","state":"stored"},
           {"at":"2026-11-23T08:10:01.000Z","state":"resolved","recipient":"fire","number":1,"by":"Zhao"},
           {"at":"2026-11-23T08:10:01.000Z","state":"closed"},
           {"at":"2026-11-23T08:10:05.000Z","state":"rated","score":2,"by":"李"},
           {"at":"2026-11-23T08:10:05.000Z","state":"reopened","by":"李"},
           {"at":"2026-11-23T08:10:05.700Z","state":"acknowledged","recipient":"fire","number":2,"by":"Zhao"}]}
        """
    private static let low = """
        {"incident":9,"open":false,"storedAt":"2026-11-23T08:10:05.000Z","report":{},
         "alerts":[{"recipient":"ems","number":1,"purpose":"information","rule":"rated-low","escalation":0,"state":"received"}],
         "timeline":[{"at":"2026-11-23T08:10:05.400Z","state":"received","recipient":"ems","number":1}]}
        """

    private func page(_ json: String) throws -> IncidentPage {
        try readAnswer([UInt8](json.utf8)) { (json) throws(Refusal) in try IncidentPage(json: json) }
    }

    @Test func `what is expected of a rating counts from it, and refusals and ratings have rows of their own`() throws {
        let directory = try Directory(departments: Self.directory, departmentsFile: "d", grids: nil, gridsFile: "")
        let drill = try Drill(yaml: Self.rated, file: "x", directory: directory)
        let outcome = Readiness.Outcome(
            index: 0, page: try page(Self.reopened), isRated: true, lowRating: try page(Self.low))
        let readiness = Readiness(
            drill: drill, startedAt: Timestamp(milliseconds: 0), [outcome, .init(index: 1, refusal: .busy)])
        #expect((readiness.expected, readiness.missed, readiness.isSettled) == (5, 0, true))
        let csv = DrillView.csv(readiness).split(separator: "\r\n")
        #expect(
            csv.dropFirst() == [
                "1,7,petition,fire,action,0,,0,1000,1000,resolved,Zhao,2000,yes,",
                "1,7,petition,fire,action,0,,0,700,700,acknowledged,Zhao,1000,yes,",
                "1,7,petition,,,,,,,,rated,李,,yes,2",
                "1,9,rated-low,ems,information,0,,0,400,,received,,1000,yes,",
                "2,,flood,,,,,,,,refused,,,yes,busy",
            ])
        let lines = DrillView.lines(readiness, style: .plain, width: .max)
        #expect(lines.contains { $0.contains("rated 2 of 5 by 李") && $0.contains("expected: yes") }, "\(lines)")
        #expect(lines.contains { $0.contains("flood") && $0.contains("refused, busy") }, "\(lines)")
        #expect(lines.last == "  ready: all 5 expectations were met in time")
        let json = String(decoding: DrillView.json(readiness), as: UTF8.self)
        #expect(
            json.contains(
                #""refusals":[{"report":2,"event":"flood","expected":"busy","code":"busy","reached":true}]"#))
        #expect(
            json.contains(
                #""ratings":[{"report":1,"incident":7,"event":"petition","score":2,"by":"李","reached":true}]"#))
    }

    @Test func `an incident that is not over is not rated, and what was not refused was missed`() throws {
        let directory = try Directory(departments: Self.directory, departmentsFile: "d", grids: nil, gridsFile: "")
        let drill = try Drill(yaml: Self.rated, file: "x", directory: directory)
        let readiness = Readiness(
            drill: drill, startedAt: Timestamp(milliseconds: 0),
            [.init(index: 0, page: try page(Self.page)), .init(index: 1, page: try page(Self.low))])
        #expect((readiness.expected, readiness.missed, readiness.isSettled) == (5, 4, false))
        #expect(readiness.answers.map(\.isReached) == [false, false])
        let verdict = DrillView.lines(readiness, style: .plain, width: .max).last
        #expect(verdict == "  not ready: 4 of 5 expectations were not met in time")
    }

    @Test func `where the table is too wide each recipient has lines of its own, and nothing is left out`() throws {
        let lines = DrillView.lines(try readiness(), style: .plain, width: 80)
        #expect(
            lines.dropFirst(2) == [
                "  incident 7: fire",
                "    fire    action       within 2 s: yes",
                "      delivered after 10 ms; acknowledged after 1.5 s by Zhao",
                "    police  action",
                "      not delivered; somebody else has it; nobody on duty",
                "    ems     information  within 1 s: no",
                "      not delivered; on duty: 王, 李, 张",
                "  not ready: 1 of 2 expectations were not met in time",
            ])
    }

    @Test(arguments: ["csv", "json"])
    func `standard output is no file for the table`(form: String) throws {
        let run = try CommandRun(["drill", "drill.yaml", "--\(form)", "-"])
        let words = "Standard output has the table for people; name a file, such as --\(form) ready.\(form)."
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.status == 64)
    }

    @Test func `the drill that the help shows is right`() throws {
        let help = try CommandRun(["drill", "--help"]).output
        #expect(help.contains("Drills.md"))
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        let example = lines.drop { !$0.hasPrefix("  name: ") }.prefix { !$0.isEmpty }
        #expect(example.count == 12 && example.allSatisfy { $0.count <= 80 })
        let files = try Fixture.files()
        let text = example.map { $0.dropFirst(2) + "\n" }.joined()
        let drill = try TemporaryFiles(["drill.yaml": text])
        try expect(
            ["drill", drill.path("drill.yaml"), "--check", "--departments", files.path("departments.yaml")],
            output: """
                \(drill.path("drill.yaml")): 东城演练 Dongcheng drill: 2 reports, 2 expectations, 1 min 30 s and 30 s for \
                answers: all right.

                """)
    }

    private static let grids = """
        places: { "110101": 东城区, "110101005": 北新桥街道, "110101005003": 草园社区, "110101005003002": 草园社区第二网格 }
        """
    private static let officers = """
        departments: [{ name: fire, zh: 消防, en: Fire }]
        roles: [{ name: responsible-officer, at: grid, zh: 网格责任人, en: Responsible Officer }]
        """
    private static let long = """
        name: 重庆—天津演练 Chongqing and Tianjin drill
        reports:
          - at: 0s
            report: { event: e, category: Other, severity: Minor, area: { grid: "110101005003002" } }
            expect: [{ recipient: responsible-officer@grid, within: 20s }]
            rating: { score: 5, by: 楼上楼下两家的当家人和邻居 both families and all the neighbours of the house }
        """
    private static let full = """
        {"incident":123456,"open":false,"storedAt":"2026-11-23T08:10:00.000Z","report":{"identifier":"a1"},
         "alerts":[
           {"recipient":"responsible-officer@110101005003002","number":1,"purpose":"action","rule":"r","escalation":2,
            "state":"resolved","onDuty":["楼上楼下两家的当家人 Zhou Jianjun","中介组织调解委员会值班员 Wu Fang"]}],
         "timeline":[
           {"at":"2026-11-23T08:10:03.000Z","state":"escalated","recipient":"responsible-officer@110101005003002","number":1},
           {"at":"2026-11-23T08:10:04.000Z","state":"resolved","recipient":"responsible-officer@110101005003002","number":1,
            "by":"楼上楼下两家的当家人 Zhou Jianjun"}]}
        """

    @Test func `long names are broken between lines of 80 columns, and are whole in the files`() throws {
        let directory = try Directory(
            departments: Self.officers, departmentsFile: "d", grids: Self.grids, gridsFile: "g")
        let drill = try Drill(yaml: Self.long, file: "x", directory: directory)
        let found = try page(Self.full)
        #expect(found.identifier == "a1")
        let readiness = Readiness(
            drill: drill, startedAt: Timestamp(milliseconds: 0), [.init(index: 0, page: found, isRated: true)])
        for style in [Style.plain, Style(isColoured: true)] {
            let lines = DrillView.lines(readiness, style: style, width: 80)
            #expect(lines.allSatisfy { $0.displayWidth <= 80 }, "\(lines)")
        }
        func words(_ width: Int) -> Set<Substring> {
            Set(DrillView.lines(readiness, style: .plain, width: width).flatMap { $0.split { " ;,".contains($0) } })
        }
        #expect(
            words(80).isSuperset(of: ["responsible-officer@110101005003002", "step", "Jianjun", "Fang", "neighbours"]))
        #expect(DrillView.csv(readiness).contains("楼上楼下两家的当家人 Zhou Jianjun; 中介组织调解委员会值班员 Wu Fang"))
        let json = String(decoding: DrillView.json(readiness), as: UTF8.self)
        #expect(json.contains("both families and all the neighbours"))
    }

    @Test func `a drill that a broker cannot play says what it does not have, and what would be right`() {
        let unknown = UnknownToBroker(
            recipients: [Recipient("fire"), Recipient("police@110101005")].compactMap(\.self),
            places: [GridCode("110101005003002")].compactMap(\.self))
        #expect(
            unknown.failure(of: "x/drill.yaml", at: "ipc:///c", configuration: "x/tocsin.yaml").description == """
                x/drill.yaml: the broker at ipc:///c has another directory than this drill, so nothing was sent
                x/drill.yaml: it has no recipient fire, police@110101005
                x/drill.yaml: it has no place 110101005003002
                x/drill.yaml: start it with the drill's configuration, 'tocsind --config x/tocsin.yaml'; if it was, \
                'tocsin reload' has it read the files again
                """)
    }
}
