import Foundation
import TocsinConfiguration
import TocsinModel
import TocsinRouting

/// Files that operators write: they are read or refused, with problems that name the file.
extension FuzzTarget {
    private static let rulesText = """
        fallback: desk
        rules:
          - name: structure fire
            when:
              category: Fire
              event: [structure-fire, vehicle-fire]
              severity: at least Moderate
              within: "110101"
              parameter: { trapped: "true" }
              status: [Actual, Test]
            notify: [fire, leader]
            inform: [desk]
            acknowledge-within: 60s
            escalate:
              - { after: 60s, to: leader }
              - { after: 3m, to: desk }
            stop: true
          - { name: rest, notify: desk }

        """
    /// What rules ask beside that: texts, places and hours, in and around one another.
    private static let conditionsText = """
        fallback: desk
        rules:
          - name: 毒气 gas
            when:
              text: { contains: [毒气, gas], in: [headline, description] }
              matches: { headline: "(?i)explo(sion|ded)" }
              near: { point: [39.93, 116.42], radius: 500m }
              during: [Mon-Fri 08:00-18:00 Asia/Shanghai, "22:00-06:00 UTC", holidays]
              event-code: { SAME: [FRW] }
              sender: ["call-centre-*"]
              urgency: at most Expected
              certainty: [Observed]
              message: [Alert, Update]
              not: { event: drill, during: workdays }
              any:
                - { severity: Extreme }
                - { not: { text: { contains: 烟 } }, near: { point: [90, -180], radius: 20km } }
            notify: [fire, leader]
          - { name: holidays, when: { during: holidays Asia/Shanghai }, notify: desk }

        """
    private static let holidaysText = """
        off:
          - 2026-10-01/2026-10-07
          - 2026-01-01
        work:
          - 2026-10-10

        """
    private static let expectText = """
        expect:
          - name: trapped
            report:
              event: vehicle-fire
              category: Fire
              severity: Severe
              parameter: { trapped: true }
              area: { grid: "110101", point: [39.9, 116.4] }
            at: 2026-11-28T03:00:00+08:00
            notify: [fire, leader]
            inform: desk
          - { report: {}, notify: desk, not-told: fire }

        """
    private static let departmentsText = """
        departments:
          - { name: fire, zh: 消防, en: Fire, may-subscribe: action, supervised-by: desk }
          - { name: desk, zh: 值班, en: Desk }
          - { name: leader, zh: 领导, en: Leader }
        roles:
          - { name: police, at: [district, street], zh: 警察, en: Police }

        """
    private static let gridsText = """
        places:
          "110101": 东城区
          "110101001": 东华门街道
          "110101005":
            name: 北新桥街道
            polygon: [[39.936, 116.402], [39.936, 116.426], [39.951, 116.426], [39.951, 116.402]]

        """
    private static let configurationText = """
        endpoints:
          reports: tcp://127.0.0.1:7701
          alerts: "tcp://[::1]:7702"
          control: ipc:///run/tocsin/control.ipc
        state: state
        rules: dongcheng/rules.yaml
        departments: /etc/tocsin/departments.yaml
        heartbeat: 5s
        redeliver-after: 1m
        limits:
          report-bytes: 1000
          uncommitted-reports: 1001
          outstanding-bytes: 100000
        drain-within: 500ms
        log-level: debug
        security: none

        """
    private static let words = [
        "- ", ": ", "when", "status", "notify", "after", "at most", "&a", "*a", "<<", "!!int", "0s", "1000000h", "\t",
        "|",
        "name", "zh",
        "near", "during", "text", "matches", "event-code", "any", "not", "holidays", "workdays", "point", "radius", "m",
        "km",
        "contains", "Mon-Fri", "08:00-24:00", "UTC", "Asia/Shanghai", "Asia/", "off", "work", "2026-02-29", "/", "(?i)",
        "[^a]*", "\\b", "polygon", "-180", "may-subscribe", "supervised-by",
        "{}", "[]", "tcp://", "ipc://", "[::]", "limits", "-0", "null", "~", "? ", "---\n", "...\n",
    ]

    /// What is read finds somebody for each report.
    static let rules = FuzzTarget(
        name: "rules",
        corpus: [
            [UInt8](rulesText), [UInt8](rulesText.replacing("\n      within: \"110101\"", with: "")),
            [UInt8](conditionsText), [UInt8](rulesText + expectText),
        ],
        words: words + ["expect", "report", "at", "not-told", "area", "point"],
        count: 8_000
    ) {
        let directory = try Directory(
            departments: departmentsText, departmentsFile: "d.yaml", grids: nil, gridsFile: "g.yaml")
        let holidays = try Holidays(yaml: holidaysText, file: "h.yaml", today: nil)
        let zones = ZoneData.known(["Asia/Shanghai", "tzdata.zi"])
        let report = Report(
            name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: "structure-fire",
            category: .fire, severity: .severe)
        let body = [UInt8](#"{"description":"毒气 Gas"}"#.utf8)
        return { bytes in
            try accepts(problemsIn: "rules.yaml") {
                let text = String(decoding: bytes, as: UTF8.self)
                let ruleset = try Ruleset(
                    yaml: text, file: "rules.yaml", directory: directory, holidays: holidays, zones: zones)
                try promise(
                    !ruleset.route(Case(report, at: report.sent, body: body)).addressees.isEmpty, "nobody is told")
            }
        }
    }

    static let departments = FuzzTarget(
        name: "departments", corpus: [[UInt8](departmentsText)], words: words, count: 8_000
    ) {
        { bytes in
            try accepts(problemsIn: "departments.yaml") {
                _ = try Directory(
                    departments: String(decoding: bytes, as: UTF8.self), departmentsFile: "departments.yaml",
                    grids: nil,
                    gridsFile: "")
            }
        }
    }

    static let grids = FuzzTarget(name: "grids", corpus: [[UInt8](gridsText)], words: words, count: 8_000) {
        { bytes in
            try accepts(problemsIn: "grids.yaml") {
                _ = try Directory(
                    departments: departmentsText, departmentsFile: "departments.yaml",
                    grids: String(decoding: bytes, as: UTF8.self), gridsFile: "grids.yaml")
            }
        }
    }

    static let holidays = FuzzTarget(name: "holidays", corpus: [[UInt8](holidaysText)], words: words, count: 8_000) {
        { bytes in
            try accepts(problemsIn: "holidays.yaml") {
                let text = String(decoding: bytes, as: UTF8.self)
                let holidays = try Holidays(yaml: text, file: "holidays.yaml", today: nil)
                try promise(holidays.off.isDisjoint(with: holidays.work), "a day is off and is worked")
            }
        }
    }

    /// `tocsin.yaml`. What is accepted says the same when it is said by flags.
    static let configuration = FuzzTarget(
        name: "configuration", corpus: [[UInt8](configurationText)], words: words, count: 8_000
    ) {
        let folder = try TemporaryFolder()
        return { bytes in
            let path = folder.path + "/tocsin.yaml"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let reading = ConfigurationReading(file: path, environment: [:], flags: [])
            for problem in reading.problems { try promise(problem.hasPrefix(path), problem) }
            for key in ConfigurationKey.allCases {
                guard let source = reading.source(of: key) else { continue }
                try promise(source.hasPrefix(path + ":"), "\(key) is from \(source)")
                guard let endpoint = reading.configuration.endpoint(key) else { continue }
                let flags = [ConfigurationReading.Flag(key, name: key.flag, text: endpoint.text)]
                let again = ConfigurationReading(file: nil, environment: [:], flags: flags).configuration.endpoint(key)
                try promise(
                    again == endpoint, "\(key) is \(endpoint.text), and by its flag \(String(describing: again))")
            }
            return reading.problems.isEmpty
        }
    }

    private static func accepts(problemsIn file: String, _ read: () throws -> Void) throws -> Bool {
        do {
            try read()
            return true
        } catch let problems as FileProblems {
            try promise(problems.description.hasPrefix("\(file):"), problems.description)
            return false
        }
    }
}

extension ZoneData {
    /// The files of the machine's data with these names, read once.
    fileprivate static func known(_ names: [String]) -> ZoneData {
        var files: [String: [UInt8]] = [:]
        for name in names {
            files[name] = (try? Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)"))).map {
                [UInt8]($0)
            }
        }
        return ZoneData(file: { [files] in files[$0] }, machine: { ("UTC", nil) })
    }
}
