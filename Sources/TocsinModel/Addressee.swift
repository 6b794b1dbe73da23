/// One recipient that a rule names, with the reason. The alerts of many incidents share it.
///
/// Immutable. It is a class so that an alert holds it by one reference and its JSON is written once: receipts and
/// records repeat the same members for the same recipient.
public final class Addressee: Hashable, Sendable {
    public let recipient: Recipient
    public let purpose: Purpose
    /// The rule that names the recipient.
    public let rule: String
    /// Milliseconds until somebody must have acknowledged; nil for information.
    public let acknowledgeWithinMilliseconds: Int64?
    /// Milliseconds that the time to acknowledge is longer on the clock that never jumps. 0 unless the civil clock was set
    /// between the incident and the step that brought this recipient. Two that differ in this alone are equal.
    public let correctionMilliseconds: Int64
    /// Why the rule leads to this recipient, where the rule alone does not say.
    public let note: String?

    /// The members of a JSON object in UTF-8: `"recipient":"fire","purpose":"action","rule":"structure fire"`.
    package let members: [UInt8]

    public init(
        recipient: Recipient, purpose: Purpose, rule: String, acknowledgeWithinMilliseconds: Int64? = nil,
        correctionMilliseconds: Int64 = 0, note: String? = nil
    ) {
        self.recipient = recipient
        self.purpose = purpose
        self.rule = rule
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.correctionMilliseconds = correctionMilliseconds
        self.note = note
        var json = JSONWriter(capacity: 96)
        json.member("recipient", recipient)
        json.member("purpose", purpose)
        json.member("rule", rule)
        members = json.bytes
    }

    /// Returns the same with another correction.
    public func corrected(by milliseconds: Int64) -> Addressee {
        Addressee(
            recipient: recipient, purpose: purpose, rule: rule,
            acknowledgeWithinMilliseconds: acknowledgeWithinMilliseconds, correctionMilliseconds: milliseconds,
            note: note)
    }

    public static func == (left: Addressee, right: Addressee) -> Bool {
        left === right
            || left.members == right.members
                && left.acknowledgeWithinMilliseconds == right.acknowledgeWithinMilliseconds
                && left.note.isIdentical(to: right.note)
    }

    /// True if both have the same purpose, rule, acknowledgement time and note.
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
    /// Writes the members that every alert of an addressee has.
    package mutating func members(of addressee: Addressee) {
        separate()
        buffer.append(addressee.members)
    }
}
