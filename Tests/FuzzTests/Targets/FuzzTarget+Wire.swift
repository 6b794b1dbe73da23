import TocsinModel
import TocsinWire

extension FuzzTarget {
    /// The first frame on each of the endpoints, with its list of numbers.
    static let header = FuzzTarget(
        name: "header",
        corpus: [
            "TIP1 REPORT r-1", "TIP1 FOLLOW r 1234", "TIP1 PING x", "TIP1 PONG", "TIP1 JOIN fire desk-2 64",
            "TIP1 RECEIVED police@110101005 17-40,42", "TIP1 ACKNOWLEDGE fire 17", "TIP1 DECLINE fire 1",
            "TIP1 STATUS fire 999999999999999999", "TIP1 LEAVE fire", "TIP1 INFO i", "TIP1 INCIDENT r", "TIP1 CLOSE c",
            "TIP1 EXPLAIN e", "TIP1 RELOAD r", "TIP1 PENDING p", "TIP1 INCIDENTS i", "TIP1 SUBSCRIBE fire fires",
            "TIP1 UNSUBSCRIBE fire 火灾", "TIP1 SUBSCRIPTIONS fire",
        ].map { Array($0.utf8) },
        words: ["TIP1", "TIP2", "JOIN", "RECEIVED", "-", "--", "17-16", "1-20001", "@", "@110101", "10001"],
        count: 20_000
    ) {
        func isKept<Command: Equatable>(
            _ command: Command, _ line: [UInt8], _ read: (UnsafeRawBufferPointer) throws -> Command
        ) throws {
            let again = try? line.withUnsafeBytes { try read($0) }
            try promise(again == command, "\(command) is written \(String(decoding: line, as: UTF8.self))")
        }
        return { header in
            var isAccepted = false
            if let command = try? ReportsCommand(header: header) {
                isAccepted = true
                try isKept(command, command.line) { try ReportsCommand(header: $0) }
            }
            if let command = try? AlertsCommand(header: header) {
                isAccepted = true
                try isKept(command, command.line) { try AlertsCommand(header: $0) }
            }
            if let command = try? ControlCommand(header: header) {
                isAccepted = true
                try isKept(command, command.line) { try ControlCommand(header: $0) }
            }
            return isAccepted
        }
    }

    /// A person's word, with each of the commands that have one.
    static let person = FuzzTarget(
        name: "person",
        corpus: [
            #"{"by":"Wang, desk 2","note":"on our way"}"#, #"{"by":"王","reason":"no crew"}"#,
            #"{"by":"Li","state":"enRoute"}"#, #"{"incident":17,"by":"Li","reason":"false alarm"}"#,
        ].map { Array($0.utf8) },
        words: ["by", "note", "reason", "state", "onScene", "resolved"], count: 20_000
    ) {
        let parser = JSONParser(maximumBytes: Limits.bodyBytes)
        return { bytes in
            var isAccepted = false
            for command in [CommandWord.acknowledge, .decline, .status, .close] {
                guard let word = try? parser.parse(bytes, { try PersonalWord(json: $0, for: command) }) else {
                    continue
                }
                isAccepted = true
                var json = JSONWriter()
                word.write(to: &json, noteName: command == .decline || command == .close ? "reason" : "note")
                let again = try? parser.parse(json.bytes) { try PersonalWord(json: $0, for: command) }
                try promise(again?.person == word.person && again?.state == word.state, "\(command): \(word)")
            }
            return isAccepted
        }
    }

    /// The body of SUBSCRIBE, and the conditions in it.
    static let wish = FuzzTarget(
        name: "wish",
        corpus: [
            #"{"when":{"category":["Fire","Rescue"],"severity":"at least Severe"},"purpose":"action","by":"Li"}"#,
            #"{"when":{"event":"火\u707e","parameter":{"trapped":["true"]},"within":"110101","status":"Test"}}"#,
            #"{"when":{}}"#,
        ].map { Array($0.utf8) },
        words: ["when", "purpose", "by", "category", "at least ", "within", "-1e400", "null", "[]", "{}"], count: 20_000
    ) {
        let parser = JSONParser(maximumBytes: Limits.bodyBytes)
        return { bytes in
            guard let wish = try? parser.parse(bytes, { try SubscriptionWish(json: $0) }) else { return false }
            var json = JSONWriter()
            wish.write(to: &json)
            let again = try? parser.parse(json.bytes) { try SubscriptionWish(json: $0) }
            try promise(again == wish, "\(wish) is read back as \(String(describing: again))")
            return true
        }
    }

    private static let reports = [
        #"""
        {"identifier":"a1","sender":"handheld-7","sent":"2026-11-23T08:10:00+08:00","event":"structure-fire","category":"Fire",
        "severity":"Severe","urgency":"Immediate","certainty":"Observed"}
        """#,
        #"""
        {"identifier":"a2","sender":"h","sent":"2026-11-23T08:10:30.5Z","event":"火灾","category":"Fire","severity":"Extreme",
        "urgency":"Expected","certainty":"Likely","status":"Exercise","msgType":"Update",
        "references":"h,a1,2026-11-23T08:10:00Z","headline":"居民楼起火","parameter":{"trapped":"true"},
        "eventCode":{"SAME":"FRW"},"resource":[{"uri":"http://x/1"}],
        "area":{"grid":"110101001001001","point":[39.914,116.41],"polygon":[[1,2],[3,4],[5,6],[1,2]]}}
        """#,
    ].map { Array($0.utf8) }

    /// A report. It is never written again, but forwarded as it was sent.
    static let report = FuzzTarget(
        name: "report", corpus: reports,
        words: [
            "identifier", "status", "Test", "area", "grid", "110101", "point", "polygon", "parameter", "2026-02-30",
        ],
        count: 20_000
    ) {
        let (first, second) = (ReportDecoder(), ReportDecoder())
        return { bytes in
            let report = try? first.decode(bytes)
            try promise(report == (try? second.decode(bytes)), "one report is read in two ways")
            return report != nil
        }
    }
}

extension ReportsCommand {
    /// The header line that says this.
    fileprivate var line: [UInt8] {
        switch self {
        case .report(let reference): HeaderLine(.report, reference.text).bytes
        case .follow(let reference, let incident): HeaderLine(.follow, reference.text, "\(incident)").bytes
        case .rate(let reference, let incident): HeaderLine(.rate, reference.text, "\(incident)").bytes
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
        case .subscribe(let key): HeaderLine(.subscribe, key.recipient.name, key.name.text).bytes
        case .unsubscribe(let key): HeaderLine(.unsubscribe, key.recipient.name, key.name.text).bytes
        case .subscriptions(let recipient): HeaderLine(.subscriptions, recipient.name).bytes
        case .ping(let payload): payload.isEmpty ? HeaderLine(.ping).bytes : HeaderLine(.ping, payload).bytes
        case .pong(let payload): payload.isEmpty ? HeaderLine(.pong).bytes : HeaderLine(.pong, payload).bytes
        }
    }
}

extension ControlCommand {
    fileprivate var line: [UInt8] {
        switch self {
        case .info(let reference): HeaderLine(.info, reference.text).bytes
        case .incidents(let reference): HeaderLine(.incidents, reference.text).bytes
        case .incident(let reference): HeaderLine(.incident, reference.text).bytes
        case .pending(let reference): HeaderLine(.pending, reference.text).bytes
        case .explain(let reference): HeaderLine(.explain, reference.text).bytes
        case .clients(let reference): HeaderLine(.clients, reference.text).bytes
        case .subscriptions(let reference): HeaderLine(.subscriptions, reference.text).bytes
        case .audit(let reference): HeaderLine(.audit, reference.text).bytes
        case .stats(let reference): HeaderLine(.stats, reference.text).bytes
        case .reload(let reference): HeaderLine(.reload, reference.text).bytes
        case .close(let reference): HeaderLine(.close, reference.text).bytes
        case .reopen(let reference): HeaderLine(.reopen, reference.text).bytes
        case .silence(let reference): HeaderLine(.silence, reference.text).bytes
        case .unsilence(let reference): HeaderLine(.unsilence, reference.text).bytes
        case .silences(let reference): HeaderLine(.silences, reference.text).bytes
        case .split(let reference): HeaderLine(.split, reference.text).bytes
        case .ping(let payload): payload.isEmpty ? HeaderLine(.ping).bytes : HeaderLine(.ping, payload).bytes
        case .pong(let payload): payload.isEmpty ? HeaderLine(.pong).bytes : HeaderLine(.pong, payload).bytes
        }
    }
}
