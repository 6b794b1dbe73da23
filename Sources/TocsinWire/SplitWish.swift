public import TocsinModel

/// The argument of SPLIT: the report that an operator takes out of the incident that it has joined.
public struct SplitWish: Hashable, Sendable {
    public var report: ReportName
    /// The incident that it has joined.
    public var incident: IncidentNumber
    /// Who wishes it. The note is the reason.
    public var person: Person
    /// True if it is only to be said who would be told.
    public var isPreview: Bool

    private static let members = ["report", "from", "by", "reason", "preview"]

    /// Reads `{"report":{"sender":"phone","identifier":"r-9"},"from":12,"by":"Li","reason":"another house","preview":true}`.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` `invalid` for a member that is missing or wrong.
    public init(json: JSONNode) throws(Refusal) {
        if let name = json.firstMember(otherThan: Self.members) {
            throw Refusal(
                member: name, "is none of SPLIT; those are report, from, by, reason and preview", allowed: Self.members)
        }
        let report: JSONNode = try json.member("report")
        guard report.kind == .object else {
            throw Refusal(member: "report", "must be an object with sender and identifier, the report's name")
        }
        self.report = ReportName(sender: try report.member("sender"), identifier: try report.member("identifier"))
        incident = try json.member("from")
        person = try PersonalWord(json: json, for: .split).person
        guard !(person.note ?? "").isEmpty else { throw Refusal(member: "reason", "must say why") }
        isPreview = try json.member(ifPresent: "preview") ?? false
    }
}
