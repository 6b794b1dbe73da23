import Testing
import TocsinClient
import TocsinModel

@testable import tocsin

/// A broker's answer is what the protocol says, or the member is named that is not.
@Suite struct AnswerTests {
    private func error<Value>(
        _ json: String, _ read: (JSONNode) throws(Refusal) -> Value
    ) -> ClientError? {
        do {
            _ = try readAnswer(Array(json.utf8), read)
            return nil
        } catch {
            return error
        }
    }

    static let info = """
        {"name":"tocsind","version":"0.1.0","processID":7,"startedAt":"2026-11-23T08:00:00Z","now":"2026-11-23T08:10:00Z",\
        "endpoints":{"reports":"r","alerts":"a","feed":"f","control":"c"},"security":"loopback",\
        "journal":{"path":"/j","epoch":"e","lastPosition":17,"available":true,"recovering":false,"standingBy":false},\
        "rules":{"file":"rules.yaml","count":2,"loadedAt":"2026-11-23T08:00:00Z"},\
        "directory":{"departments":3,"places":4,"mailboxes":5},"openIncidents":1,"undeliveredAlerts":2,"waitingSteps":0,\
        "terminals":6,"terminalsNotReceiving":0,"followers":0,"uncommittedReports":0,"connections":{"refused":0,"cut":0},\
        "counts":{"reports":9,"refused":{"invalid":2,"busy":0}}}
        """

    @Test func `INFO as the protocol shows it is a page`() throws {
        let status = try readAnswer(Array(Self.info.utf8), BrokerStatus.init(json:))
        let lines = StatusView.lines(status, style: .plain)
        #expect(lines.contains("journal      /j, 17 records"))
        #expect(lines.contains("open         1 incident"))
        #expect(lines.contains("since start  reports 9"))
        #expect(lines.contains("refused      invalid 2"))
    }

    @Test func `a clock that was set makes a broker no older`() throws {
        let text = Self.info.replacing(
            #""now":"2026-11-23T08:10:00Z""#, with: #""uptimeSeconds":60,"now":"2026-11-23T07:10:00Z""#)
        let status = try readAnswer(Array(text.utf8), BrokerStatus.init(json:))
        #expect(StatusView.lines(status, style: .plain)[0].contains("up 60 s since"))
        let earlier = try readAnswer(Array(Self.info.utf8), BrokerStatus.init(json:))
        #expect(StatusView.lines(earlier, style: .plain)[0].contains("up 10 min since"))
    }

    @Test func `what a broker that reads its journal again does not know is not shown as none`() throws {
        let text = Self.info.replacing(#""lastPosition":17,"#, with: "")
            .replacing(#""openIncidents":1,"undeliveredAlerts":2,"waitingSteps":0,"#, with: "")
        let status = try readAnswer(Array(text.utf8), BrokerStatus.init(json:))
        let lines = StatusView.lines(status, style: .plain)
        #expect(lines.contains("journal      /j"))
        #expect(lines.contains("open         not known until the journal has been read again"))
        #expect(throws: Failure.self) { try status.known() }
    }

    @Test func `supervised links are shown, and each that is lost`() throws {
        func lines(_ links: String) throws -> [String] {
            let text = Self.info.replacing(#""terminals":6"#, with: #""links":\#(links),"terminals":6"#)
            return StatusView.lines(try readAnswer(Array(text.utf8), BrokerStatus.init(json:)), style: .plain)
        }
        let none = try lines(#"{"supervised":0,"lostCount":0,"lost":[]}"#)
        #expect(!none.contains { $0.hasPrefix("links") })
        #expect(
            try lines(#"{"supervised":12,"lostCount":0,"lost":[]}"#).contains(
                "links        12 supervised, none is lost"))
        let lost = try lines(
            #"{"supervised":12,"lostCount":2,"lost":[{"link":"fire","supervisor":"desk","since":"2026-11-23T08:09:00Z","#
                + #""losses":3,"incident":7}]}"#)
        #expect(lost.contains("links        12 supervised, 2 lost"))
        #expect(lost.contains("             fire for 60 s, 3 times: incident 7, told to desk"))
        #expect(lost.contains("             and 1 link more"))
    }

    @Test(arguments: [
        (#""path":"/j""#, #""path":7"#, "The member path must be a string; it is 7."),
        (#""feed":"f","#, "", "The member feed is required and missing."),
        (#""count":2"#, #""count":"two""#, "The member count must be a whole number; it is 'two'."),
        (#""waitingSteps":0,"#, "", "The member waitingSteps is required and missing."),
        (
            #""directory":{"departments":3,"places":4,"mailboxes":5}"#, #""directory":null"#,
            "The member directory must be an object; it is null."
        ),
    ])
    func `INFO with a wrong member is no empty column`(old: String, new: String, message: String) {
        #expect(error(Self.info.replacing(old, with: new), BrokerStatus.init(json:)) == .malformedAnswer(message))
    }

    @Test func `an incident's page names what is wrong`() {
        let page = """
            {"incident":7,"open":true,"storedAt":"2026-11-23T08:10:00Z","report":{"event":"flood","severity":"Severe",\
            "sent":"2026-11-23T08:10:00Z"},"alerts":[{"recipient":"fire","number":1,"purpose":"action","rule":"r",\
            "escalation":0,"state":"received"}],"timeline":[{"at":"2026-11-23T08:10:00Z","state":"stored"}]}
            """
        func message(_ old: String, _ new: String) -> String? {
            guard
                case .malformedAnswer(let text) = error(
                    page.replacing(old, with: new),
                    { (json) throws(Refusal) in try IncidentView.lines(json, style: .plain) })
            else { return nil }
            return text
        }
        #expect(message("", "") == nil)
        #expect(message(#""open":true"#, #""open":1"#) == "The member open must be true or false; it is 1.")
        #expect(message(#""rule":"r","#, "") == "The member rule is required and missing.")
        #expect(
            message(#""event":"flood""#, #""event":["flood"]"#)
                == "The member event must be a string; it is an array of 1.")
        #expect(message(#""timeline":["#, #""timelines":["#) == "The member timeline is required and missing.")
        #expect(message(#""state":"received""#, #""state":"lost""#)?.hasSuffix("it is 'lost'.") == true)
    }

    @Test(arguments: [
        ("", "It is not JSON: "), ("[]", "It is a JSON array; an object is expected."), ("{\"a\":1,\"a\":1}", "twice"),
    ])
    func `an answer that is no object, or none at all, is malformed`(text: String, message: String) {
        guard case .malformedAnswer(let found) = error(text, { (_) throws(Refusal) in }) else {
            Issue.record("It was read.")
            return
        }
        #expect(found.contains(message))
    }
}
