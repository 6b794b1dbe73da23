public import TocsinModel

extension Explanation {
    /// Writes the explanation as one object. Durations are in milliseconds; `watched` counts addressees from 0.
    ///
    ///     {"at": "2026-11-27T19:00:00.000Z", "rules": [
    ///        {"rule": "structure fire", "line": 57, "verdict": "matched", "conditions": ["category is Fire", …]},
    ///        {"rule": "gas leak", "verdict": "failed", "condition": "event", "wanted": "gas-leak", "found": "fire"},
    ///        {"rule": "the rest", "verdict": "notReached", "stoppedBy": "structure fire"}],
    ///      "subscriptions": [
    ///        {"recipient": "leader@110101", "name": "fires", "verdict": "matched", "conditions": ["category is Fire"]},
    ///        {"recipient": "gas", "name": "old", "verdict": "notInForce", "reason": "The member when.within: …"}],
    ///      "addressees": [{"recipient": "fire", "purpose": "action", "rule": "structure fire", "note": …}],
    ///      "plans": [{"rule": "structure fire", "acknowledgeWithinMs": 60000, "watched": [0],
    ///                 "steps": [{"afterMs": 60000, "to": "supervisor@110101005003002"}]}]}
    ///
    /// A note is present only where the rule alone does not say why it leads to this recipient, `subscriptions` only where
    /// there are some, `at` only where it was asked for, and `line` only where a file has the rule. What ``writeOutlook(to:)``
    /// writes follows, and if wanted ``timetable`` as ``Timetable/writeMembers(to:at:)`` writes it, from ``start`` on.
    public func write(to json: inout JSONWriter, withTimetable: Bool = false) {
        json.object { json in
            json.member("at", ifPresent: at)
            json.array("rules") { json in
                for verdict in verdicts { verdict.write(to: &json) }
            }
            if !subscriptions.isEmpty {
                json.array("subscriptions") { json in
                    for verdict in subscriptions { verdict.write(to: &json) }
                }
            }
            json.array("addressees") { json in
                for addressee in routing.addressees { addressee.write(to: &json) }
            }
            json.array("plans") { json in
                for plan in routing.plans { plan.write(to: &json) }
            }
            writeOutlook(to: &json)
            if withTimetable { timetable.writeMembers(to: &json, at: start) }
        }
    }

    /// Reads the form that ``write(to:withTimetable:)`` writes. The timetable follows from the rest. Unknown members are
    /// ignored.
    ///
    /// - Throws: a ``TocsinModel/Refusal`` `invalid` that names the first member that is missing or wrong.
    public init(json: JSONNode) throws(Refusal) {
        let verdicts = try json.elements("rules", RuleVerdict.init(json:))
        // Earlier brokers do not have them.
        let subscriptions =
            json["subscriptions"] == nil ? [] : try json.elements("subscriptions", SubscriptionVerdict.init(json:))
        let namings = try json.elements("addressees", Routing.Naming.init(json:))
        let plans = try json.elements("plans", Plan.init(json:))
        guard plans.allSatisfy({ $0.watched.allSatisfy(namings.indices.contains) }) else {
            throw Refusal(member: "watched", "names an addressee that the explanation does not have")
        }
        self.init(
            verdicts: verdicts, subscriptions: subscriptions, routing: Routing(namings, plans: plans),
            at: try json.member(ifPresent: "at"))
        try readOutlook(json)
    }
}

extension Explanation.RuleVerdict {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("rule", rule)
            json.member("line", ifPresent: line.map(Int64.init))
            verdict.writeMembers(to: &json)
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        rule = try json.member("rule")
        // Earlier brokers do not have it.
        line = try json.member(ifPresent: "line")
        verdict = try Explanation.Verdict(json: json)
    }
}

extension Explanation.SubscriptionVerdict {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("recipient", subscription.recipient)
            json.member("name", subscription.name.text)
            verdict.writeMembers(to: &json)
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        subscription = Subscription.Key(try json.member("recipient"), try json.member("name"))
        verdict = try Explanation.Verdict(json: json)
    }
}

extension Explanation.Verdict {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .matched(let conditions):
            json.member("verdict", VerdictWord.matched)
            json.array("conditions") { json in
                for condition in conditions { json.string(condition) }
            }
        case .failed(let condition, let wanted, let found):
            json.member("verdict", VerdictWord.failed)
            json.member("condition", condition)
            json.member("wanted", wanted)
            json.member("found", found)
        case .notReached(let stoppedBy):
            json.member("verdict", VerdictWord.notReached)
            json.member("stoppedBy", stoppedBy)
        case .notInForce(let reason):
            json.member("verdict", VerdictWord.notInForce)
            json.member("reason", reason)
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        switch try json.member("verdict") as VerdictWord {
        case .matched: self = .matched(try json.member("conditions"))
        case .failed:
            self = .failed(
                condition: try json.member("condition"), wanted: try json.member("wanted"),
                found: try json.member("found"))
        case .notReached: self = .notReached(stoppedBy: try json.member("stoppedBy"))
        case .notInForce: self = .notInForce(try json.member("reason"))
        }
    }
}

private enum VerdictWord: String, ReportWord {
    static let table = WordTable(VerdictWord.self)

    case matched, failed, notReached, notInForce
}

extension Addressee {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.members(of: self)
            json.member("note", ifPresent: note)
        }
    }
}

extension Routing.Naming {
    fileprivate init(json: JSONNode) throws(Refusal) {
        recipient = try json.member("recipient")
        purpose = try json.member("purpose")
        rule = try json.member("rule")
        otherRules = (try json.member(ifPresent: "rules") as [String]?).map { Array($0.dropFirst()) } ?? []
        note = try json.member(ifPresent: "note")
    }
}
