import Testing
import TocsinModel
import TocsinWire

/// Each body is read back as it was written; what a peer gets wrong is named.
struct BodyTests {
    private let at = Timestamp(milliseconds: 1_795_392_600_123)
    private let fire: Recipient

    init() throws {
        fire = try #require(Recipient("fire"))
    }

    private func parse<Value>(_ text: String, _ body: (JSONNode) throws -> Value) throws -> Value {
        try JSONParser(maximumBytes: 1 << 20).parse(Array(text.utf8), body)
    }

    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return json.text
    }

    @Test func `a receipt comes back`() throws {
        let receipt = Receipt(
            incident: IncidentNumber(1234), isDuplicate: true, differs: true, storedAt: at,
            recipients: [
                .init(recipient: fire, purpose: .action, rule: "structure \"fire\"", terminals: 2),
                .init(
                    recipient: try #require(Recipient("leader@110101")), purpose: .information, rule: "火灾", terminals: 0
                ),
            ])
        #expect(try parse(written(receipt.write)) { try Receipt(json: $0) } == receipt)
    }

    @Test func `a receipt says what a report has become that was taken out`() throws {
        var receipt = Receipt(incident: IncidentNumber(12), isDuplicate: true, storedAt: at, recipients: [])
        (receipt.joined, receipt.splitInto) = (4, IncidentNumber(17))
        #expect(written(receipt.write).contains(#""joined":4,"splitInto":17"#))
        #expect(try parse(written(receipt.write)) { try Receipt(json: $0) } == receipt)
    }

    @Test func `a receipt is written as the protocol shows it`() {
        let receipt = Receipt(
            incident: IncidentNumber(1234), isDuplicate: false, storedAt: at,
            recipients: [.init(recipient: fire, purpose: .action, rule: "structure fire", terminals: 2)])
        let json = """
            {"incident":1234,"duplicate":false,"storedAt":"2026-11-23T00:10:00.123Z",\
            "recipients":[{"recipient":"fire","purpose":"action","rule":"structure fire","terminals":2}]}
            """
        #expect(written(receipt.write) == json)
    }

    @Test func `joined comes back`() throws {
        var joined = Joined(pending: 17, unanswered: 3, heartbeatMilliseconds: 5000)
        #expect(try parse(written(joined.write)) { try Joined(json: $0) } == joined)
        joined.epoch = JournalEpoch("5f0c")
        #expect(written(joined.write) == #"{"pending":17,"unanswered":3,"heartbeatMs":5000,"epoch":"5f0c"}"#)
        #expect(try parse(written(joined.write)) { try Joined(json: $0) } == joined)
    }

    @Test func `an earlier broker says in joined how much is pending alone`() throws {
        let earlier = #"{"pending":17,"heartbeatMs":5000}"#
        #expect(try parse(earlier) { try Joined(json: $0) } == Joined(pending: 17, heartbeatMilliseconds: 5000))
    }

    @Test(arguments: [Timestamp(milliseconds: 0), nil])
    func `an envelope comes back`(acknowledgeBy: Timestamp?) throws {
        let envelope = Envelope(
            incident: IncidentNumber(9), purpose: .action, rule: "火灾", severity: .extreme, acknowledgeBy: acknowledgeBy,
            attempt: 3, isRedelivered: true, escalation: 2, status: .exercise, storedAt: at)
        #expect(try parse(written(envelope.write)) { try Envelope(json: $0) } == envelope)
    }

    @Test(arguments: [nil, [], ["王", "Li Mei"]] as [[String]?])
    func `an envelope says who is on duty, that nobody is, or nothing`(onDuty: [String]?) throws {
        let envelope = Envelope(
            incident: IncidentNumber(9), purpose: .action, rule: "r", severity: .extreme, acknowledgeBy: nil,
            attempt: 1,
            isRedelivered: false, escalation: 0, status: .actual, storedAt: at, onDuty: onDuty)
        #expect(try parse(written(envelope.write)) { try Envelope(json: $0) } == envelope)
        #expect(written(envelope.write).contains("onDuty") == (onDuty != nil))
    }

    @Test func `progress comes back, whatever has happened`() throws {
        let events = AlertState.allCases.map { Progress.Event.alert($0) } + [.escalated, .closed]
        for event in events {
            let progress = Progress(
                event: event, at: at, recipient: fire, number: AlertNumber(7),
                person: Person(by: "王", note: "on my way"))
            #expect(try parse(written { progress.write(to: &$0) }) { try Progress(json: $0) } == progress)
            let bare = Progress(event: event, at: at)
            #expect(try parse(written { bare.write(to: &$0) }) { try Progress(json: $0) } == bare)
        }
        #expect(throws: Refusal.self) {
            try parse(#"{"state":"lost","at":"2026-11-23T00:10:00Z"}"#) { try Progress(json: $0) }
        }
    }

    @Test func `a person's word comes back`() throws {
        let person = Person(by: "Wang, desk 2", note: "二号车出动")
        let acknowledged = PersonalWord(person: person)
        let text = written { acknowledged.write(to: &$0) }
        #expect(try parse(text) { try PersonalWord(json: $0, for: .acknowledge) } == acknowledged)
        let declined = written { acknowledged.write(to: &$0, noteName: "reason") }
        #expect(declined.contains("\"reason\""))
        #expect(try parse(declined) { try PersonalWord(json: $0, for: .decline) } == acknowledged)
        for state in [AlertState.enRoute, .onScene, .resolved] {
            let status = PersonalWord(person: person, state: state)
            #expect(try parse(written { status.write(to: &$0) }) { try PersonalWord(json: $0, for: .status) } == status)
        }
        let taken = PersonalWord(person: person, at: at)
        #expect(try parse(written { taken.write(to: &$0) }) { try PersonalWord(json: $0, for: .taken) } == taken)
    }

    @Test(arguments: [
        ("{}", "by"), ("[]", "by"), ("{\"by\":1}", "by"), ("{\"by\":\"\"}", "by"),
        ("{\"by\":\"w\",\"note\":1}", "note"),
        ("{\"by\":\"w\"}", "state"), ("{\"by\":\"w\",\"state\":\"acknowledged\"}", "state"),
        ("{\"by\":\"w\",\"state\":\"queued\"}", "state"), ("{\"by\":\"w\",\"state\":7}", "state"),
    ])
    func `what is wrong with a person's word is named`(text: String, field: String) throws {
        #expect {
            try parse(text) { try PersonalWord(json: $0, for: .status) }
        } throws: {
            ($0 as? Refusal)?.code == .invalid && ($0 as? Refusal)?.field == field
        }
    }

    @Test func `a name and a note have their limits`() throws {
        func word(_ name: Int, _ note: Int) throws -> PersonalWord {
            let word = PersonalWord(
                person: Person(by: String(repeating: "n", count: name), note: String(repeating: "x", count: note)))
            return try parse(written { word.write(to: &$0) }) { try PersonalWord(json: $0, for: .acknowledge) }
        }
        #expect(try word(128, 4096).person.by.count == 128)
        #expect(throws: Refusal.self) { try word(129, 1) }
        #expect(throws: Refusal.self) { try word(1, 4097) }
    }

    @Test func `a refusal's detail comes back`() throws {
        let refusal = Refusal(
            .busy, "Too many \"reports\"", field: "area.grid", allowed: ["Geo", "Met"], retryAfterMilliseconds: 100)
        let text = written { refusal.writeDetail(to: &$0, command: .received, number: AlertNumber(3)) }
        let read = try parse(text) { json in try Refusal(code: .busy, detail: json) }
        #expect(read == refusal)
        try parse(text) { json in
            #expect(json["command"]?.string == "RECEIVED")
            #expect(json["number"]?.integer == 3)
        }
        let bare = Refusal(.malformed, "No")
        #expect(written { bare.writeDetail(to: &$0, command: nil) } == #"{"message":"No"}"#)
    }
}
