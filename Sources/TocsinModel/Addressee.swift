/// One recipient that a rule names, and why: what the alerts of many incidents share.
///
/// It never changes. It is a class so that an alert holds it by one reference, and so that its JSON is written once: a
/// broker says the same of the same recipient in every receipt and every record.
public final class Addressee: Hashable, Sendable {
    public let recipient: Recipient
    public let purpose: Purpose
    /// The rule that names the recipient.
    public let rule: String
    /// Milliseconds until somebody must have acknowledged; nil for information.
    public let acknowledgeWithinMilliseconds: Int64?
    /// Why it is this recipient, where the rule alone does not say.
    public let note: String?

    /// `"recipient":"fire","purpose":"action","rule":"structure fire"`, in UTF-8: members for an object.
    package let members: [UInt8]

    public init(
        recipient: Recipient, purpose: Purpose, rule: String, acknowledgeWithinMilliseconds: Int64? = nil,
        note: String? = nil
    ) {
        self.recipient = recipient
        self.purpose = purpose
        self.rule = rule
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.note = note
        var json = JSONWriter(capacity: 96)
        json.member("recipient", recipient)
        json.member("purpose", purpose)
        json.member("rule", rule)
        members = json.bytes
    }

    public static func == (left: Addressee, right: Addressee) -> Bool {
        left === right
            || left.members == right.members
                && left.acknowledgeWithinMilliseconds == right.acknowledgeWithinMilliseconds
                && left.note.isIdentical(to: right.note)
    }

    /// Whether both are told for the same purpose, by the same rule, have as long to answer, and for the same reason.
    package func isNamed(as other: Addressee) -> Bool {
        self === other
            || purpose == other.purpose && rule.isIdentical(to: other.rule)
                && acknowledgeWithinMilliseconds == other.acknowledgeWithinMilliseconds
                && note.isIdentical(to: other.note)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members)
        hasher.combine(acknowledgeWithinMilliseconds)
    }
}

extension JSONWriter {
    /// The members that every alert of an addressee has.
    package mutating func members(of addressee: Addressee) {
        separate()
        buffer.append(addressee.members)
    }
}
