import Testing
import TocsinModel
import TocsinWire

/// What peers say, a little changed: reading it never traps, and what is accepted is written as it was read.
struct WireFuzzTests {
    private static let headers = [
        "TIP1 REPORT r-1", "TIP1 FOLLOW r 1234", "TIP1 PING x", "TIP1 PONG", "TIP1 JOIN fire desk-2 64",
        "TIP1 RECEIVED police@110101005 17-40,42", "TIP1 ACKNOWLEDGE fire 17", "TIP1 DECLINE fire 1",
        "TIP1 STATUS fire 999999999999999999", "TIP1 LEAVE fire", "TIP1 INFO i", "TIP1 INCIDENT r", "TIP1 CLOSE c",
        "TIP1 EXPLAIN e", "TIP1 RELOAD r", "TIP1 PENDING p", "TIP1 INCIDENTS i",
    ]
    private static let words = [
        "TIP1", "TIP2", "JOIN", "RECEIVED", "-", "--", "17-16", "1-20001", "@", "@110101", "10001",
    ]

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a header is read or refused, and what is read is written as it was`(seed: UInt64) {
        var mutator = Mutator(seed: seed, corpus: Self.headers, pieces: Self.words)
        var accepted = 0
        for bytes in mutator.inputs() {
            bytes.withUnsafeBytes { header in
                if let command = try? ReportsCommand(header: header) {
                    accepted += 1
                    #expect(again(command.line) { try ReportsCommand(header: $0) } == command)
                }
                if let command = try? AlertsCommand(header: header) {
                    accepted += 1
                    #expect(again(command.line) { try AlertsCommand(header: $0) } == command)
                }
                _ = try? ControlCommand(header: header)
            }
        }
        #expect(accepted > 1000)
    }

    private func again<Command>(_ line: [UInt8], _ read: (UnsafeRawBufferPointer) throws -> Command) -> Command? {
        line.withUnsafeBytes { try? read($0) }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a person's word is read or refused, and what is read is written as it was`(seed: UInt64) {
        var mutator = Mutator(
            seed: seed,
            corpus: [
                #"{"by":"Wang, desk 2","note":"on our way"}"#, #"{"by":"王","reason":"no crew"}"#,
                #"{"by":"Li","state":"enRoute"}"#, #"{"incident":17,"by":"Li","reason":"false alarm"}"#,
            ],
            pieces: ["by", "note", "reason", "state", "onScene", "resolved"])
        let parser = JSONParser(maximumBytes: Limits.bodyBytes)
        var accepted = 0
        for bytes in mutator.inputs() {
            for command in [CommandWord.acknowledge, .decline, .status, .close] {
                guard let word = try? parser.parse(bytes, { try PersonalWord(json: $0, for: command) }) else {
                    continue
                }
                accepted += 1
                var json = JSONWriter()
                word.write(to: &json, noteName: command == .decline || command == .close ? "reason" : "note")
                let again = try? parser.parse(json.bytes) { try PersonalWord(json: $0, for: command) }
                #expect(again?.person == word.person && again?.state == word.state)
            }
        }
        #expect(accepted > 1000)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `a report is read or refused, the same each time`(seed: UInt64) {
        var mutator = Mutator(
            seed: seed,
            corpus: [
                #"{"identifier":"a1","sender":"handheld-7","sent":"2026-11-23T08:10:00+08:00","event":"structure-fire","#
                    + #""category":"Fire","severity":"Severe","urgency":"Immediate","certainty":"Observed"}"#,
                #"{"identifier":"a2","sender":"h","sent":"2026-11-23T08:10:30.5Z","event":"火灾","category":"Fire","#
                    + #""severity":"Extreme","urgency":"Expected","certainty":"Likely","status":"Exercise","#
                    + #""msgType":"Update","references":"h,a1,2026-11-23T08:10:00Z","headline":"居民楼起火","#
                    + #""parameter":{"trapped":"true"},"eventCode":{"SAME":"FRW"},"resource":[{"uri":"http://x/1"}],"#
                    + #""area":{"grid":"110101001001001","point":[39.914,116.41],"polygon":[[1,2],[3,4],[5,6],[1,2]]}}"#,
            ],
            pieces: [
                "identifier", "status", "Test", "area", "grid", "110101", "point", "polygon", "parameter", "2026-02-30",
            ])
        let (first, second) = (ReportDecoder(), ReportDecoder())
        var accepted = 0
        for bytes in mutator.inputs() {
            let report = try? first.decode(bytes)
            if report != nil { accepted += 1 }
            #expect(report == (try? second.decode(bytes)))
        }
        #expect(accepted > 1000)
    }
}

extension ReportsCommand {
    /// The header line that says this.
    fileprivate var line: [UInt8] {
        switch self {
        case .report(let reference): HeaderLine(.report, reference.text).bytes
        case .follow(let reference, let incident): HeaderLine(.follow, reference.text, "\(incident)").bytes
        case .ping(let payload): payload.isEmpty ? HeaderLine(.ping).bytes : HeaderLine(.ping, payload).bytes
        case .pong(let payload): payload.isEmpty ? HeaderLine(.pong).bytes : HeaderLine(.pong, payload).bytes
        }
    }
}

extension AlertsCommand {
    fileprivate var line: [UInt8] {
        switch self {
        case .join(let recipient, let terminal, let credit):
            HeaderLine(.join, recipient.name, terminal, "\(credit)").bytes
        case .received(let recipient, let numbers): HeaderLine(.received, recipient.name, "\(numbers)").bytes
        case .acknowledge(let recipient, let number): HeaderLine(.acknowledge, recipient.name, "\(number)").bytes
        case .decline(let recipient, let number): HeaderLine(.decline, recipient.name, "\(number)").bytes
        case .status(let recipient, let number): HeaderLine(.status, recipient.name, "\(number)").bytes
        case .leave(let recipient): HeaderLine(.leave, recipient.name).bytes
        case .ping(let payload): payload.isEmpty ? HeaderLine(.ping).bytes : HeaderLine(.ping, payload).bytes
        case .pong(let payload): payload.isEmpty ? HeaderLine(.pong).bytes : HeaderLine(.pong, payload).bytes
        }
    }
}
