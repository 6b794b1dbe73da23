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
        return Readiness(drill: drill, startedAt: Timestamp(milliseconds: 0), [(0, page)])
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
        let lines = DrillView.lines(readiness, style: .plain)
        #expect(lines.contains { $0.contains("ems") && $0.contains("王, 李, 张") }, "\(lines)")
        let stoodDown = lines.first { $0.contains("police") } ?? ""
        #expect(stoodDown.contains("nobody") && stoodDown.contains("somebody else has it"))
        #expect(lines.contains { $0.contains("fire") && $0.contains("–") && $0.contains("Zhao") })
        let csv = DrillView.csv(readiness).split(separator: "\r\n")
        #expect(csv[1] == "1,7,fire,fire,action,0,,0,10,1500,acknowledged,Zhao,2000,yes")
        #expect(csv[2] == "1,7,fire,police,action,0,nobody,0,,,silenced,,,")
        #expect(csv[3] == #"1,7,fire,ems,information,0,"王; 李, 张",0,,,queued,,1000,no"#)
        let json = String(decoding: DrillView.json(readiness), as: UTF8.self)
        #expect(json.contains(#""onDuty":["王","李, 张"]"#) && json.contains(#""onDuty":[]"#))
    }
}
