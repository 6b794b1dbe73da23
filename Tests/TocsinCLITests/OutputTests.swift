import Foundation
import Testing
import TocsinClient
import TocsinModel

@testable import tocsin

@Suite struct OutputTests {
    @Test(arguments: [
        ("", 0), ("fire", 4), ("消防", 4), ("消防 fire", 9), ("（120）", 7), ("e\u{301}", 1), ("·", 1), ("→", 1),
        ("\u{1b}[1;31m火\u{1b}[0m", 2),
    ])
    func `a text is as wide as the screen shows it`(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test func `a text is cut between characters, never within one`() {
        #expect("消防救援支队".cut(to: 12) == "消防救援支队")
        #expect("消防救援支队".cut(to: 8) == "消防救…")
        #expect("消防救援支队".cut(to: 7) == "消防救…")
        #expect("fire".cut(to: 0) == "")
    }

    @Test func `what a stranger wrote cannot steer the screen`() {
        #expect("a\u{1b}[31mb\nc\u{202e}d".printable == "a\u{fffd}[31mb c\u{fffd}d")
        #expect("消防 fire".printable == "消防 fire")
    }

    @Test func `columns stand below one another whatever the script`() {
        var table = Table(["name", "", "n"], alignments: [.left, .left, .right])
        table.add("fire", "消防救援支队", "7")
        table.add("waterworks", "自来水", "1,024")
        #expect(
            table.lines() == [
                "name                          n", "fire        消防救援支队      7",
                "waterworks  自来水        1,024",
            ])
    }

    @Test func `colours do not count as columns`() {
        let style = Style(isColoured: true)
        var table = Table()
        table.add(style.bad("火"), "x")
        table.add("fire", "y")
        #expect(table.lines() == ["\u{1b}[1;31m火\u{1b}[0m    x", "fire  y"])
    }

    @Test func `a severity has its number and name in the same width each`() {
        #expect(Style.plain.severity(.extreme) == "  I Extreme ")
        #expect(Style.plain.severity(.minor) == " IV Minor   ")
        #expect(Set(Severity.allCases.map { Style.plain.severity($0).displayWidth }) == [12])
    }

    @Test(arguments: [
        (Duration.milliseconds(3), "3 ms"), (.milliseconds(2540), "2.5 s"), (.milliseconds(2999), "3.0 s"),
        (.milliseconds(-1950), "-2.0 s"), (.milliseconds(9999), "10.0 s"), (.milliseconds(59_600), "60 s"),
        (.seconds(60), "60 s"), (.seconds(119), "119 s"), (.seconds(120), "2 min"), (.seconds(180), "3 min"),
        (.seconds(7200), "2 h"), (.seconds(172_800), "2 d"),
    ])
    func `a duration is about as exact as it matters`(duration: Duration, text: String) {
        #expect(Clock.duration(duration) == text)
    }

    @Test func `a lead has its sign, also where the clock was set back`() {
        #expect(Clock.lead(.seconds(90)) == "+90 s")
        #expect(Clock.lead(.seconds(-3540)) == "-59 min")
    }

    @Test func `whoever joins late is told of what another terminal has had`() throws {
        let fire = try #require(Recipient("fire"))
        let first = EventView.line(.joined(fire, pending: 2, unanswered: 0), style: .plain)
        #expect(first == "fire: joined, 2 alerts waiting")
        #expect(
            EventView.line(.joined(fire, pending: 0, unanswered: 1), style: .plain)
                == "fire: joined, 1 alert that another terminal has had is still unanswered: see tocsin incidents "
                + "--unanswered fire")
    }

    @Test func `counts are grouped and have their nouns`() {
        #expect(1_234_567.grouped == "1,234,567")
        #expect((-1000).grouped == "-1,000")
        #expect(counted(1, "mailbox", "mailboxes") == "1 mailbox")
        #expect(counted(4202, "mailbox", "mailboxes") == "4,202 mailboxes")
    }

    @Test func `a long text goes on in the next line, broken between words and never within one`() {
        #expect("a long text of words".wrapped(to: 9) == ["a long", "text of", "words"])
        #expect("消防救援支队".wrapped(to: 5) == ["消防", "救援", "支队"])
        #expect("电梯停运，轿厢内三人".wrapped(to: 10) == ["电梯停运，", "轿厢内三人"])
        #expect("abcdefgh ij".wrapped(to: 5) == ["abcde", "fgh", "ij"])
        #expect("".wrapped(to: 5) == [""])
        #expect("\u{1b}[1mlong words\u{1b}[0m".wrapped(to: 5) == ["\u{1b}[1mlong", "words\u{1b}[0m"])
    }

    @Test func `the end of a text is what stays in sight`() {
        #expect("fire".tail(to: 4) == "fire")
        #expect("structure fire".tail(to: 6) == "… fire")
        #expect("消防救援".tail(to: 4) == "…援")
    }

    @Test func `a title names its place once`() {
        #expect(
            ReportView.title("草园社区第二网格网格助理员 Grid Assistant, 草园社区第二网格") == "草园社区第二网格助理员 Grid Assistant")
        #expect(ReportView.title("北新桥街道派出所 Police Station, 北新桥街道") == "北新桥街道派出所 Police Station")
        #expect(ReportView.title("消防救援支队 Fire and Rescue Detachment") == "消防救援支队 Fire and Rescue Detachment")
    }

    @Test func `latencies are drawn in doubling steps within 80 columns`() {
        let picture = LatencyPicture(microseconds: [
            (value: 200, count: 10), (300, 2000), (700, 1000), (3_000, 1), (599_000_000, 1),
        ])
        let lines = picture.lines(style: .plain)
        #expect(picture.buckets.first == .init(from: 128, to: 256, count: 10))
        #expect(picture.buckets.reduce(0) { $0 + $1.count } == 3012)
        #expect(Set(lines.map(\.displayWidth)).count == 1)
        #expect(lines.allSatisfy { $0.displayWidth <= 78 })
        #expect(lines[1] == "256–512 µs   " + String(repeating: "█", count: 40) + "  66.4 %         2,000")
        #expect(lines[2].hasPrefix("0.5–1 ms     " + String(repeating: "█", count: 20) + " "))
        #expect(lines[0].hasPrefix("128–256 µs   ▎ "))
        #expect(LatencyPicture(microseconds: []).lines(style: .plain).isEmpty)
    }

    @Test func `a list of incidents fits its width, and who must act comes first`() throws {
        let json = """
            {"incidents":[{"incident":1234567,"storedAt":"2026-11-23T08:10:00.000Z","event":"structure-fire",\
            "category":"Fire","sender":"desk-1","identifier":"a,1","severity":"Moderate",\
            "status":"Exercise","recipients":["a-very-long-department-name","fire","gas"],"open":true}]}
            """
        var incidents = try readAnswer(Array(json.utf8), IncidentLine.lines(of:))
        let page = """
            {"report":{"headline":"居民楼三层起火，有人被困，火势正在向楼上蔓延，请求增援，现场道路狭窄"},"alerts":[\
            {"recipient":"leader@110101","purpose":"information","state":"received"},\
            {"recipient":"fire","purpose":"action","state":"received"}],"timeline":[]}
            """
        try readAnswer(Array(page.utf8)) { (page) throws(Refusal) in try incidents[0].add(page) }
        #expect(incidents[0].recipients == ["fire", "leader@110101"])
        #expect(incidents[0].state == "Exercise, 1 unanswered")
        #expect(
            incidents[0].csv
                == "1234567,2026-11-23T08:10:00.000Z,Moderate,Fire,structure-fire,居民楼三层起火，有人被困，火势正在向楼上蔓延，请求增援，"
                + "现场道路狭窄,Exercise,1 unanswered,,desk-1,\"a,1\",fire leader@110101,\r\n")
        incidents[0].headline = "a \"b\""
        #expect(incidents[0].csv.contains(",\"a \"\"b\"\"\","))
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=HYPERLINK(\"http://x\",\"y\")"] {
            incidents[0].headline = formula
            let field = "'" + formula.replacing("\"", with: "\"\"")
            #expect(incidents[0].csv.contains(formula.contains("\"") ? ",\"\(field)\"," : ",\(field),"))
        }
        incidents[0].headline = "居民楼三层起火，有人被困，火势正在向楼上蔓延，请求增援，现场道路狭窄"
        for width in [80, 100, 160] {
            let lines = IncidentsView.lines(incidents, style: .plain, width: width)
            #expect(lines.allSatisfy { $0.displayWidth <= width }, "at \(width) columns")
            #expect(lines.last?.contains("居民楼") == true)
        }
    }

    @Test func `what a silence keeps still is not taken, and a report that has joined names its incident`() throws {
        let json = """
            {"incidents":[{"incident":20,"storedAt":"2026-11-23T08:10:00.000Z","event":"smoke-alarm",\
            "category":"Fire","sender":"desk-1","identifier":"a","severity":"Severe","updates":[2],"joined":10,\
            "status":"Actual","recipients":["ems","fire"],"open":true}]}
            """
        let listed = try readAnswer(Array(json.utf8), IncidentLine.lines(of:))
        let until = #""silence":7,"until":"2026-11-23T09:10:00.000Z""#
        let cases: [(state: String, cause: String, words: String)] = [
            ("silenced", until, "kept still"), ("silenced", #""by":"Li","note":"fire""#, "all taken"),
            ("acknowledged", until, "all taken"), ("received", until, "1 unanswered"),
        ]
        for (state, cause, words) in cases {
            var line = try #require(listed.first)
            let page = """
                {"report":{},"alerts":[{"recipient":"fire","purpose":"action","state":"\(state)"}],"timeline":[\
                {"at":"2026-11-23T08:10:00.000Z","state":"silenced","recipient":"fire","number":1,\(cause)}]}
                """
            try readAnswer(Array(page.utf8)) { (page) throws(Refusal) in try line.add(page) }
            #expect(line.state == "\(words), report 10 of incident 2")
            #expect(line.csv.contains(",\(words),"))
        }
    }

    @Test func `reports that are not shown are counted, those that were taken out included`() throws {
        let cases: [(newest: Int, splits: Int, last: String?)] = [
            (13, 1, "  2 more have joined it; the view 'joined' of the journal has all."),
            (12, 3, "  1 more has joined it; the view 'joined' of the journal has all."), (11, 1, nil),
        ]
        for (newest, splits, last) in cases {
            let reports = (2...newest).reversed().map { count in
                """
                {"record":\(count),"count":\(count),"at":"2026-11-23T08:10:00.000Z","severity":"Severe","sender":"s",\
                "identifier":"r\(count)"\(count <= splits + 1 ? ",\"splitInto\":\(count + 100)" : "")}
                """
            }
            let page = #"{"reports":\#(newest - splits),"joinedReports":[\#(reports.joined(separator: ","))]}"#
            let lines = try readAnswer(Array(page.utf8)) { (page) throws(Refusal) in
                try JoinedView.lines(page, style: .plain)
            }
            #expect(lines.filter { $0.contains(" more ha") } == [last].compactMap(\.self))
        }
    }

    @Test func `a file that is never written leaves nothing, and an earlier one stays as it was`() throws {
        let files = try TemporaryFiles(["earlier": "table"])
        let (new, earlier) = (files.url("new").path, files.url("earlier").path)
        do {
            let made = (try OutputFile(new), try OutputFile(earlier))
            withExtendedLifetime(made) { #expect(FileManager.default.fileExists(atPath: new)) }
        }
        #expect(!FileManager.default.fileExists(atPath: new))
        #expect(try String(contentsOfFile: earlier, encoding: .utf8) == "table")
        try OutputFile(new).write(Array("a".utf8))
        #expect(try String(contentsOfFile: new, encoding: .utf8) == "a")
    }

    @Test func `a rate is a number a second or as fast as it goes`() throws {
        #expect(try Rate(argument: "50/s").due(100) == .seconds(2))
        #expect(try Rate(argument: "1000").description == "1000/s")
        #expect(try Rate(argument: "max").due(1_000_000) == .zero)
    }
}
