import TocsinModel
import TocsinWire

/// Items of the feed, in a line each.
enum FeedView {
    /// An item of the feed for people.
    static func line(topic: String, _ json: JSONNode, style: Style) throws(Refusal) -> String {
        let incident: Int64 = try json.member("incident")
        switch topic.prefix(while: { $0 != "/" }) {
        case "incident": return try incidentLine(incident, json, style)
        case "alert": return try alertLine(incident, json, style)
        default:
            let progress = try Progress(json: json)
            return head(progress.at, "state", incident) + ReceiptView.words(progress, style: style)
        }
    }

    private static func incidentLine(_ incident: Int64, _ json: JSONNode, _ style: Style) throws(Refusal) -> String {
        let report: JSONNode = try json.member("report")
        let severity: Severity = try report.member("severity")
        let recipients: [Recipient] = try json.member("recipients")
        let facts = [
            style.severity(severity), try ReportView.text("event", in: report),
            try ReportView.text("headline", in: report).map(style.bold), try ReportView.place(report),
        ]
        return head(try json.member("storedAt"), "incident", incident)
            + facts.compactMap(\.self).joined(separator: "  ") + "  → "
            + recipients.map(\.name).joined(separator: ", ")
    }

    private static func alertLine(_ incident: Int64, _ json: JSONNode, _ style: Style) throws(Refusal) -> String {
        let (recipient, purpose): (Recipient, Purpose) = (try json.member("recipient"), try json.member("purpose"))
        let number: AlertNumber = try json.member("number")
        let step: Int64 = try json.member("escalation")
        return head(try json.member("storedAt"), "alert", incident)
            + "\(recipient) #\(number)  "
            + (purpose == .action ? style.accent("must acknowledge") : "is informed")
            + (step > 0 ? style.warning(", escalation step \(step)") : "")
    }

    /// `16:10:00.123  incident 12  `
    private static func head(_ time: Timestamp, _ kind: String, _ incident: Int64) -> String {
        "\(Clock.preciseTime(time))  \("\(kind) \(incident)".padded(to: 14))  "
    }

    /// An item as one JSON object.
    static func json(topic: String, _ item: [UInt8]) -> [UInt8] {
        makeJSON { json in
            json.member("type", "item")
            json.member("topic", topic)
            json.member("item", raw: item)
        }
    }
}
