import Testing
import TocsinModel

struct ReportDecoderTests {
    @Test func `the required members make a report, and the rest has defaults`() throws {
        let report = try ReportJSON().decoded()
        #expect(
            report
                == Report(
                    name: ReportName(sender: "desk-1", identifier: "r-1"),
                    sent: Timestamp(milliseconds: 1_795_392_600_000), event: "structure-fire", category: .fire,
                    severity: .severe, urgency: .immediate, certainty: .observed, status: .actual, messageType: .alert))
    }

    @Test func `every optional member that the broker decides by is read`() throws {
        let report = try ReportJSON()
            .with("status", #""Exercise""#).with("msgType", #""Update""#)
            .with("references", #""desk-1,r-0,2026-11-23T08:00:00+08:00 desk-2,r-9,2026-11-23T00:00:00Z""#)
            .with("headline", #""鼓楼东大街失火""#).with("eventCode", #"{"local":"structure-fire","SAME":"FRW"}"#)
            .with("parameter", #"{"trapped":"true"}"#).with("area", #"{"grid":"110101005003002"}"#)
            .decoded()
        #expect(report.status == .exercise)
        #expect(report.messageType == .update)
        #expect(report.references == "desk-1,r-0,2026-11-23T08:00:00+08:00 desk-2,r-9,2026-11-23T00:00:00Z")
        #expect(report.headline == "鼓楼东大街失火")
        #expect(
            report.eventCodes == [.init(name: "local", value: "structure-fire"), .init(name: "SAME", value: "FRW")])
        #expect(report.parameters == [.init(name: "trapped", value: "true")])
        #expect(report.grid == GridCode("110101005003002"))
        #expect(report.point == nil)
        #expect(report.polygon == nil)
    }

    @Test func `point and polygon are read as they were sent`() throws {
        let report = try ReportJSON()
            .with("area", #"{"polygon":[[39.9,116.4],[39,117],[-1e1,-180],[39.90,116.4]],"point":[-90,180]}"#).decoded()
        #expect(report.point == Point(latitude: -90, longitude: 180))
        let corners = [(39.9, 116.4), (39, 117), (-10, -180), (39.9, 116.4)]
        #expect(report.polygon?.points == corners.compactMap { Point(latitude: $0.0, longitude: $0.1) })
        #expect(report.grid == nil)
    }

    @Test(arguments: ["eventCode", "parameter"])
    func `codes and parameters above their limit are refused, naming the member`(member: String) throws {
        func values(_ count: Int) -> String {
            "{" + (0..<count).map { "\"n\($0)\":\"v\"" }.joined(separator: ",") + "}"
        }
        _ = try ReportJSON().with(member, values(Limits.namedValues)).decoded()
        let refusal = ReportJSON().with(member, values(Limits.namedValues + 1)).refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == member)
    }

    @Test(arguments: ReportJSON.required)
    func `a required member that is missing is named`(member: String) {
        let refusal = ReportJSON().without(member).refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == member)
    }

    @Test(
        arguments: ReportJSON.required + [
            "status", "msgType", "references", "incidents", "headline", "description", "instruction", "contact",
            "language",
            "eventCode", "parameter", "area", "resource",
        ], ["7", "null", "true", "1.5", "[[]]"])
    func `a member of the wrong type is named`(member: String, json: String) {
        let refusal = ReportJSON().with(member, json).refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == member)
    }

    @Test(arguments: [
        ("category", Category.words), ("severity", Severity.words), ("urgency", Urgency.words),
        ("certainty", Certainty.words), ("status", ReportStatus.words), ("msgType", MessageType.words),
    ])
    func `a word that is not on its list is refused with the list`(member: String, words: [String]) {
        for wrong in ["Fier", "", words[0].lowercased(), words[0] + " "] {
            let refusal = ReportJSON().with(member, "\"\(wrong)\"").refusal
            #expect(refusal?.code == .invalid)
            #expect(refusal?.field == member)
            #expect(refusal?.allowed == words)
        }
    }

    @Test func `every word of CAP's lists is understood`() throws {
        for word in Category.allCases {
            #expect(try ReportJSON().with("category", "\"\(word.rawValue)\"").decoded().category == word)
        }
        for word in Severity.allCases {
            #expect(try ReportJSON().with("severity", "\"\(word.rawValue)\"").decoded().severity == word)
        }
        for word in Urgency.allCases {
            #expect(try ReportJSON().with("urgency", "\"\(word.rawValue)\"").decoded().urgency == word)
        }
        for word in Certainty.allCases {
            #expect(try ReportJSON().with("certainty", "\"\(word.rawValue)\"").decoded().certainty == word)
        }
    }

    @Test(arguments: ["identifier", "sender"])
    func `a name has 1 to 128 characters and none that CAP forbids`(member: String) {
        for good in ["a", "东城-1", "a;b\\u0022", String(repeating: "消", count: 128)] {
            #expect(ReportJSON().with(member, "\"\(good)\"").refusal == nil)
        }
        let wrong = [
            "", "a b", "a,b", "a<b", "a&b", "a\\tb", "a\\u0000", "a\\u007f", String(repeating: "消", count: 129),
        ]
        for wrong in wrong {
            #expect(ReportJSON().with(member, "\"\(wrong)\"").refusal?.field == member)
        }
    }

    @Test func `an event has 1 to 256 characters`() {
        #expect(ReportJSON().with("event", "\"\(String(repeating: "火", count: 256))\"").refusal == nil)
        #expect(ReportJSON().with("event", "\"\(String(repeating: "火", count: 257))\"").refusal?.field == "event")
        #expect(ReportJSON().with("event", "\"\"").refusal?.field == "event")
    }

    @Test(arguments: ["2026-11-23", "2026-11-23T08:10:00", "2025-02-29T00:00:00Z", "yesterday", ""])
    func `a time that is not RFC 3339 is named`(text: String) {
        #expect(ReportJSON().with("sent", "\"\(text)\"").refusal?.field == "sent")
    }

    @Test(arguments: ["Update", "Cancel"])
    func `an update or a cancel must say what it speaks of`(type: String) {
        let report = ReportJSON().with("msgType", "\"\(type)\"")
        #expect(report.refusal?.field == "references")
        #expect(report.with("references", #""desk-1,r-0,2026-11-23T08:00:00Z""#).refusal == nil)
    }

    @Test(arguments: ["Update", "Cancel"])
    func `an update or a cancel of itself is refused`(type: String) {
        let names = #""desk-1,r-0,2026-11-23T08:00:00Z desk-1,r-1,2026-11-23T08:00:00Z""#
        let refusal = ReportJSON().with("msgType", "\"\(type)\"").with("references", names).refusal
        #expect(refusal?.field == "references")
        #expect(refusal?.message.contains("desk-1,r-1") == true)
    }

    @Test(arguments: [
        "", " ", "r-0", "desk-1,r-0", "desk-1,r-0,yesterday", ",r-0,2026-11-23T08:00:00Z", "a,b,2026-11-23T08:00:00Z,d",
    ])
    func `references are groups of sender, identifier and time`(text: String) {
        #expect(ReportJSON().with("references", "\"\(text)\"").refusal?.field == "references")
    }

    @Test func `a value of a code or a parameter must be text, and is named`() {
        #expect(ReportJSON().with("parameter", #"{"trapped":true}"#).refusal?.field == "parameter.trapped")
        #expect(ReportJSON().with("eventCode", #"{"SAME":1}"#).refusal?.field == "eventCode.SAME")
        #expect(ReportJSON().with("parameter", "{}").refusal == nil)
    }

    @Test(arguments: ["89860012345678901234", "1e400", "-1e999", "[1e400, {\"deep\": -89860012345678901234}]"])
    func `a number of any size in a member that nobody reads does not matter`(number: String) {
        #expect(ReportJSON().with("iccid", number).refusal == nil)
        #expect(ReportJSON().with("area", "{\"grid\":\"110101\",\"altitude\":\(number)}").refusal == nil)
    }

    @Test func `a number that is read and too large is invalid, and named`() {
        let area = #"{"point":[1e400,116]}"#
        #expect(ReportJSON().with("area", area).refusal?.field == "area.point")
        let resource = #"{"uri":"x","size":89860012345678901234}"#
        #expect(ReportJSON().with("resource", resource).refusal?.field == "resource.size")
        #expect(ReportJSON().with("headline", "1e400").refusal?.field == "headline")
    }

    @Test(arguments: ["description", "instruction", "contact", "language", "headline", "x-case", "x", ""])
    func `a text that is there twice is refused, known or not`(member: String) {
        let refusal = ReportJSON().with(member, "\"a\"").adding(member, "\"a\"").refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == member)
    }

    @Test func `a member is found twice among thousands, also where one is written with escapes`() {
        var report = ReportJSON()
        for number in 1...3000 { report = report.adding("x\(number)", "1") }
        #expect(report.refusal == nil)
        #expect(report.adding("x17", "1").refusal?.field == "x17")
        #expect(ReportJSON().adding("e", "1").adding("\\u0065", "1").refusal?.field == "e")
        // Two ways to write é are two names.
        #expect(ReportJSON().adding("\u{e9}", "1").adding("e\u{301}", "1").refusal == nil)
    }

    @Test func `inside a member that the broker reads nothing may be there twice either`() {
        let resource = #"{"uri":"a","uri":"b"}"#
        for (member, json, field) in [
            ("parameter", #"{"trapped":"true","floor":"1","trapped":"false"}"#, "parameter.trapped"),
            ("eventCode", #"{"SAME":"FRW","SAME":"FRW"}"#, "eventCode.SAME"),
            ("area", #"{"point":[1,1],"point":[1,1]}"#, "area.point"), ("area", #"{"x":1,"x":2}"#, "area.x"),
            ("resource", resource, "resource.uri"), ("resource", "[\(resource)]", "resource.uri"),
        ] {
            let refusal = ReportJSON().with(member, json).refusal
            #expect(refusal?.code == .invalid)
            #expect(refusal?.field == field)
        }
        #expect(ReportJSON().with("resource", #"[{"uri":"a"},{"uri":"b"}]"#).refusal == nil)
        #expect(ReportJSON().with("resource", #"{"uri":"a"}"#).adding("resource", "[]").refusal?.field == "resource")
    }

    @Test func `a byte order mark is called by its name`() {
        let refusal = refusal(of: Array("\u{feff}\(ReportJSON().text)".utf8))
        #expect(refusal?.code == .malformed)
        #expect(refusal?.message.contains("byte order mark") ?? false)
    }

    @Test(arguments: ["identifier", "sender", "sent", "event", "category", "severity", "urgency", "certainty"])
    func `a member that is there twice is refused, the same or not`(member: String) {
        let report = ReportJSON()
        let again = member == "sent" ? "2026-11-23T08:10:00+08:00" : "Fire"
        let refusal = report.adding(member, "\"\(again)\"").refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == member)
    }

    @Test func `an area that is there twice, or two grids in one, is refused`() {
        let area = #"{"grid":"110101"}"#
        #expect(ReportJSON().with("area", area).adding("area", area).refusal?.field == "area")
        #expect(
            ReportJSON().with("area", #"{"grid":"110101","grid":"110102"}"#).refusal?.field == "area.grid")
    }

    @Test func `unknown members and unknown parts of known ones do not matter`() throws {
        let report = try ReportJSON().with("x-case", #"{"deep":[1,2,{"a":null}]}"#)
            .with("area", #"{"geocode":{"SAME":"006037"},"grid":"110101","circle":[1,2,3]}"#)
            .with("", "1").decoded()
        #expect(report.grid == GridCode("110101"))
    }

    @Test func `a member's name may be written with escapes`() {
        #expect(ReportJSON().without("event").with("ev\\u0065nt", #""flood""#).refusal == nil)
    }
}
