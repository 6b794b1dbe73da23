import TocsinModel

extension BrokerStatus {
    /// The duty sheet in force.
    struct Duty: Sendable {
        var rosters: Int64
        /// What somebody should look at: the first lines, and a last one if there are more.
        var warnings: [String]

        /// Reads the member `duty` of INFO, or of the answer to RELOAD; nil if no mailbox has a roster.
        init?(ifIn json: JSONNode) throws(Refusal) {
            guard let found: JSONNode = try json.member(ifPresent: "duty") else { return nil }
            rosters = try found.member("rosters")
            let count: Int64 = try found.member("warningCount")
            warnings = try found.member("warnings")
            warnings = warnings.map(\.printable)
            let more = count - Int64(warnings.count)
            if more > 0 { warnings.append("and \(counted(more, "warning")) more: tocsin check --config FILE") }
        }
    }
}
