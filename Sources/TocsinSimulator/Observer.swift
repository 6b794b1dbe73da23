import TocsinCore
import TocsinModel

/// An alert by whom it is for and its number there.
struct AlertName: Hashable {
    let recipient: Recipient
    let number: AlertNumber
}

/// Sees everything that the broker says, and counts what goes wrong.
struct Observer {
    private struct Order: Hashable {
        let recipient: Recipient
        let severity: Severity
    }

    private(set) var violations: [String] = []
    var counts = Outcome.Counts()
    /// Alerts about which the broker has confirmed a person's word.
    private(set) var confirmed: Set<AlertName> = []

    private var incidents: [AlertName: IncidentNumber] = [:]
    private var lastFirstSent: [Order: AlertNumber] = [:]

    mutating func violate(_ text: String) {
        violations.append(text)
    }

    mutating func noteConfirmed(_ recipient: Recipient, _ number: AlertNumber) {
        confirmed.insert(AlertName(recipient: recipient, number: number))
    }

    /// An alert leaves the broker: a number never means two alerts, and within a severity the oldest comes first.
    mutating func noteSent(_ alert: OutgoingAlert) {
        let (recipient, number) = (alert.recipient, alert.number)
        let name = AlertName(recipient: recipient, number: number)
        if let known = incidents[name], known != alert.incident {
            violate("\(recipient) \(number) means the incidents \(known) and \(alert.incident).")
        }
        incidents[name] = alert.incident
        guard alert.attempt == 1 else { return }
        let order = Order(recipient: recipient, severity: alert.severity)
        if let last = lastFirstSent[order], last > number {
            violate("\(recipient) is sent \(number) after \(last), both \(alert.severity.rawValue).")
        }
        lastFirstSent[order] = number
    }
}
