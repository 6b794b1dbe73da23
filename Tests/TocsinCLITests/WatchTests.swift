import Testing
import TocsinClient
import TocsinModel

@testable import tocsin

@Suite struct WatchTests {
    @Test(arguments: [
        "inc", "incident", "incident/", "incident/Fi", "incident/Fire/", "incident/Fire/Severe/110101005", "alert/fire",
        "alert/police@110101005/Extreme/-", "state/", "state/12",
    ])
    func `what is the beginning of a topic is taken`(text: String) throws {
        #expect(try TopicPrefix(argument: text).text == text)
    }

    @Test(arguments: [
        ("incidnet/Fire", "'incidnet' is not the beginning of a topic; valid are incident, alert, state; did you mean"),
        ("incident/Fier", "'Fier' is not a category; valid are "),
        ("incident/Fi/Severe", "'Fi' is not a category; valid are "),
        ("alert/fire/Bad", "'Bad' is not a severity; valid are Extreme, Severe, Moderate, Minor, Unknown"),
        ("alert/Fire/Severe", "'Fire' is not a recipient"),
        ("alert/fire/Severe/x", "'alert/fire/Severe/x': a topic ends with a grid code"),
        ("state/x", "'state/x': 'state/' is followed by the number of an incident"),
    ])
    func `what no topic begins with is named`(text: String, words: String) throws {
        let run = try CommandRun(["watch", text])
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.status == 64)
    }

    @Test(arguments: [
        (
            "incident/Fire/Severe/-",
            #"{"incident":12,"position":12,"storedAt":"2026-11-23T08:10:00.123Z","recipients":["fire","ems"],"report":"#
                + #"{"event":"structure-fire","severity":"Severe","headline":"居民楼三层起火"}}"#,
            "incident 12      II Severe    structure-fire  居民楼三层起火  → fire, ems"
        ),
        (
            "alert/fire/Severe/-",
            #"{"incident":12,"position":12,"recipient":"fire","number":3,"purpose":"action","escalation":1,"#
                + #""storedAt":"2026-11-23T08:10:00.123Z"}"#,
            "alert 12        fire #3  must acknowledge, escalation step 1"
        ),
        (
            "state/12",
            #"{"state":"acknowledged","at":"2026-11-23T08:10:00.123Z","recipient":"fire","number":3,"by":"王","#
                + #""incident":12,"position":13}"#,
            "state 12        acknowledged  fire #3  by 王"
        ),
    ])
    func `what happens is a line`(topic: String, json: String, line: String) throws {
        let text = try readAnswer(Array(json.utf8)) { (node) throws(Refusal) in
            try FeedView.line(topic: topic, node, style: .plain)
        }
        #expect(text.dropFirst(14) == line)
    }

    @Test func `the beginning of a list is a time or a span`() throws {
        let now = try #require(Timestamp("2026-11-23T08:10:00Z"))
        #expect(try Since(argument: "2h").time(now: now).description == "2026-11-23T06:10:00.000Z")
        let time = try Since(argument: "2026-11-23T08:00:00+08:00").time(now: now)
        #expect(time.description == "2026-11-23T00:00:00.000Z")
        let run = try CommandRun(["incidents", "--since", "yesterday"])
        #expect(run.errors.contains("valid are a time with its offset"))
        #expect(run.status == 64)
    }

    @Test(arguments: [
        ["duty", "--at"], ["explain", "r.json", "--at"], ["audit", "--since"], ["incidents", "--since"],
        ["stats", "--since"], ["stats", "--until"], ["rules", "rehearse", "r.yaml", "--since"],
        ["silence", "--when", "{}", "--by", "Li", "--reason", "works", "--until"],
    ])
    func `a time that is none is a wrong command line, whatever the command`(command: [String]) throws {
        let run = try CommandRun(command + ["yesterday"])
        #expect(run.status == 64 && run.errors.contains("a time with its offset"), "\(command): \(run.errors)")
    }

    @Test(arguments: ["18000000h", "876001h", "36501d", "9000000000000000000ms"])
    func `a span of more than a hundred years is refused`(span: String) throws {
        let commands = [
            ["audit", "--control", "ipc:///nonexistent", "--since"], ["audit", "--since"], ["incidents", "--since"],
            ["rules", "rehearse", "r.yaml", "--since"], ["rules", "rehearse", "r.yaml", "--last"],
        ]
        for command in commands {
            let run = try CommandRun(command + [span])
            #expect(run.status == 64 && run.errors.contains("36500d at most"), "\(command): \(run.errors)")
        }
        let now = try #require(Timestamp("2026-11-23T08:10:00Z"))
        for span in ["876000h", "36500d"] {
            #expect(try Since(argument: span).time(now: now).description == "1926-12-18T08:10:00.000Z")
        }
    }

    @Test func `without a broker a watcher is told so`() throws {
        let run = try CommandRun(["watch", "--feed", "ipc:///nonexistent/feed.ipc"])
        #expect(
            run.errors == """
                tocsin: No broker can be reached at ipc:///nonexistent/feed.ipc: there is no such socket. Start it \
                ('systemctl start tocsind'), say where it is with --feed, or wait for it with --wait.

                """)
        #expect(run.status == 2)
    }
}
