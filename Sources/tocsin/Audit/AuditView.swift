import TocsinCore
import TocsinModel
import TocsinWire

/// What somebody did, as a line.
enum AuditView {
    /// The width in which the principal stands; a longer one moves the rest.
    private static let principalWidth = 16

    /// Returns the line of an operation, as ``TocsinJournal/JournalEntry/writeOperation(_:to:)`` has written it.
    ///
    ///     2026-11-29 16:10:00  fire-desk         ACKNOWLEDGE fire 1, by Wang, desk 2
    static func line(_ json: JSONNode, style: Style) throws(Refusal) -> String {
        let principal = try ReportView.text("principal", in: json) ?? "–"
        let (at, what): (Timestamp, String) = (try json.member("at"), try words(json))
        return "\(style.dim(Clock.date(at)))  \(style.bold(principal.padded(to: principalWidth)))  \(what)"
    }

    private static func words(_ json: JSONNode) throws(Refusal) -> String {
        let operation: String = try json.member("operation")
        func text(_ name: StaticString) throws(Refusal) -> String { try ReportView.text(name, in: json) ?? "" }
        switch operation {
        case "report":
            let incident: Int64 = try json.member("incident")
            let (severity, event) = (try text("severity"), try text("event"))
            let (sender, identifier) = (try text("sender"), try text("identifier"))
            return "REPORT, incident \(incident): \(severity) \(event) by \(sender), \(identifier)"
        case "split":
            let (incident, from): (Int64, Int64) = (try json.member("incident"), try json.member("from"))
            let (sender, identifier) = (try text("sender"), try text("identifier"))
            return try "SPLIT \(sender), \(identifier) out of incident \(from): incident \(incident)" + person(json)
        case "close": return try "CLOSE incident \(json.member("incident") as Int64)" + person(json)
        case "reopen": return try "REOPEN incident \(json.member("incident") as Int64)" + person(json)
        case "rate":
            let (incident, score): (Int64, Int64) = (try json.member("incident"), try json.member("score"))
            let note = try ReportView.text("note", in: json).map { ": “\($0)”" } ?? ""
            return try "RATE incident \(incident), \(score) of 5" + by(json) + note
        case "reload": return try reload(json)
        case "subscribe":
            let (recipient, name, purpose) = (try text("recipient"), try text("subscription"), try text("purpose"))
            let conditions: JSONNode = try json.member("when")
            var when = JSONWriter()
            when.value(conditions)
            return try "SUBSCRIBE \(recipient) \(name), for \(purpose)" + by(json) + ": \(when.text.printable)"
        case "silence":
            let number: Int64 = try json.member("silence")
            var when = JSONWriter()
            when.value(try json.member("when") as JSONNode)
            let until = Clock.near(try json.member("until"))
            let mark = try json.member(ifPresent: "evenExtreme") ?? false ? ", even Extreme" : ""
            return try "SILENCE \(number) until \(until)\(mark)" + person(json) + "; when \(when.text.printable)"
        case "unsilence": return try "UNSILENCE \(json.member("silence") as Int64)" + person(json)
        case "unsubscribe":
            return try "UNSUBSCRIBE \(text("recipient")) \(text("subscription"))" + by(json)
        case "received": return try "RECEIVED \(text("recipient")) \(text("numbers"))"
        default:
            // A later broker's operation is no word about an alert.
            guard let state = AlertState(rawValue: operation) else {
                let incident: Int64? = try json.member(ifPresent: "incident")
                return try operation.printable.uppercased() + (incident.map { " incident \($0)" } ?? "") + person(json)
            }
            return try "\(command(state)) \(text("recipient")) \(text("numbers"))" + person(json)
        }
    }

    private static func command(_ state: AlertState) -> String {
        switch state {
        case .acknowledged: "ACKNOWLEDGE"
        case .declined: "DECLINE"
        case .queued, .sent, .received, .enRoute, .onScene, .resolved, .cancelled, .silenced: "STATUS \(state.rawValue)"
        }
    }

    private static func by(_ json: JSONNode) throws(Refusal) -> String {
        try ReportView.text("by", in: json).map { ", by \($0)" } ?? ""
    }

    private static func person(_ json: JSONNode) throws(Refusal) -> String {
        let note = try ReportView.text("note", in: json).map { ": “\($0)”" } ?? ""
        let by = try ReportView.text("by", in: json) ?? "–"
        return ", by \(by)" + note
    }

    private static func reload(_ json: JSONNode) throws(Refusal) -> String {
        if let refusal = try ReportView.text("refusal", in: json) { return "RELOAD, refused: \(refusal)" }
        let count: Int64? = try json.member(ifPresent: "connectionsClosed")
        let closed = count.map { "; \(counted(Int($0), "connection")) closed" } ?? ""
        guard let change = try RulesChange(json: json) else { return "RELOAD" + closed }
        return (change.isFirst ? "RELOAD, the first" : "RELOAD: " + change.phrase) + closed
    }
}

extension RulesChange {
    /// `rules, grids; clients: + handheld-8, - fire-desk, ~ operator-li`
    fileprivate var phrase: String {
        var parts: [String] = []
        let others = files.filter { $0 != "clients" }
        if !others.isEmpty { parts.append(others.joined(separator: ", ")) }
        if files.contains("clients") {
            let names =
                clients.map { clients in
                    clients.added.map { "+ \($0)" } + clients.removed.map { "- \($0)" }
                        + clients.changed.map { "~ \($0)" }
                } ?? ["cannot be read any more"]
            parts.append("clients: " + (names.isEmpty ? "the same" : names.joined(separator: ", ")))
        }
        return parts.isEmpty ? "the same files" : parts.joined(separator: "; ")
    }
}
