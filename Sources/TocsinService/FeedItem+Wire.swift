import TocsinCore
import TocsinModel
import TocsinWire

/// A feed item as wallboards see it: topic and JSON.
extension FeedItem {
    /// The topic: `incident/CATEGORY/SEVERITY/GRID`, `alert/RECIPIENT/SEVERITY/GRID` or `state/INCIDENT`. A missing
    /// grid is `-`.
    var topic: String {
        switch self {
        case .incident(_, let facts, _):
            "incident/\(facts.category.rawValue)/\(facts.severity.rawValue)/\(facts.gridOrDash)"
        case .alert(_, let facts, let recipient, _, _, _):
            "alert/\(recipient)/\(facts.severity.rawValue)/\(facts.gridOrDash)"
        case .state(let number, _):
            "state/\(number)"
        }
    }

    /// Writes the JSON. `position` is the journal's last position at that moment, and `report` is a new incident's
    /// report as it was sent.
    func write(to json: inout JSONWriter, at position: Position, report: [UInt8]) {
        switch self {
        case .incident(let number, let facts, let recipients):
            json.object { json in
                json.member("incident", number.value)
                json.member("position", position.value)
                json.member("storedAt", facts.storedAt)
                json.array("recipients") { json in
                    for recipient in recipients { json.recipient(recipient) }
                }
                json.member("report", raw: report)
            }
        case .alert(let number, let facts, let recipient, let alert, let purpose, let escalation):
            json.object { json in
                json.member("incident", number.value)
                json.member("position", position.value)
                json.member("recipient", recipient)
                json.member("number", alert.value)
                json.member("purpose", purpose)
                json.member("escalation", escalation)
                json.member("storedAt", facts.storedAt)
            }
        case .state(let number, let progress):
            progress.write(to: &json, incident: number, position: position)
        }
    }
}

extension FeedItem.Facts {
    fileprivate var gridOrDash: String { grid?.description ?? "-" }
}
