import Foundation
import Testing

@Suite struct DutyTests {
    private static let duty = """
        time-zone: Asia/Shanghai
        persons: [王建国, Li Mei]
        rosters:
          - recipient: fire
            layers:
              - { name: 周, persons: [王建国, Li Mei], every: week, from: 2026-11-30, hand-over: "08:00" }
          - recipient: leader@110101
            layers:
              - { name: days, persons: Li Mei, hours: Mon-Fri 08:00-18:00 }

        """

    private func files(duty: String = duty) throws -> TemporaryFiles {
        try TemporaryFiles([
            "departments.yaml": Fixture.departments, "grids.yaml": Fixture.grids, "rules.yaml": Fixture.rules,
            "duty.yaml": duty,
            "tocsin.yaml": "rules: rules.yaml\ndepartments: departments.yaml\ngrids: grids.yaml\nduty: duty.yaml\n",
        ])
    }

    @Test func `who is on duty stands in columns, Chinese as well`() throws {
        let files = try files()
        try expect(
            ["duty", "--file", files.path("duty.yaml"), "--at", "2026-12-04T20:00:00+08:00"],
            output: """
                Fri 2026-12-04 20:00 Asia/Shanghai
                recipient                      on duty  until                 next    by
                fire           消防救援支队    王建国   Mon 2026-12-07 08:00  Li Mei  周
                leader@110101  东城区值班领导  nobody   Mon 2026-12-07 08:00  Li Mei

                """)
    }

    @Test func `who is named twice is printed once`() throws {
        let files = try files()
        let asked = ["--file", files.path("duty.yaml"), "--at", "2026-12-04T20:00:00+08:00"]
        let once = try CommandRun(["duty", "fire"] + asked)
        #expect(once.status == 0)
        try expect(["duty", "fire", "fire"] + asked, output: once.output)
    }

    @Test func `a week is every shift from the day's beginning on`() throws {
        let files = try files()
        try expect(
            ["duty", "fire", "--week", "--config", files.path("tocsin.yaml"), "--at", "2026-12-04T20:00:00+08:00"],
            output: """
                Fri 2026-12-04 00:00 to Fri 2026-12-11 00:00 Asia/Shanghai

                fire 消防救援支队
                  Fri 2026-12-04 00:00  Mon 2026-12-07 08:00  王建国  周
                  Mon 2026-12-07 08:00  Fri 2026-12-11 00:00  Li Mei  周

                """)
    }

    @Test func `programs read an object`() throws {
        let files = try files()
        let arguments = ["duty", "--file", files.path("duty.yaml"), "--at", "2026-12-04T20:00:00+08:00", "--json"]
        try expect(
            arguments,
            output: """
                {"at":"2026-12-04T12:00:00.000Z","timeZone":"Asia/Shanghai","duty":[\
                {"recipient":"fire","onDuty":["王建国"],"by":"周","until":"2026-12-07T00:00:00.000Z",\
                "next":{"from":"2026-12-07T00:00:00.000Z","until":"2026-12-14T00:00:00.000Z","onDuty":["Li Mei"],"by":"周"}},\
                {"recipient":"leader@110101","onDuty":[],"until":"2026-12-07T00:00:00.000Z",\
                "next":{"from":"2026-12-07T00:00:00.000Z","until":"2026-12-07T10:00:00.000Z","onDuty":["Li Mei"],"by":"days"}}]}

                """)
        let week = try CommandRun(arguments + ["--week"])
        #expect(week.output.contains(#""shifts":[{"from":"2026-12-03T16:00:00.000Z","until":"#))
    }

    @Test func `a calendar is printed, and is a layer of another sheet`() throws {
        let files = try files()
        let run = try CommandRun([
            "duty", "fire", "--ics", "--file", files.path("duty.yaml"), "--at", "2026-12-04T20:00:00+08:00",
        ])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"))
        // The shift that runs has begun on Monday, and has that UID on each of its days.
        #expect(run.output.contains("UID:fire-20261130T000000Z@tocsin\r\n"), "\(run.output)")
        try run.output.write(toFile: files.path("out.ics"), atomically: false, encoding: .utf8)
        let second = "persons: [王建国, Li Mei]\nrosters: [{ recipient: gas, layers: [{ calendar: out.ics }] }]\n"
        try second.write(toFile: files.path("duty.yaml"), atomically: false, encoding: .utf8)
        let again = try CommandRun([
            "duty", "--file", files.path("duty.yaml"), "--at", "2026-12-08T20:00:00+08:00",
        ])
        #expect(again.output.contains("Li Mei   Mon 2026-12-14 00:00  王建国  out.ics"), "\(again.output)\(again.errors)")
    }

    @Test func `check names every problem of the sheet, and warns of a gap`() throws {
        let files = try files()
        let run = try CommandRun(["check", "--config", files.path("tocsin.yaml")])
        #expect(run.status == 0)
        #expect(run.output.contains("\(files.path("duty.yaml")): 2 rosters, times of Asia/Shanghai\n"))
        #expect(run.errors.contains("\(files.path("duty.yaml")):7:5: nobody is on duty for leader@110101 from "))
        let wrong = try self.files(
            duty: "persons: [王]\nrosters:\n  - { recipient: fyre, layers: [{ persons: 王 }] }\n"
                + "  - { recipient: gas, layers: [{ persons: 李 }] }\n")
        for arguments in [[wrong.path("duty.yaml")], ["--config", wrong.path("tocsin.yaml")]] {
            let refused = try CommandRun(["check"] + arguments)
            #expect(refused.status == 3)
            #expect(
                refused.errors == """
                    \(wrong.path("duty.yaml")):3:18: 'fyre' is not a department; valid are fire, gas; did you mean 'fire'?
                    \(wrong.path("duty.yaml")):4:43: '李' is not a person of this file's list; valid are 王

                    """)
        }
    }

    @Test(arguments: [
        (["police@110101"], "There is no recipient 'police@110101' in the directory"),
        (["gas"], "gas has no roster; there are rosters of fire, leader@110101"),
    ])
    func `what is not there is told`(arguments: [String], words: String) throws {
        let files = try files()
        let run = try CommandRun(["duty", "--file", files.path("duty.yaml")] + arguments)
        #expect(run.status == 3)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a configuration without a sheet says which key names one`() throws {
        let files = try files()
        try "rules: rules.yaml\ndepartments: departments.yaml\n".write(
            toFile: files.path("tocsin.yaml"), atomically: false, encoding: .utf8)
        let run = try CommandRun(["duty", "--config", files.path("tocsin.yaml")])
        #expect(run.status == 3)
        #expect(run.errors.contains("the key 'duty' names the file that has it"))
    }

    @Test(arguments: [
        (["--ics"], "--ics is for one recipient; name it."),
        (["fire", "--ics", "--json"], "Give --ics or --json, not both."),
        (["--file", "a", "--config", "b"], "Give --file or --config, not both."),
        (["--grids", "a"], "--departments, --grids and --holidays go with --file."),
        (["Fire Desk"], "is not a recipient"),
        (["--at", "tomorrow"], "valid is a time with its offset"),
    ])
    func `what does not go together is a wrong command line`(arguments: [String], words: String) throws {
        let run = try CommandRun(["duty"] + arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `the sheet of Dongcheng has no gap`() throws {
        let run = try CommandRun(["check", "--config", Self.root + "/Config/dongcheng/tocsin.yaml"])
        #expect(run.status == 0)
        #expect(!run.errors.contains("duty.yaml"), "\(run.errors)")
    }

    private static var root: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }
}
