public import TocsinModel

// Each body is written here for one side and read here for the other.

extension Receipt {
    public func write(to json: inout JSONWriter) {
        Self.write(incident, isDuplicate: isDuplicate, differs: differs, storedAt: storedAt, to: &json) { json in
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

    /// Writes a receipt whose recipients `recipients` writes, one object each.
    public static func write(
        _ incident: IncidentNumber, isDuplicate: Bool, differs: Bool, storedAt: Timestamp,
        to json: inout JSONWriter, recipients: (inout JSONWriter) -> Void
    ) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("duplicate", isDuplicate)
            if differs { json.member("differs", true) }
            json.member("storedAt", storedAt)
            json.array("recipients", recipients)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        incident = try json.requiredIncident("incident")
        isDuplicate = json["duplicate"]?.boolean ?? false
        differs = json["differs"]?.boolean ?? false
        storedAt = try json.requiredTimestamp("storedAt")
        recipients = []
        try json["recipients"]?.forEachElement { (told) throws(Refusal) in
            recipients.append(
                Told(
                    recipient: try told.requiredRecipient("recipient"), purpose: try told.requiredWord("purpose"),
                    rule: try told.requiredString("rule"), terminals: Int(try told.requiredInteger("terminals"))))
        }
    }
}

extension Joined {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("pending", pending)
            json.member("heartbeatMs", heartbeatMilliseconds)
            json.member("epoch", ifPresent: epoch?.text)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        pending = Int(try json.requiredInteger("pending"))
        heartbeatMilliseconds = Int(try json.requiredInteger("heartbeatMs"))
        epoch = json["epoch"]?.string.map { JournalEpoch($0) }
    }
}

extension Envelope {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("purpose", purpose)
            json.member("rule", rule)
            json.member("severity", severity)
            json.member("acknowledgeBy", ifPresent: acknowledgeBy)
            json.member("attempt", attempt)
            json.member("redelivered", isRedelivered)
            json.member("escalation", escalation)
            json.member("status", status)
            json.member("storedAt", storedAt)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        incident = try json.requiredIncident("incident")
        purpose = try json.requiredWord("purpose")
        rule = try json.requiredString("rule")
        severity = try json.requiredWord("severity")
        acknowledgeBy = json["acknowledgeBy"]?.string.flatMap { Timestamp($0) }
        attempt = Int(try json.requiredInteger("attempt"))
        isRedelivered = json["redelivered"]?.boolean ?? false
        escalation = Int(json["escalation"]?.integer ?? 0)
        status = try json.requiredWord("status")
        storedAt = try json.requiredTimestamp("storedAt")
    }
}

extension Progress {
    /// Writes a change; the feed names the incident and the journal's position in it, PROGRESS has the incident in its
    /// header.
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
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        let word = try json.requiredString("state")
        guard let event = Event(word: word) else {
            throw Refusal(.invalid, "'\(word)' is not a state.", field: "state")
        }
        self.event = event
        at = try json.requiredTimestamp("at")
        recipient = json["recipient"]?.string.flatMap { Recipient($0) }
        number = json["number"]?.integer.flatMap { AlertNumber(exactly: $0) }
        person = json["by"]?.string.map { Person(by: $0, note: json["note"]?.string) }
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

    /// Reads a person's word; `command` decides which members it must have.
    public init(json: JSONNode, for command: CommandWord) throws(Refusal) {
        guard json.kind == .object else {
            throw Refusal(.invalid, "A person's word is a JSON object with 'by'.", field: "by")
        }
        let by = try json.requiredString("by")
        guard (1...Limits.personNameBytes).contains(by.utf8.count) else {
            throw Refusal(.invalid, "'by' must be a name of 1 to \(Limits.personNameBytes) bytes.", field: "by")
        }
        let noteField: StaticString = command == .decline || command == .close ? "reason" : "note"
        let note = try json[noteField]?.requireString("\(noteField)")
        if let note, note.utf8.count > Limits.noteBytes {
            throw Refusal(
                .invalid, "'\(noteField)' must have at most \(Limits.noteBytes) bytes.", field: "\(noteField)")
        }
        person = Person(by: by, note: note)
        state = nil
        at = json["at"]?.string.flatMap { Timestamp($0) }
        guard command == .status else { return }
        let allowed: [AlertState] = [.enRoute, .onScene, .resolved]
        let word = try json.requiredString("state")
        guard let state = AlertState(rawValue: word), allowed.contains(state) else {
            throw Refusal(
                .invalid, "'\(word)' is not a state that STATUS sets: enRoute, onScene, resolved.", field: "state",
                allowed: allowed.map(\.rawValue))
        }
        self.state = state
    }
}

extension Refusal {
    /// Writes the detail of a REFUSED; `command` and `number` are what it answers, where they are known.
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
    public init(code: RefusalCode, detail json: JSONNode) {
        self.init(
            code, json["message"]?.string ?? "", field: json["field"]?.string,
            allowed: json["allowed"]?.map { $0.string ?? "" } ?? [],
            retryAfterMilliseconds: json["retryAfterMs"]?.integer.map(Int.init))
    }
}
