public import TocsinModel

/// The second body of EXPLAIN: the time at which the report is judged, as if it were stored then.
public struct ExplainTime: Hashable, Sendable {
    public var at: Timestamp

    public init(at: Timestamp) {
        self.at = at
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in json.member("at", at) }
    }

    public init(json: JSONNode) throws(Refusal) {
        if let name = json.firstMember(otherThan: ["at"]) {
            throw Refusal(
                member: name, "is none of EXPLAIN's second body; that has 'at' alone", allowed: ["at"])
        }
        at = try json.member("at")
    }
}
