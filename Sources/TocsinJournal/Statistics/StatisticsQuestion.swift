public import TocsinModel

/// What STATS asks: what the alerts of a time are counted by.
public struct StatisticsQuestion: Hashable, Sendable {
    /// What alerts are counted by.
    public enum Dimension: String, ReportWord {
        public static let table = WordTable(Dimension.self)

        /// The mailbox that was told.
        case recipient
        /// Who took the alert on.
        case person
        case rule
        /// The incident's place.
        case place
        case severity
        /// The size of the recipient's place: how far up incidents went.
        case level
    }

    public var by: Dimension
    /// The size of the places. An incident whose place is larger is counted for that.
    public var level: PlaceLevel
    /// Alerts that were given from then on; nil for all.
    public var since: Timestamp?
    /// Alerts that were given before then; nil for all.
    public var until: Timestamp?

    public init(
        by: Dimension = .recipient, level: PlaceLevel = .street, since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        (self.by, self.level, self.since, self.until) = (by, level, since, until)
    }

    /// Reads the argument of STATS, whose members are all optional.
    ///
    ///     {"by":"place","level":"community","since":"2026-11-29T00:00:00Z","until":"2026-11-30T00:00:00Z"}
    public init(json: JSONNode) throws(Refusal) {
        self.init(
            by: try json.member(ifPresent: "by") ?? .recipient, level: try json.member(ifPresent: "level") ?? .street,
            since: try json.member(ifPresent: "since"), until: try json.member(ifPresent: "until"))
        try check()
    }

    /// - Throws: A ``TocsinModel/Refusal`` if the time ends before it begins.
    public func check() throws(Refusal) {
        if let since, let until, until <= since {
            throw Refusal(member: "until", "must be after since, which is \(since)")
        }
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in writeMembers(to: &json) }
    }

    func writeMembers(to json: inout JSONWriter) {
        json.member("by", by)
        if by == .place { json.member("level", level) }
        json.member("since", ifPresent: since)
        json.member("until", ifPresent: until)
    }

    /// The refusal of a question about more alerts than one answer looks at.
    ///
    /// - Parameter alerts: The number of alerts that it is about, approximately.
    public func tooMany(_ alerts: Int) -> Refusal {
        Refusal(
            member: "since",
            "must leave at most \(Limits.statisticsAlerts) alerts; there are some \(alerts) since \(since.map(\.description) ?? "the beginning")"
        )
    }
}
