public import TocsinModel

// Each body is written here by one side and read here by the other.

extension Receipt {
    public func write(to json: inout JSONWriter) {
        Self.write(
            incident, isDuplicate: isDuplicate, differs: differs, isRemoved: isRemoved, isPlaceUnknown: isPlaceUnknown,
            grid: grid, news: writeNews(to:), storedAt: storedAt, to: &json
        ) { json in
            for told in recipients {
                json.object { json in
                    json.member("recipient", told.recipient)
                    json.member("purpose", told.purpose)
                    json.member("rule", told.rule)
                    json.member("terminals", told.terminals)
                }
            }
        }
    }

    private func writeNews(to json: inout JSONWriter) {
        for (name, numbers) in [("updates" as StaticString, updates), ("cancels", cancels)] where !numbers.isEmpty {
            json.array(name) { json in
                for number in numbers { json.integer(number.value) }
            }
        }
        json.member("joined", ifPresent: joined.map { Int64($0) })
        json.member("update", ifPresent: update?.value)
        if isRaised { json.member("raised", true) }
        json.member("splitInto", ifPresent: splitInto?.value)
        guard !astray.isEmpty else { return }
        json.array("astray") { json in
            for one in astray {
                json.object { json in
                    json.member("sender", one.name.sender)
                    json.member("identifier", one.name.identifier)
                    json.member("reason", one.reason)
                }
            }
        }
    }

    /// Writes a receipt. `news` writes what it says of references, and `recipients` its recipients, one object each.
    public static func write(
        _ incident: IncidentNumber, isDuplicate: Bool, differs: Bool, isRemoved: Bool = false, isPlaceUnknown: Bool,
        grid: GridCode?, news: ((inout JSONWriter) -> Void)? = nil, storedAt: Timestamp, to json: inout JSONWriter,
        recipients: (inout JSONWriter) -> Void
    ) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("duplicate", isDuplicate)
            if differs { json.member("differs", true) }
            if isRemoved { json.member("removed", true) }
            if isPlaceUnknown { json.member("placeUnknown", true) }
            json.member("grid", ifPresent: grid)
            news?(&json)
            json.member("storedAt", storedAt)
            json.array("recipients", recipients)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        incident = try json.member("incident")
        isDuplicate = try json.member("duplicate")
        differs = try json.member(ifPresent: "differs") ?? false
        isRemoved = try json.member(ifPresent: "removed") ?? false
        isPlaceUnknown = try json.member(ifPresent: "placeUnknown") ?? false
        grid = try json.member(ifPresent: "grid")
        // Earlier brokers do not have these.
        updates = try json.member(ifPresent: "updates") ?? []
        cancels = try json.member(ifPresent: "cancels") ?? []
        isRaised = try json.member(ifPresent: "raised") ?? false
        joined = (try json.member(ifPresent: "joined") as Int64?).map { Int(clamping: $0) }
        update = try json.member(ifPresent: "update")
        splitInto = try json.member(ifPresent: "splitInto")
        astray =
            json["astray"] == nil
            ? []
            : try json.elements("astray") { (one) throws(Refusal) in
                Astray(
                    name: ReportName(
                        sender: try one.member("sender"), identifier: try one.member("identifier")),
                    reason: try one.member("reason"))
            }
        storedAt = try json.member("storedAt")
        recipients = try json.elements("recipients") { (told) throws(Refusal) in
            Told(
                recipient: try told.member("recipient"), purpose: try told.member("purpose"),
                rule: try told.member("rule"), terminals: try told.member("terminals"))
        }
    }
}

extension Joined {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("pending", pending)
            json.member("unanswered", unanswered)
            json.member("heartbeatMs", heartbeatMilliseconds)
            json.member("epoch", ifPresent: epoch?.text)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        pending = try json.member("pending")
        // Earlier brokers do not have it.
        unanswered = try json.member(ifPresent: "unanswered") ?? 0
        heartbeatMilliseconds = try json.member("heartbeatMs")
        epoch = try json.member(ifPresent: "epoch").map(JournalEpoch.init)
    }
}

extension Envelope {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("purpose", purpose)
            json.member("rule", rule)
            json.rules(rule, otherRules)
            json.member("severity", severity)
            json.member("acknowledgeBy", ifPresent: acknowledgeBy)
            json.member("attempt", attempt)
            json.member("redelivered", isRedelivered)
            if rings > 0 { json.member("rings", rings) }
            json.member("escalation", escalation)
            json.member("status", status)
            json.member("storedAt", storedAt)
            if let joined {
                json.array("updates") { $0.integer(joined.incident.value) }
                json.member("joined", joined.count)
            }
            guard let onDuty else { return }
            json.array("onDuty") { json in
                for person in onDuty { json.string(person) }
            }
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        incident = try json.member("incident")
        purpose = try json.member("purpose")
        rule = try json.member("rule")
        otherRules = (try json.member(ifPresent: "rules") as [String]?).map { Array($0.dropFirst()) } ?? []
        severity = try json.member("severity")
        acknowledgeBy = try json.member(ifPresent: "acknowledgeBy")
        attempt = try json.member("attempt")
        isRedelivered = try json.member("redelivered")
        rings = try json.member(ifPresent: "rings") ?? 0
        escalation = try json.member("escalation")
        status = try json.member("status")
        storedAt = try json.member("storedAt")
        onDuty = try json.member(ifPresent: "onDuty")
        let updates: [IncidentNumber] = try json.member(ifPresent: "updates") ?? []
        let count: Int64? = try json.member(ifPresent: "joined")
        joined = updates.first.flatMap { first in count.map { JoinedReport(first, count: Int(clamping: $0)) } }
    }
}

extension Progress {
    /// Writes a change. The feed names the incident and the journal's position in the object; PROGRESS has the incident
    /// in its header.
    public func write(to json: inout JSONWriter, incident: IncidentNumber? = nil, position: Position? = nil) {
        json.object { json in
            if let incident { json.member("incident", incident.value) }
            if let position { json.member("position", position.value) }
            json.member("state", event.word)
            json.member("at", at)
            json.member("recipient", ifPresent: recipient)
            if let number { json.member("number", number.value) }
            json.member("by", ifPresent: person?.by)
            json.member("note", ifPresent: person?.note)
            json.member("score", ifPresent: score.map { Int64($0) })
            if let news {
                json.member("news", news.incident.value)
                json.member("msgType", news.type)
                json.member("severity", news.severity)
                json.member("joined", ifPresent: news.count.map { Int64($0) })
            }
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        event = try json.member("state")
        at = try json.member("at")
        recipient = try json.member(ifPresent: "recipient")
        number = try json.member(ifPresent: "number")
        let (by, note): (String?, String?) = (try json.member(ifPresent: "by"), try json.member(ifPresent: "note"))
        person = by.map { Person(by: $0, note: note) }
        score = (try json.member(ifPresent: "score") as Int64?).map { Int(clamping: $0) }
        let incident: IncidentNumber? = try json.member(ifPresent: "news")
        if let incident {
            let count: Int64? = try json.member(ifPresent: "joined")
            news = News(
                incident: incident, type: try json.member("msgType"), severity: try json.member("severity"),
                count: count.map { Int(clamping: $0) })
        }
    }
}

extension Progress.Event: JSONReadable {
    public init?(json: JSONNode) {
        if let state = AlertState(json: json) {
            self = .alert(state)
            return
        }
        switch json.string {
        case Self.escalated.word: self = .escalated
        case Self.rung.word: self = .rung
        case Self.closed.word: self = .closed
        case Self.updated.word: self = .updated
        case Self.reopened.word: self = .reopened
        case Self.split.word: self = .split
        case Self.rated.word: self = .rated
        default: return nil
        }
    }

    public static var expectation: String { "one of \(allowed.joined(separator: ", "))" }
    public static var allowed: [String] {
        let others: [Self] = [.escalated, .rung, .closed, .updated, .reopened, .split, .rated]
        return AlertState.words + others.map(\.word)
    }
}

extension PersonalWord {
    public func write(to json: inout JSONWriter, noteName: StaticString = "note") {
        json.object { json in
            json.member("state", ifPresent: state)
            json.member("by", person.by)
            json.member(noteName, ifPresent: person.note)
            json.member("at", ifPresent: at)
        }
    }

    /// Reads a person's word. `command` decides which members it must have.
    public init(json: JSONNode, for command: CommandWord) throws(Refusal) {
        let by: String = try json.member("by")
        guard (1...Limits.personNameBytes).contains(by.utf8.count) else {
            throw Refusal(member: "by", "must be a name of 1 to \(Limits.personNameBytes) bytes")
        }
        let needsReason = [.close, .reopen, .silence, .unsilence, .split].contains(command)
        let noteName: StaticString = command == .decline || needsReason ? "reason" : "note"
        let note: String? = try needsReason ? json.member(noteName) : json.member(ifPresent: noteName)
        if let note, note.utf8.count > Limits.noteBytes {
            throw Refusal(member: noteName.description, "must have at most \(Limits.noteBytes) bytes")
        }
        person = Person(by: by, note: note)
        state =
            switch command {
            case .status: (try json.member("state") as WorkState).alertState
            case .taken: try json.member(ifPresent: "state")
            default: nil
            }
        at = command == .taken ? try json.member(ifPresent: "at") : nil
    }
}

/// The states that STATUS can give.
private enum WorkState: String, ReportWord {
    static let table = WordTable(WorkState.self)

    case enRoute, onScene, resolved

    var alertState: AlertState {
        switch self {
        case .enRoute: .enRoute
        case .onScene: .onScene
        case .resolved: .resolved
        }
    }
}

extension Refusal {
    /// Writes the detail of a REFUSED. `command` and `number` name the refused command and its alert, if they are
    /// known.
    public func writeDetail(to json: inout JSONWriter, command: CommandWord?, number: AlertNumber? = nil) {
        json.object { json in
            json.member("message", message)
            json.member("command", ifPresent: command)
            if let number { json.member("number", number.value) }
            json.member("field", ifPresent: field)
            if !allowed.isEmpty {
                json.array("allowed") { json in
                    for word in allowed { json.string(word) }
                }
            }
            if let retryAfterMilliseconds { json.member("retryAfterMs", retryAfterMilliseconds) }
        }
    }

    /// Reads the detail of a REFUSED.
    public init(code: RefusalCode, detail json: JSONNode) throws(Refusal) {
        self.init(
            code, try json.member(ifPresent: "message") ?? "", field: try json.member(ifPresent: "field"),
            allowed: try json.member(ifPresent: "allowed") ?? [],
            retryAfterMilliseconds: try json.member(ifPresent: "retryAfterMs"))
    }
}
