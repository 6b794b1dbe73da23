import TocsinModel

// In an incident's body, beside its other members, what later reports join it by, each with milliseconds; and what an
// operator has taken out of which incident. The name stands there because each name is one record's in the journal's index:
//
//     "correlate": [["Actual\nstructure fire\nstructure-fire\n110101005003002", 600000]],
//     "split": {"from": 12, "report": 17, "sender": "phone", "identifier": "r-9", "by": "Li", "reason": "another house",
//               "principal": "operator-li"}
//
// In a group of its alerts, the incident that the report has joined, and the count: "joined": [12, 100]
extension IncidentRecord {
    func writeCorrelation(to json: inout JSONWriter) {
        if !correlation.isEmpty {
            json.array("correlate") { json in
                for key in correlation {
                    json.array { json in
                        json.string(key.text)
                        json.integer(key.withinMilliseconds)
                    }
                }
            }
        }
        guard let split else { return }
        json.object("split") { json in
            json.member("from", split.incident.value)
            json.member("report", split.report.value)
            json.member("sender", name.sender)
            json.member("identifier", name.identifier)
            json.member("by", split.person.by)
            json.member("reason", ifPresent: split.person.note)
            json.member("principal", ifPresent: split.person.principal)
        }
    }
}

extension CorrelationKey {
    static func read(_ json: JSONNode) throws(Refusal) -> [CorrelationKey] {
        guard json["correlate"] != nil else { return [] }
        return try json.elements("correlate") { (key) throws(Refusal) in
            let parts = key.elements
            guard parts.count == 2, let within = parts[1].integer else {
                throw Refusal(key, as: "correlate", mustBe: "[key, milliseconds]")
            }
            return CorrelationKey(try parts[0].read(as: "correlate"), withinMilliseconds: within)
        }
    }
}

extension ReportSplit {
    static func read(_ json: JSONNode) throws(Refusal) -> (name: ReportName, split: ReportSplit)? {
        guard let split = json["split"] else { return nil }
        let name = ReportName(sender: try split.member("sender"), identifier: try split.member("identifier"))
        let person = Person(
            by: try split.member("by"), note: try split.member(ifPresent: "reason"),
            principal: try split.member(ifPresent: "principal"))
        return (
            name,
            ReportSplit(
                of: Position(try split.member("report") as Int64),
                from: IncidentNumber(try split.member("from") as Int64), by: person)
        )
    }
}

extension JoinedReport {
    static func read(_ group: JSONNode) throws(Refusal) -> JoinedReport? {
        guard let joined = group["joined"] else { return nil }
        let parts = joined.elements
        guard parts.count == 2, let incident = parts[0].integer, let count = parts[1].integer else {
            throw Refusal(joined, as: "joined", mustBe: "[incident, count]")
        }
        return JoinedReport(IncidentNumber(incident), count: Int(clamping: count))
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, ifPresent joined: JoinedReport?) {
        guard let joined else { return }
        array(name) { json in
            json.integer(joined.incident.value)
            json.integer(Int64(joined.count))
        }
    }
}

extension JSONNode {
    /// An array's elements, in order; none of anything else.
    var elements: [JSONNode] {
        var elements: [JSONNode] = []
        forEachElement { elements.append($0) }
        return elements
    }
}
