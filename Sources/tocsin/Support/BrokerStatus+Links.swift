import TocsinModel

extension BrokerStatus {
    /// The supervised links.
    struct Links: Sendable {
        var supervised: Int64
        var lostCount: Int64
        /// The links that have been lost for the longest time.
        var lost: [Lost]

        struct Lost: Sendable {
            var link: String
            var supervisor: Recipient
            var since: Timestamp
            var losses: Int64
            var incident: Int64
            /// When it was heard again, if it is; it must hold from then on.
            var backSince: Timestamp?
        }

        init(_ json: JSONNode) throws(Refusal) {
            supervised = try json.member("supervised")
            lostCount = try json.member("lostCount")
            lost = try json.elements("lost") { (node) throws(Refusal) in
                Lost(
                    link: try node.member("link"), supervisor: try node.member("supervisor"),
                    since: try node.member("since"), losses: try node.member("losses"),
                    incident: try node.member("incident"), backSince: try node.member(ifPresent: "backSince"))
            }
        }
    }
}
