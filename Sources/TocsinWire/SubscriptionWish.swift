public import TocsinModel

/// The body of SUBSCRIBE: what a recipient wishes to be told of.
public struct SubscriptionWish: Hashable, Sendable {
    /// The conditions, as JSON without spaces.
    public var when: String
    public var purpose: Purpose
    /// Whoever asks for it; nil for nobody named.
    public var by: String?

    public init(when: String, purpose: Purpose = .information, by: String? = nil) {
        self.when = when
        self.purpose = purpose
        self.by = by
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("when", raw: [UInt8](when.utf8))
            json.member("purpose", purpose)
            json.member("by", ifPresent: by)
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        let conditions: JSONNode = try json.member("when")
        var text = JSONWriter()
        text.value(conditions)
        when = text.text
        purpose = try json.member(ifPresent: "purpose") ?? .information
        by = try Self.by(json)
        if let name = json.firstMember(otherThan: ["when", "purpose", "by"]) {
            throw Refusal(
                member: name, "is none of SUBSCRIBE; those are when, purpose and by",
                allowed: ["when", "purpose", "by"])
        }
    }

    /// Reads whoever speaks, if that is said.
    public static func by(_ json: JSONNode) throws(Refusal) -> String? {
        guard let by: String = try json.member(ifPresent: "by") else { return nil }
        guard (1...Limits.personNameBytes).contains(by.utf8.count) else {
            throw Refusal(member: "by", "must be a name of 1 to \(Limits.personNameBytes) bytes")
        }
        return by
    }
}

extension SubscriptionLine {
    /// Writes the line as one object. An operator's list names the recipient.
    ///
    ///     {"name": "fires", "when": {"category": "Fire"}, "purpose": "information", "by": "Li", "since": T,
    ///      "principal": "leader-desk", "notInForce": "…"}
    public func write(to json: inout JSONWriter, withRecipient: Bool) {
        json.object { json in
            if withRecipient { json.member("recipient", subscription.key.recipient) }
            json.member("name", subscription.key.name.text)
            json.member("when", raw: [UInt8](subscription.when.utf8))
            json.member("purpose", subscription.purpose)
            json.member("by", ifPresent: subscription.by)
            json.member("since", subscription.since)
            json.member("principal", ifPresent: subscription.principal)
            json.member("notInForce", ifPresent: obstacle)
        }
    }

    /// Reads a line, which names its recipient unless that is known.
    public init(json: JSONNode, of recipient: Recipient? = nil) throws(Refusal) {
        let conditions: JSONNode = try json.member("when")
        var when = JSONWriter()
        when.value(conditions)
        let named: Recipient = if let recipient { recipient } else { try json.member("recipient") }
        self.init(
            Subscription(
                Subscription.Key(named, try json.member("name")), when: when.text,
                purpose: try json.member("purpose"), by: try json.member(ifPresent: "by"),
                since: try json.member("since"), principal: try json.member(ifPresent: "principal")),
            obstacle: try json.member(ifPresent: "notInForce"))
    }
}

extension JSONNode {
    /// Returns the first member of an object that has none of these names.
    func firstMember(otherThan names: [String]) -> String? {
        var other: String?
        forEachMember { name, _ in
            let name = String(decoding: name, as: UTF8.self)
            if other == nil, !names.contains(name) { other = name.shortened }
        }
        return other
    }
}
