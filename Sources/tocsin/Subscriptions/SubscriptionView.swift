import TocsinModel
import TocsinWire

/// The subscriptions of recipients, for people.
enum SubscriptionView {
    /// Returns a line for each subscription, and below it why it is not in force, if it is not.
    static func lines(_ answer: JSONNode, style: Style) throws(Refusal) -> [String] {
        let lines = try answer.elements("subscriptions") { (line) throws(Refusal) in try SubscriptionLine(json: line) }
        guard !lines.isEmpty else { return ["Nobody has subscribed."] }
        var table = Table(["recipient", "name", "purpose", "since", "by", "when"])
        for line in lines {
            let subscription = line.subscription
            let name = subscription.key.name.text.printable
            table.add(
                subscription.key.recipient.name, line.obstacle == nil ? name : style.warning(name),
                subscription.purpose.rawValue, Clock.date(subscription.since),
                (subscription.by ?? subscription.principal ?? "–").printable, subscription.when.printable)
        }
        let notInForce = lines.filter { $0.obstacle != nil }
        guard !notInForce.isEmpty else { return table.lines(style: style) }
        return table.lines(style: style) + ["", style.bold("Not in force")] + notInForce.map(words)
    }

    /// `  gas old: gas may not subscribe: …`
    private static func words(_ line: SubscriptionLine) -> String {
        let key = line.subscription.key
        return "  \(key.recipient) \(key.name.text.printable): \((line.obstacle ?? "").printable)"
    }
}

extension BrokerStatus {
    /// How many subscriptions there are, and the first ones that are not in force.
    struct Subscriptions: Sendable {
        var count: Int64
        var notInForceCount: Int64
        /// `gas old: gas may not subscribe: …`
        var notInForce: [String]

        /// Reads the member of INFO, or of the answer to RELOAD; nil where it is not there.
        init?(ifIn json: JSONNode) throws(Refusal) {
            guard let found: JSONNode = try json.member(ifPresent: "subscriptions") else { return nil }
            count = try found.member("count")
            notInForceCount = try found.member("notInForceCount")
            notInForce = try found.elements("notInForce") { (line) throws(Refusal) in
                let (recipient, name): (String, String) = (try line.member("recipient"), try line.member("name"))
                return "\(recipient) \(name): \(try line.member(ifPresent: "reason") ?? "")"
            }
        }
    }
}
