/// One recipient that a rule names, with the reason. The alerts of many incidents share it.
///
/// Immutable. It is a class so that an alert holds it by one reference and its JSON is written once: receipts and
/// records repeat the same members for the same recipient.
public final class Addressee: Hashable, Sendable {
    public let recipient: Recipient
    public let purpose: Purpose
    /// The first rule that names the recipient.
    public let rule: String
    /// The further rules that ask the same of the recipient, in their order.
    public let otherRules: [String]
    /// Milliseconds until somebody must have acknowledged; nil for information.
    public let acknowledgeWithinMilliseconds: Int64?
    /// Milliseconds that the time to acknowledge is longer on the clock that never jumps. 0 unless the civil clock was set
    /// between the incident and the step that brought this recipient. Two that differ in this alone are equal.
    public let correctionMilliseconds: Int64
    /// Why the rule leads to this recipient, where the rule alone does not say.
    public let note: String?
    /// The incident that the report has joined, and the count by then; nil for most.
    public let joined: JoinedReport?

    /// The members of a JSON object in UTF-8: `"recipient":"fire","purpose":"action","rule":"structure fire"`.
    package let members: [UInt8]

    public init(
        recipient: Recipient, purpose: Purpose, rule: String, otherRules: [String] = [],
        acknowledgeWithinMilliseconds: Int64? = nil, correctionMilliseconds: Int64 = 0, note: String? = nil,
        joined: JoinedReport? = nil
    ) {
        self.recipient = recipient
        self.purpose = purpose
        self.rule = rule
        self.otherRules = otherRules
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.correctionMilliseconds = correctionMilliseconds
        self.note = note
        self.joined = joined
        var json = JSONWriter(capacity: 96)
        json.member("recipient", recipient)
        json.member("purpose", purpose)
        json.member("rule", rule)
        json.rules(rule, otherRules)
        members = json.bytes
    }

    /// All rules that ask this of the recipient.
    public var rules: [String] { [rule] + otherRules }

    /// Returns the same with another correction.
    public func corrected(by milliseconds: Int64) -> Addressee {
        with(acknowledgeWithinMilliseconds: acknowledgeWithinMilliseconds, correctionMilliseconds: milliseconds)
    }

    /// Returns the same with another time to acknowledge.
    public func with(acknowledgeWithinMilliseconds: Int64?, correctionMilliseconds: Int64) -> Addressee {
        Addressee(
            recipient: recipient, purpose: purpose, rule: rule, otherRules: otherRules,
            acknowledgeWithinMilliseconds: acknowledgeWithinMilliseconds,
            correctionMilliseconds: correctionMilliseconds, note: note, joined: joined)
    }

    /// Returns the same with a further rule, if it is not among them.
    public func with(rule other: String) -> Addressee {
        guard !rules.contains(where: { $0.isIdentical(to: other) }) else { return self }
        return Addressee(
            recipient: recipient, purpose: purpose, rule: rule, otherRules: otherRules + [other],
            acknowledgeWithinMilliseconds: acknowledgeWithinMilliseconds,
            correctionMilliseconds: correctionMilliseconds, note: note, joined: joined)
    }

    /// Returns the same for a report that has joined an incident.
    public func with(joined: JoinedReport) -> Addressee {
        Addressee(
            recipient: recipient, purpose: purpose, rule: rule, otherRules: otherRules,
            acknowledgeWithinMilliseconds: acknowledgeWithinMilliseconds,
            correctionMilliseconds: correctionMilliseconds, note: note, joined: joined)
    }

    public static func == (left: Addressee, right: Addressee) -> Bool {
        left === right
            || left.members == right.members
                && left.acknowledgeWithinMilliseconds == right.acknowledgeWithinMilliseconds
                && left.note.isIdentical(to: right.note) && left.joined == right.joined
    }

    /// True if both have the same purpose, rule, acknowledgement time and note.
    package func isNamed(as other: Addressee) -> Bool {
        self === other
            || purpose == other.purpose && rule.isIdentical(to: other.rule)
                && otherRules.isIdentical(to: other.otherRules)
                && acknowledgeWithinMilliseconds == other.acknowledgeWithinMilliseconds
                && note.isIdentical(to: other.note) && joined == other.joined
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(members)
        hasher.combine(acknowledgeWithinMilliseconds)
    }
}

extension [String] {
    /// True if both have the same texts, byte for byte.
    package func isIdentical(to other: [String]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isIdentical(to: $1) }
    }
}

extension JSONWriter {
    /// Writes `"rules"` with all rules, where more than one asks the same.
    package mutating func rules(_ rule: String, _ others: [String]) {
        guard !others.isEmpty else { return }
        array("rules") { json in
            json.string(rule)
            for other in others { json.string(other) }
        }
    }

    /// Writes the members that every alert of an addressee has.
    package mutating func members(of addressee: Addressee) {
        separate()
        buffer.append(addressee.members)
    }
}

/// The place of a report among those of one happening.
public struct JoinedReport: Hashable, Sendable {
    /// The incident that it has joined.
    public var incident: IncidentNumber
    /// The reports of the happening by then, the first one and this one included.
    public var count: Int

    public init(_ incident: IncidentNumber, count: Int) {
        self.incident = incident
        self.count = count
    }
}
