import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@Suite struct RecordCodecTests {
    private let codec = RecordCodec()

    private func body(_ record: JournalRecord) -> JSONWriter {
        var json = JSONWriter()
        RecordCodec.write(record, to: &json)
        return json
    }

    @Test(
        arguments: (Sample.everyKind + Sample.subscriptions).map(\.record) + Sample.rings + Sample.silences
            + Sample.joins + Sample.removed)
    func `a record comes back as it was written`(_ record: JournalRecord) throws {
        var (name, report) = (record.reportName, record.report ?? [])
        if case .removed(let removed) = record { name = removed.incident?.name }
        let read = try body(record).bytes.withUnsafeBytes {
            try codec.read(record.kind, body: $0, name: name, report: report)
        }
        #expect(read == record)
    }

    @Test func `an Update says what it is news of, and what it refers to in vain`() throws {
        guard case .incident(let sample) = Sample.incident("A-1", telling: [(Sample.fire, 1)]) else { return }
        let news = ReportNews(
            .update, roots: [.init(IncidentNumber(7), sender: "网格员"), .init(IncidentNumber(2), sender: "b\"")],
            astray: [.init(ReportName(sender: "a", identifier: "b"), .otherStatus)], isRaised: true)
        for news in [news, ReportNews(.cancel, roots: []), nil] {
            let record = IncidentRecord(
                name: sample.name, event: sample.event, category: sample.category, severity: sample.severity,
                status: sample.status, grid: sample.grid, alerts: sample.alerts, plans: sample.plans,
                rules: sample.rules, report: sample.report, news: news)
            let written = body(.incident(record))
            let read = try written.bytes.withUnsafeBytes {
                try codec.read(.incident, body: $0, name: record.name, report: record.report)
            }
            #expect(read == .incident(record))
            #expect(written.text.contains("\"message\"") == (news != nil))
        }
    }

    @Test func `a subscription's conditions are a text, and come back byte for byte`() {
        #expect(
            body(Sample.subscribed(Sample.fire, "a", when: #"{"event":"b"}"#, by: nil, at: 1)).text
                == #"{"recipient":"fire","name":"a","when":"{\"event\":\"b\"}","purpose":"information","#
                + #""since":"2026-11-23T08:00:00.124Z"}"#)
        #expect(
            body(Sample.unsubscribed(Sample.fire, "a")).text
                == #"{"recipient":"fire","name":"a","by":"Wang","principal":"uid:li"}"#)
    }

    @Test func `a rating has what was said of it, and no score that cannot be`() throws {
        let rated = JournalRecord.rated(
            RatedRecord(incident: IncidentNumber(7), rating: Rating(score: 2, note: "太晚\n", by: "Li", principal: "h-7"))
        )
        #expect(body(rated).text == #"{"incident":7,"score":2,"note":"太晚\n","by":"Li","principal":"h-7"}"#)
        for record in [rated, .rated(RatedRecord(incident: IncidentNumber(7), rating: Rating(score: 5)))] {
            let read = try body(record).bytes.withUnsafeBytes { try codec.read(.rated, body: $0) }
            #expect(read == record)
        }
        for wrong in [#"{"incident":7,"score":6}"#, #"{"incident":7,"score":0}"#, #"{"incident":7}"#, #"{"score":1}"#] {
            #expect(throws: UnreadableRecord.self) {
                try Array(wrong.utf8).withUnsafeBytes { try codec.read(.rated, body: $0) }
            }
        }
    }

    @Test func `bodies are JSON with ranges as pairs`() {
        #expect(
            body(Sample.received(Sample.fire, 17...40, 42...42)).text
                == #"{"recipient":"fire","numbers":[[17,40],[42,42]]}"#)
        #expect(body(Sample.closed(7, reason: nil)).text == #"{"incident":7,"by":"李值班"}"#)
    }

    @Test func `a principal and the connections closed are members that an earlier version passes over`() throws {
        let numbers = [AlertNumber(1)...AlertNumber(4)]
        let received = JournalRecord.received(
            ReceivedRecord(recipient: Sample.fire, numbers: numbers, principal: "fire-desk"))
        #expect(body(received).text == #"{"recipient":"fire","numbers":[[1,4]],"principal":"fire-desk"}"#)
        let reload = JournalRecord.rules(
            RulesRecord(RuleTexts(rules: "r"), principal: "uid:li", connectionsClosed: 0))
        #expect(body(reload).text == #"{"text":"r","principal":"uid:li","connectionsClosed":0}"#)
        for record in [received, reload] {
            let read = try body(record).bytes.withUnsafeBytes { try codec.read(record.kind, body: $0) }
            #expect(read == record)
        }
    }

    @Test func `rules of an earlier version have no directory, and an earlier version reads those of this one`() throws
    {
        let earlier = #"{"text":"fallback: fire","after":3,"continues":true}"#
        let read = try Array(earlier.utf8).withUnsafeBytes { try codec.read(.rules, body: $0) }
        let record = RulesRecord(RuleTexts(rules: "fallback: fire"), after: Position(3), continues: true)
        #expect(read == .rules(record))
        #expect(body(.rules(record)).text == earlier)
        let holidays = JournalRecord.rules(RulesRecord(RuleTexts(rules: "r", holidays: "off: []")))
        #expect(body(holidays).text == #"{"text":"r","holidays":"off: []"}"#)
        #expect(try body(holidays).bytes.withUnsafeBytes { try codec.read(.rules, body: $0) } == holidays)
        let duty = JournalRecord.rules(RulesRecord(RuleTexts(rules: "r", duty: "persons: []\n\u{c}a.ics\nBEGIN:…\r\n")))
        #expect(body(duty).text == #"{"text":"r","duty":"persons: []\n\u000ca.ics\nBEGIN:…\r\n"}"#)
        #expect(try body(duty).bytes.withUnsafeBytes { try codec.read(.rules, body: $0) } == duty)
        let texts = RuleTexts(rules: "fallback: fire", departments: "d", grids: "g")
        #expect(
            body(.rules(RulesRecord(texts))).text == #"{"text":"fallback: fire","departments":"d","grids":"g"}"#)
    }

    @Test func `recipients of one rule stand together, in their order`() {
        let text = body(Sample.incident("G-1", telling: [(Sample.fire, 1), (Sample.police, 7), (Sample.leader, 2)]))
            .text
        #expect(text.contains(#""acknowledgeWithinMs":60000,"to":[["fire",1,2]]}"#), "\(text)")
        #expect(text.contains(#""to":[["police@110101005",7,2],["leader@110101",2,2]]}"#), "\(text)")
    }

    @Test func `the largest incident that rules can make can be read again`() throws {
        // A sixty-fourth of it: each part is as long as may be, and the whole is as many times as long.
        let share = 64
        let rule = String(repeating: "𠀀", count: 128)
        let names = (0..<Limits.recipientsPerIncident / share).map { number in
            let digits = String(number)
            return "r" + String(repeating: "0", count: Limits.recipientBytes - 1 - digits.count) + digits
        }
        let alerts = try names.map {
            IncidentRecord.Alert(
                Addressee(
                    recipient: try #require(Recipient($0)), purpose: .information, rule: "\(rule)\($0)", note: rule),
                number: AlertNumber(999_999_999_999_999_999), terminals: .max)
        }
        // The most plans: each has one step, and waits for one.
        let to = try #require(Recipient(names[0]))
        let plans = (0..<Limits.stepsPerIncident / 2 / share).map { _ in
            Plan(
                rule: rule, acknowledgeWithin: .seconds(604_800), watched: [Limits.recipientsPerIncident],
                steps: [.init(after: .seconds(604_800), to: to)])
        }
        let incident = IncidentRecord(
            name: ReportName(sender: "s", identifier: "i"), event: "e", category: .fire, severity: .severe,
            status: .actual, grid: nil, alerts: alerts, plans: plans, rules: Position(1), report: [])
        #expect(body(.incident(incident)).bytes.count * share <= Limits.recordBytes)
    }

    @Test(arguments: [
        (JournalRecord.Kind.received, #"{"recipient":"fire"}"#, "numbers"),
        (.received, #"{"recipient":"Fire!","numbers":[[1,1]]}"#, "recipient"),
        (.received, #"{"recipient":"fire","numbers":[[2,1]]}"#, "numbers"),
        (.received, #"{"recipient":"fire","numbers":[[1]]}"#, "numbers"),
        (.received, #"{"recipient":"fire","numbers":[]}"#, "numbers"),
        (.received, #"{"recipient":"fire","numbers":7}"#, "numbers"),
        (.personal, #"{"recipient":"fire","numbers":[[1,1]],"state":"sent","by":"x"}"#, "state"),
        (.personal, #"{"recipient":"fire","numbers":[[1,1]],"state":"gone","by":"x"}"#, "state"),
        (.escalated, #"{"incident":1,"plan":0,"step":0,"recipient":"fire","number":1,"cause":"why"}"#, "cause"),
        (.closed, #"{"by":"x"}"#, "incident"),
        (.rules, #"[]"#, "text"),
        (
            .incident,
            #"{"event":"e","category":"Fire","severity":"Severe","status":"Actual","grid":"12","rules":1,"alerts":[]}"#,
            "grid"
        ),
        (
            .incident,
            #"{"event":"e","category":"Fire","severity":"Severe","status":"Actual","rules":1}"#,
            "alerts"
        ),
        (
            .incident,
            #"{"event":"e","category":"Fire","severity":"Severe","status":"Actual","rules":1,"alerts":[{"to":[["fire",0,1]]}]}"#,
            "to"
        ),
    ])
    func `a body that cannot have been written names the member at fault`(
        _ kind: JournalRecord.Kind, _ body: String, _ member: String
    ) {
        let error = #expect(throws: UnreadableRecord.self) {
            try [UInt8](body.utf8).withUnsafeBytes { _ = try codec.read(kind, body: $0) }
        }
        #expect(error?.description.hasPrefix("The member \(member) ") == true, "\(error?.description ?? "")")
    }
}
