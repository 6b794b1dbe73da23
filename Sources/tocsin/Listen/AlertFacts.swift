import TocsinClient
import TocsinModel
import TocsinWire

/// The facts of an alert for a screen.
struct AlertFacts: Sendable {
    var severity: Severity
    var event: String
    var headline: String?
    var description: String?
    var place: String?
    var sender: String?

    /// Reads the facts. The broker has accepted the report. If a member is strange all the same, it and the members
    /// after it are left out, for an alert is shown in any case.
    init(_ alert: Alert) {
        severity = alert.envelope.severity
        event = "?"
        try? readAnswer(alert.report) { (report) throws(Refusal) in
            event = try ReportView.text("event", in: report) ?? event
            headline = try ReportView.text("headline", in: report)
            description = try ReportView.text("description", in: report)
            place = try ReportView.place(report)
            sender = try ReportView.text("sender", in: report)
        }
    }
}

extension AlertState {
    /// The state in words.
    var phrase: String {
        switch self {
        case .enRoute: "en route"
        case .onScene: "on scene"
        case .queued, .sent, .received, .acknowledged, .resolved, .declined, .cancelled, .silenced: rawValue
        }
    }
}

/// An alert as lines that follow each other down the screen.
enum AlertView {
    static func lines(_ alert: Alert, style: Style, now: Timestamp = Clock.now) -> [String] {
        let facts = AlertFacts(alert)
        let envelope = alert.envelope
        let title = [facts.event, facts.headline.map { style.bold($0) }].compactMap(\.self).joined(separator: "  ")
        var lines = [
            "\(Clock.time(envelope.storedAt))  \(style.severity(facts.severity))  \(title)"
        ]
        if let place = facts.place { lines.append("          \(place)") }
        var parts = ["\(alert.recipient) #\(alert.number)", "incident \(envelope.incident)"]
        parts.append("rule \(envelope.rule.printable)")
        if envelope.escalation > 0 { parts.append(style.warning("escalation step \(envelope.escalation)")) }
        lines.append("          " + style.dim(parts.joined(separator: " · ")))
        lines.append("          " + notes(envelope, style, now).joined(separator: " · "))
        return lines
    }

    /// Returns the time by which somebody must answer, and everything unusual.
    static func notes(_ envelope: Envelope, _ style: Style, _ now: Timestamp) -> [String] {
        var notes: [String] = []
        switch (envelope.purpose, envelope.acknowledgeBy) {
        case (.information, _): notes.append("for information")
        case (.action, let deadline?):
            let left = deadline - now
            let due = "acknowledge by \(Clock.near(deadline, now: now))"
            notes.append(
                left > .zero
                    ? style.accent("\(due), in \(Clock.duration(left))")
                    : style.bad("\(due), \(Clock.duration(.zero - left)) ago"))
        case (.action, nil): notes.append(style.accent("must be acknowledged"))
        }
        if let onDuty = envelope.onDuty {
            notes.append(
                onDuty.isEmpty
                    ? style.warning("nobody is on duty")
                    : "on duty: \(onDuty.map(\.printable).joined(separator: ", "))")
        }
        if envelope.status != .actual { notes.append(style.warning("status \(envelope.status.rawValue)")) }
        if let joined = envelope.joined {
            notes.append(style.accent("report \(joined.count) of the same happening as incident \(joined.incident)"))
        }
        if envelope.rings > 0 { notes.append(style.bad("has rung \(counted(envelope.rings, "time")) before")) }
        if envelope.isRedelivered { notes.append(style.warning("may have been shown before")) }
        return notes
    }

    /// Returns an alert as one JSON object.
    static func json(_ alert: Alert) -> [UInt8] {
        makeJSON { json in
            json.member("type", "alert")
            json.member("recipient", alert.recipient)
            json.member("number", alert.number.value)
            json.key("envelope")
            alert.envelope.write(to: &json)
            json.member("report", raw: alert.report)
        }
    }
}

/// An event of a terminal other than an alert, as a line.
enum EventView {
    static func line(_ event: TerminalEvent, style: Style) -> String {
        switch event {
        case .joined(let recipient, let pending, let unanswered):
            "\(recipient): joined" + (pending > 0 ? ", \(counted(pending, "alert")) waiting" : "")
                + (unanswered > 0 ? ", " + style.warning(hint(unanswered, of: recipient)) : "")
        case .taken(let recipient, let number, let word):
            "\(recipient) #\(number): "
                + (word.state == .cancelled
                    ? style.warning("ended by \(word.person.by.printable)")
                    : style.good("taken by \(word.person.by.printable)"))
                + (word.at.map { " at \(Clock.near($0))" } ?? "")
                + (word.person.note.map { ": \($0.printable)" } ?? "")
        case .newEpoch(let recipient):
            style.warning("\(recipient): the broker's journal was restored from a backup; alerts are numbered anew.")
        case .disconnected: style.warning("The connection is lost; connecting again.")
        case .shutOut(let absence): style.bad("\(absence.words(.alerts)) Trying on.")
        case .refused(let recipient, let refusal):
            style.bad((recipient.map { "\($0): " } ?? "") + sentence(refusal))
        case .malformed(let text): style.bad("The broker sent what cannot be read: \(text.printable)")
        }
    }

    /// Says that alerts which another terminal has had are not shown here.
    private static func hint(_ unanswered: Int, of recipient: Recipient) -> String {
        "\(counted(unanswered, "alert")) that another terminal has had \(unanswered == 1 ? "is" : "are") still "
            + "unanswered: see tocsin incidents --unanswered \(recipient)"
    }

    /// Returns the broker's words, except for passing refusals: those words tell a person to do what the terminal does
    /// by itself.
    private static func sentence(_ refusal: Refusal) -> String {
        switch refusal.code {
        case .unavailable: "the broker cannot write its journal just now; this terminal goes on trying."
        case .busy: "the broker has too much to do just now; this terminal goes on trying."
        default: refusal.sentence
        }
    }

    /// Returns an event as one JSON object. A refusal has the number of its alert, if it is about one.
    static func json(_ event: TerminalEvent, number: AlertNumber? = nil) -> [UInt8] {
        makeJSON { json in
            switch event {
            case .joined(let recipient, let pending, let unanswered):
                json.member("type", "joined")
                json.member("recipient", recipient)
                json.member("pending", pending)
                json.member("unanswered", unanswered)
            case .taken(let recipient, let number, let word):
                json.member("type", "taken")
                json.member("recipient", recipient)
                json.member("number", number.value)
                json.key("person")
                word.write(to: &json)
            case .newEpoch(let recipient):
                json.member("type", "newEpoch")
                json.member("recipient", recipient)
            case .disconnected: json.member("type", "disconnected")
            case .shutOut(let absence):
                json.member("type", "shutOut")
                json.member("message", absence.words(.alerts))
            case .refused(let recipient, let refusal):
                json.member("type", "refused")
                json.member("recipient", ifPresent: recipient)
                if let number { json.member("number", number.value) }
                json.member("code", refusal.code)
                json.member("message", refusal.message)
            case .malformed(let text):
                json.member("type", "malformed")
                json.member("message", text)
            }
        }
    }
}
