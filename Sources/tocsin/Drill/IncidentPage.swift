import TocsinModel
import TocsinWire

/// What became of an incident, as the broker's answer has it.
struct IncidentPage: Sendable {
    struct Alert: Hashable, Sendable {
        let recipient: Recipient
        let number: AlertNumber
        let purpose: Purpose
        let escalation: Int
        /// The times after which it was told, delivered to a terminal, and taken on by a person.
        var told = Duration.zero
        var delivered: Duration?
        var acknowledged: Duration?
        var state: AlertState
        /// Who has taken it on, or declined.
        var by: String?
        /// Who was on duty by the sheet, which may be nobody; nil where the recipient has no roster.
        var onDuty: [String]?

        /// True if nothing more is expected of the recipient: it has answered, somebody else has for it, or it has been told
        /// where it need not act.
        var isSettled: Bool {
            guard purpose == .action else { return delivered != nil || state == .cancelled }
            return state.isTaken || [.declined, .silenced, .cancelled].contains(state)
        }

        /// Returns the same with times that count from a later moment.
        func counted(from begin: Duration) -> Alert {
            var alert = self
            alert.told = max(.zero, told - begin)
            alert.delivered = delivered.map { $0 - begin }
            alert.acknowledged = acknowledged.map { $0 - begin }
            return alert
        }
    }

    let incident: IncidentNumber
    let isOpen: Bool
    /// The identifier of the report that began it; nil where the answer does not have it.
    let identifier: String?
    /// The time after which its reporter rated it for the first time; nil where nobody has.
    private(set) var rated: Duration?
    var alerts: [Alert] = []

    /// - Throws: a ``TocsinModel/Refusal`` that names the first member that is missing or wrong.
    init(json: JSONNode) throws(Refusal) {
        incident = try json.member("incident")
        isOpen = try json.member("open")
        identifier = try json["report"]?.member(ifPresent: "identifier")
        let stored: Timestamp = try json.member("storedAt")
        var alerts: [Alert] = []
        try json.forEachElement(of: "alerts") { (node) throws(Refusal) in
            alerts.append(
                Alert(
                    recipient: try node.member("recipient"), number: try node.member("number"),
                    purpose: try node.member("purpose"), escalation: Int(try node.member("escalation") as Int64),
                    state: try node.member("state"), onDuty: try node.member(ifPresent: "onDuty")))
        }
        var rated: Duration?
        try json.forEachElement(of: "timeline") { (node) throws(Refusal) in
            let after = (try node.member("at") as Timestamp) - stored
            let word: String = try node.member("state")
            if word == "rated" { rated = rated ?? after }
            let (recipient, number): (Recipient?, AlertNumber?) = (
                try node.member(ifPresent: "recipient"), try node.member(ifPresent: "number")
            )
            guard let index = alerts.firstIndex(where: { $0.recipient == recipient && $0.number == number }) else {
                return
            }
            if word == "escalated" { alerts[index].told = after }
            // A word of the broker's own, as that somebody else has taken it on, says nothing of a delivery.
            guard let state = AlertState(rawValue: word), state == .received || state.isPersonal else { return }
            alerts[index].delivered = min(alerts[index].delivered ?? after, after)
            guard state.isPersonal, alerts[index].acknowledged == nil else { return }
            if state != .declined { alerts[index].acknowledged = after }
            alerts[index].by = try node.member(ifPresent: "by")
        }
        self.rated = rated
        self.alerts = alerts
    }
}
