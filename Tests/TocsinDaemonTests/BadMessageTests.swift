import Testing
import ZeroMQ

extension DaemonTests {
    /// Whatever comes in gets a clear answer, and the daemon serves on.
    ///
    /// The tables here show that each kind of fault finds its way through the sockets; every field and every header
    /// has its own table in `TocsinModelTests` and `TocsinWireTests`.
    @Suite struct BadMessageTests {
        let station: Station
        let daemon: Daemon

        init() throws {
            station = try Station()
            daemon = try station.start()
        }

        /// A bad message, what is refused with it, and a word that the explanation must have.
        private struct Fault {
            let frames: [[UInt8]]
            let refusal: String
            let word: String

            init(_ frames: [String], _ refusal: String, _ word: String) {
                self.init(bytes: frames.map { [UInt8]($0.utf8) }, refusal, word)
            }

            init(bytes: [[UInt8]], _ refusal: String, _ word: String) {
                frames = bytes
                self.refusal = "TIP1 REFUSED " + refusal
                self.word = word
            }
        }

        /// Sends each fault and compares its answer; a fault that is swallowed shows the next one's answer instead.
        private func check(_ faults: [Fault], at endpoint: String) throws {
            let peer = try daemon.peer(at: endpoint)
            for fault in faults {
                let shown = fault.frames.map { String(decoding: $0.prefix(60), as: UTF8.self) }
                try peer.send(frames: fault.frames)
                let answer = try peer.receive()
                #expect(answer.header == fault.refusal, "\(shown)")
                let message = try answer.body["message"].text ?? ""
                #expect(message.contains(fault.word), "\(shown): \(message)")
            }
            #expect(try peer.settle().isEmpty)
            #expect(try daemon.reporter().ask("TIP1 REPORT r", report("good")).header == "TIP1 RECEIPT r")
        }

        @Test func `a header that does not follow the grammar is malformed`() throws {
            let body = report("a1")
            try check(
                [
                    Fault([""], "- malformed", "empty"),
                    Fault(["hello"], "- malformed", "TIP1"),
                    Fault(["{}"], "- malformed", "TIP1"),
                    Fault(["TIP1"], "- malformed", "command"),
                    Fault(["TIP1 ", body], "- malformed", "single spaces"),
                    Fault(["TIP1  REPORT r", body], "- malformed", "single spaces"),
                    Fault(["TIP1 REPORT", body], "- malformed", "reference"),
                    Fault(["TIP1 REPORT r ", body], "- malformed", "single spaces"),
                    Fault(["TIP1 REPORT r x", body], "r malformed", "more arguments"),
                    Fault(["TIP1 REPORT r\n", body], "- malformed", "control character"),
                    Fault(["TIP1 REPORT \(String(repeating: "r", count: 65))", body], "- malformed", "64 bytes"),
                    Fault(["TIP1 FOLLOW r many"], "r malformed", "number"),
                    Fault(
                        bytes: [[UInt8]("TIP1 REPORT ".utf8) + [0xff, 0xfe], [UInt8](body.utf8)], "- malformed", "UTF-8"
                    ),
                    Fault(bytes: [[0, 1, 2, 255]], "- malformed", ""),
                ], at: "reports")
        }

        @Test func `an unknown version or command is unsupported, at each endpoint`() throws {
            try check(
                [
                    Fault(["TIP2 REPORT r", report("a1")], "- unsupported", "TIP1 is"),
                    Fault(["TIP1 SHOUT r", report("a1")], "- unsupported", "SHOUT"),
                    Fault(["TIP1 report r", report("a1")], "- unsupported", "report"),
                    Fault(["TIP1 JOIN fire desk 10"], "- unsupported", "REPORT, FOLLOW"),
                    Fault(["TIP1 RECEIPT r"], "- unsupported", "REPORT, FOLLOW"),
                ], at: "reports")
            try check([Fault(["TIP1 REPORT r", report("a1")], "- unsupported", "JOIN")], at: "alerts")
            try check([Fault(["TIP1 HUSH s"], "- unsupported", "HUSH")], at: "control")
        }

        @Test func `missing, extra and empty frames are malformed, and the reference comes back`() throws {
            let body = report("a1")
            try check(
                [
                    Fault(["TIP1 REPORT r"], "r malformed", "missing"),
                    Fault(["TIP1 REPORT r", body, body], "r malformed", "2 frames"),
                    Fault(["TIP1 REPORT r", body] + Array(repeating: "", count: 1000), "r malformed", "1001 frames"),
                    Fault(["TIP1 REPORT r", ""], "r malformed", "empty"),
                    Fault(["TIP1 FOLLOW r 1", "{}"], "r malformed", "1 frames"),
                    Fault([body, "TIP1 REPORT r"], "- malformed", "TIP1"),
                ], at: "reports")
            try check(
                [
                    Fault(["TIP1 JOIN fire desk 10", "{}"], "fire malformed", "frames"),
                    Fault(["TIP1 ACKNOWLEDGE fire 1"], "fire malformed", "missing"),
                    Fault(["TIP1 ACKNOWLEDGE fire 1", ""], "fire malformed", "not JSON"),
                ], at: "alerts")
            try check(
                [
                    Fault(["TIP1 INCIDENT i"], "i malformed", "missing"),
                    Fault(["TIP1 EXPLAIN e", ""], "e malformed", "empty"),
                    Fault(["TIP1 EXPLAIN e", body, ""], "e malformed", "second body"),
                    Fault(["TIP1 EXPLAIN e", body, "{}", "{}"], "e malformed", "3 frames"),
                    Fault(["TIP1 EXPLAIN e", body, "{}"], "e invalid", "at"),
                    Fault(["TIP1 EXPLAIN e", body, #"{"At":"2026-11-28T03:00:00Z"}"#], "e invalid", "'at' alone"),
                    Fault(["TIP1 EXPLAIN e", body, #"{"at":"2026-11-28 03:00"}"#], "e invalid", "RFC 3339"),
                    Fault(
                        ["TIP1 EXPLAIN e", body, #"{"at":"2026-11-28T03:00:00Z","x":1}"#], "e invalid", "'at' alone"),
                    Fault(["TIP1 CLOSE c", "[1]"], "c invalid", "object"),
                ], at: "control")
        }

        @Test func `a member that is there twice is refused in every body`() throws {
            try check(
                [Fault(["TIP1 REPORT r", report("a1", more: #""x":1,"x":2"#)], "r invalid", "x is there twice")],
                at: "reports")
            try check(
                [
                    Fault(["TIP1 ACKNOWLEDGE fire 1", #"{"by":"Wang","by":"Li"}"#], "fire invalid", "twice"),
                    Fault(["TIP1 DECLINE fire 1", #"{"by":"Li","reason":"a","reason":"b"}"#], "fire invalid", "twice"),
                    Fault(
                        ["TIP1 STATUS fire 1", #"{"by":"Li","state":"onScene","x":1,"x":1}"#], "fire invalid", "twice"),
                ], at: "alerts")
            try check(
                [
                    Fault(["TIP1 INCIDENT i", #"{"incident":1,"incident":2}"#], "i invalid", "twice"),
                    Fault(["TIP1 INCIDENTS i", #"{"limit":1,"limit":2}"#], "i invalid", "twice"),
                    Fault(
                        ["TIP1 CLOSE c", #"{"incident":1,"by":"Li","reason":"r","incident":2}"#], "c invalid", "twice"),
                    Fault(["TIP1 EXPLAIN e", report("a1", more: #""x":1,"x":2"#)], "e invalid", "twice"),
                ], at: "control")
        }

        @Test func `a number of any size is taken where nobody reads it, and named where somebody does`() throws {
            let members = #""iccid":89860012345678901234,"gain":1e400"#
            let text = report("a1", more: members)
            let terminal = try daemon.terminal("fire")
            #expect(try daemon.reporter().ask("TIP1 REPORT r", text).header == "TIP1 RECEIPT r")
            let alert = try terminal.receive()
            // The report comes as it was sent.
            #expect(alert.bodies.last.map { String(decoding: $0, as: UTF8.self) } == text)
            let word = try terminal.ask("TIP1 ACKNOWLEDGE fire 1", "{\"by\":\"Wang\",\(members)}")
            #expect(word.header == "TIP1 CONFIRMED fire 1 acknowledged")
            #expect(try daemon.control().ask("TIP1 EXPLAIN e", text).header == "TIP1 OK e")
            try check(
                [Fault(["TIP1 INCIDENT i", #"{"incident":89860012345678901234}"#], "i invalid", "whole number")],
                at: "control")
        }

        @Test func `an empty header behind a delimiter is answered behind a delimiter`() throws {
            let peer = try daemon.reporter()
            try peer.send(frames: [[], []])
            let answer = try peer.receive()
            #expect(
                answer.frames.map { String(decoding: $0, as: UTF8.self) }.prefix(2) == ["", "TIP1 REFUSED - malformed"])
        }

        @Test func `what is not JSON, not UTF-8, not an object or nested too deep is malformed`() throws {
            let deep = String(repeating: "[", count: 100_000)
            let invalid = [UInt8](report("a1", more: #""headline":"x"#).utf8.dropLast()) + [0xff] + [UInt8](#""}"#.utf8)
            try check(
                [
                    Fault(["TIP1 REPORT r", "hello"], "r malformed", "JSON"),
                    Fault(["TIP1 REPORT r", String(report("a1").dropLast())], "r malformed", "JSON"),
                    Fault(["TIP1 REPORT r", report("a1") + report("a2")], "r malformed", "JSON"),
                    Fault(["TIP1 REPORT r", "<alert/>"], "r malformed", "JSON"),
                    Fault(["TIP1 REPORT r", "[]"], "r malformed", "object"),
                    Fault(["TIP1 REPORT r", "\"text\""], "r malformed", "object"),
                    Fault(["TIP1 REPORT r", "null"], "r malformed", "object"),
                    Fault(["TIP1 REPORT r", deep], "r malformed", ""),
                    Fault(["TIP1 REPORT r", report("a1", more: "\"x\":\(deep)")], "r malformed", ""),
                    Fault(bytes: [[UInt8]("TIP1 REPORT r".utf8), invalid], "r malformed", "UTF"),
                    Fault(bytes: [[UInt8]("TIP1 REPORT r".utf8), [0, 0, 0]], "r malformed", "JSON"),
                ], at: "reports")
        }

        @Test func `a member that is missing or wrong is named, with what is allowed`() throws {
            let good = report("a1")
            func without(_ text: String, _ new: String = "") -> String { good.replacing(text, with: new) }
            try check(
                [
                    Fault(["TIP1 REPORT r", "{}"], "r invalid", "required"),
                    Fault(["TIP1 REPORT r", without(#""sender":"handheld-7","#)], "r invalid", "sender"),
                    Fault(["TIP1 REPORT r", without("\"a1\"", "\"a 1\"")], "r invalid", "identifier"),
                    Fault(["TIP1 REPORT r", without("\"a1\"", "7")], "r invalid", "identifier"),
                    Fault(["TIP1 REPORT r", without("2026-11-23T08:10:00+08:00", "yesterday")], "r invalid", "sent"),
                    Fault(["TIP1 REPORT r", without("\"Fire\"", "\"Fier\"")], "r invalid", "category"),
                    Fault(["TIP1 REPORT r", without("\"Severe\"", "null")], "r invalid", "severity"),
                    Fault(["TIP1 REPORT r", report("a1", more: #""sender":"x""#)], "r invalid", "twice"),
                    Fault(["TIP1 REPORT r", report("a1", more: #""msgType":"Cancel""#)], "r invalid", "references"),
                    Fault(["TIP1 REPORT r", report("a1", more: #""area":{"grid":"12"}"#)], "r invalid", "grid"),
                ], at: "reports")
            let answer = try daemon.reporter().ask("TIP1 REPORT r", without("\"Fire\"", "\"Fier\""))
            #expect(try answer.body["field"].text == "category")
            #expect(try answer.body["allowed"].list.map { $0.text }.contains("CBRNE"))
            #expect(try answer.body["command"].text == "REPORT")
        }

        @Test func `a terminal that asks for what is not there is told so`() throws {
            let terminal = try daemon.terminal("fire")
            _ = try daemon.reporter().incident("a1")
            _ = try terminal.takeAlert()
            for (header, body, refusal) in [
                ("JOIN nobody desk 10", nil, "nobody unknownRecipient"),
                ("JOIN police@110101005 desk 10", nil, "police@110101005 unknownRecipient"),
                ("JOIN Fire desk 10", nil, "- malformed"),
                ("JOIN fire desk 10001", nil, "fire invalid"),
                ("RECEIVED fire 2", nil, "fire unknownAlert"),
                ("RECEIVED fire 2-1", nil, "fire malformed"),
                ("RECEIVED police 1", nil, "police notJoined"),
                ("ACKNOWLEDGE fire 2", #"{"by":"王"}"#, "fire unknownAlert"),
                ("ACKNOWLEDGE fire 999999999999", #"{"by":"王"}"#, "fire unknownAlert"),
                ("DECLINE fire 7", #"{"by":"王"}"#, "fire unknownAlert"),
                ("ACKNOWLEDGE police 1", #"{"by":"王"}"#, "police notJoined"),
                ("ACKNOWLEDGE fire 1", #"{"note":"?"}"#, "fire invalid"),
                ("ACKNOWLEDGE fire 1", #"{"by":""}"#, "fire invalid"),
                ("STATUS fire 1", #"{"by":"王","state":"asleep"}"#, "fire invalid"),
                ("LEAVE police", nil, "police notJoined"),
            ] as [(String, String?, String)] {
                try terminal.send(frames: (["TIP1 " + header] + (body.map { [$0] } ?? [])).map { [UInt8]($0.utf8) })
                #expect(try terminal.receive().header == "TIP1 REFUSED " + refusal, "\(header)")
            }
            let answer = try terminal.ask("TIP1 ACKNOWLEDGE fire 1", #"{"by":"王"}"#)
            #expect(answer.header == "TIP1 CONFIRMED fire 1 acknowledged")
        }

        @Test func `an alert that was not sent yet cannot be acknowledged`() throws {
            _ = try daemon.reporter().incident("a1", event: "gas")
            let terminal = try daemon.terminal("gas", credit: 1)
            _ = try terminal.receive()
            _ = try daemon.reporter().incident("a2", event: "gas")
            let answer = try terminal.ask("TIP1 ACKNOWLEDGE gas 2", #"{"by":"王"}"#)
            #expect(answer.header == "TIP1 REFUSED gas unknownAlert")
            #expect(try answer.body["number"].number == 2)
        }

        @Test func `an incident that is not there cannot be followed`() throws {
            #expect(try daemon.reporter().ask("TIP1 FOLLOW f 4711").header == "TIP1 REFUSED f unknownIncident")
        }

        @Test func `every refusal is counted by its code`() throws {
            let peer = try daemon.reporter()
            _ = try peer.ask("nonsense")
            _ = try peer.ask("TIP1 REPORT r", "{}")
            _ = try peer.ask("TIP1 REPORT r", "[]")
            let refused = try daemon.info()["counts"]["refused"]
            #expect(refused["malformed"].number == 2)
            #expect(refused["invalid"].number == 1)
        }

        @Test func `noise on the feed's endpoint is ignored`() throws {
            let noise = try daemon.peer(.xsub, at: "feed", subscriptions: [])
            try noise.send(frames: [[7, 7, 7], [1]])
            try noise.send(frames: [[1] + [UInt8]("note".utf8)])
            #expect(try daemon.reporter().ask("TIP1 REPORT r", report("good")).header == "TIP1 RECEIPT r")
        }
    }
}
