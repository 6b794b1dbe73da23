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

    @Test(arguments: Sample.everyKind.map(\.record))
    func `a record comes back as it was written`(_ record: JournalRecord) throws {
        var report: [UInt8] = []
        if case .incident(let incident) = record { report = incident.report }
        let read = try body(record).bytes.withUnsafeBytes { try codec.read(record.kind, body: $0, report: report) }
        #expect(read == record)
    }

    @Test func `bodies are JSON with ranges as pairs`() {
        #expect(
            body(Sample.received(Sample.fire, 17...40, 42...42)).text
                == #"{"recipient":"fire","numbers":[[17,40],[42,42]]}"#)
        #expect(body(Sample.closed(7, reason: nil)).text == #"{"incident":7,"by":"李值班"}"#)
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
            #"{"sender":"s","identifier":"i","event":"e","category":"Fire","severity":"Severe","status":"Actual","grid":"12","rules":1,"alerts":[]}"#,
            "grid"
        ),
        (
            .incident,
            #"{"sender":"s","identifier":"i","event":"e","category":"Fire","severity":"Severe","status":"Actual","rules":1}"#,
            "alerts"
        ),
    ])
    func `a body that cannot have been written names the member at fault`(
        _ kind: JournalRecord.Kind, _ body: String, _ member: String
    ) {
        let error = #expect(throws: UnreadableRecord.self) {
            try [UInt8](body.utf8).withUnsafeBytes { _ = try codec.read(kind, body: $0) }
        }
        #expect(error?.member == member)
    }
}
