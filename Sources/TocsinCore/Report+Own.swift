public import TocsinJournal
import TocsinModel

extension Report {
    /// Returns a report of the broker's own as JSON, which is as complete as anybody's.
    func ownJSON(description: String, instruction: String? = nil) -> [UInt8] {
        var json = JSONWriter(capacity: 1024)
        json.object { json in
            json.member("identifier", name.identifier)
            json.member("sender", name.sender)
            json.member("sent", sent)
            json.member("status", status)
            json.member("msgType", messageType)
            json.member("references", ifPresent: references)
            json.member("event", event)
            json.member("category", category)
            json.member("severity", severity)
            json.member("urgency", urgency)
            json.member("certainty", certainty)
            json.member("headline", ifPresent: headline)
            json.member("description", description)
            json.member("instruction", ifPresent: instruction)
            json.object("parameter") { json in
                for parameter in parameters {
                    json.key(escaping: parameter.name)
                    json.string(parameter.value)
                }
            }
            if let grid { json.object("area") { json in json.member("grid", ifPresent: grid) } }
        }
        return json.bytes
    }
}

extension IncidentRecord {
    /// True of what the broker has reported itself: a lost link, a gap in the duty sheet, a low rating. No silence keeps that
    /// still.
    public var isOwnReport: Bool { name.sender.isIdentical(to: LinkReport.sender) }
}
