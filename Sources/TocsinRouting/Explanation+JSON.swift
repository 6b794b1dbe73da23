public import TocsinModel

extension Explanation {
    /// Writes the explanation as one object. Durations are in milliseconds; `watched` counts addressees from 0.
    ///
    ///     {"rules": [
    ///        {"rule": "structure fire", "verdict": "matched", "conditions": ["category is Fire", …]},
    ///        {"rule": "gas leak", "verdict": "failed", "condition": "event", "wanted": "gas-leak", "found": "fire"},
    ///        {"rule": "the rest", "verdict": "notReached", "stoppedBy": "structure fire"}],
    ///      "addressees": [{"recipient": "fire", "purpose": "action", "rule": "structure fire", "note": …}],
    ///      "plans": [{"rule": "structure fire", "acknowledgeWithinMs": 60000, "watched": [0],
    ///                 "steps": [{"afterMs": 60000, "to": "supervisor@110101005003002"}]}]}
    ///
    /// A note is there only where the rule alone does not say why it is this recipient.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("rules") { json in
                for verdict in verdicts { verdict.write(to: &json) }
            }
            json.array("addressees") { json in
                for addressee in routing.addressees { addressee.write(to: &json) }
            }
            json.array("plans") { json in
                for plan in routing.plans { plan.write(to: &json) }
            }
        }
    }

    /// Reads what ``write(to:)`` wrote; members that it does not know are left alone.
    ///
    /// - Throws: a ``TocsinModel/Refusal`` `invalid` that names the first member that is missing or wrong.
    public init(json: JSONNode) throws(Refusal) {
        let verdicts = try json.requiredElements("rules") { (node) throws(Refusal) in try RuleVerdict(json: node) }
        let namings = try json.requiredElements("addressees") { (node) throws(Refusal) in try Routing.Naming(json: node)
        }
        let plans = try json.requiredElements("plans") { (node) throws(Refusal) in try Plan(json: node) }
        guard plans.allSatisfy({ $0.watched.allSatisfy(namings.indices.contains) }) else {
            throw Refusal(
                .invalid, "A plan watches an addressee that the explanation does not have.", field: "watched")
        }
        self.init(verdicts: verdicts, routing: Routing(namings, plans: plans))
    }
}

extension Explanation.RuleVerdict {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("rule", rule)
            switch verdict {
            case .matched(let conditions):
                json.member("verdict", "matched")
                json.array("conditions") { json in
                    for condition in conditions { json.string(condition) }
                }
            case .failed(let condition, let wanted, let found):
                json.member("verdict", "failed")
                json.member("condition", condition)
                json.member("wanted", wanted)
                json.member("found", found)
            case .notReached(let stoppedBy):
                json.member("verdict", "notReached")
                json.member("stoppedBy", stoppedBy)
            }
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        rule = try json.requiredString("rule")
        switch try json.requiredString("verdict") {
        case "matched":
            verdict = .matched(
                try json.requiredElements("conditions") { (node) throws(Refusal) in
                    guard let text = node.string else { throw wrong("conditions", "an array of strings") }
                    return text
                })
        case "failed":
            verdict = .failed(
                condition: try json.requiredString("condition"), wanted: try json.requiredString("wanted"),
                found: try json.requiredString("found"))
        case "notReached":
            verdict = .notReached(stoppedBy: try json.requiredString("stoppedBy"))
        default:
            throw wrong("verdict", "matched, failed or notReached")
        }
    }
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
        recipient = try json.requiredRecipient("recipient")
        purpose = try json.requiredWord("purpose")
        rule = try json.requiredString("rule")
        note = json["note"]?.string
    }
}

extension Plan {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("rule", rule)
            json.member("acknowledgeWithinMs", acknowledgeWithinMilliseconds)
            json.array("watched") { json in
                for index in watched { json.integer(index) }
            }
            json.array("steps") { json in
                for step in steps {
                    json.object { json in
                        json.member("afterMs", step.afterMilliseconds)
                        json.member("to", step.to)
                    }
                }
            }
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        let rule = try json.requiredString("rule")
        let milliseconds = try json.requiredInteger("acknowledgeWithinMs")
        let watched = try json.requiredElements("watched") { (node) throws(Refusal) in
            guard let index = node.integer.flatMap(Int.init(exactly:)) else {
                throw wrong("watched", "an array of whole numbers")
            }
            return index
        }
        let steps = try json.requiredElements("steps") { (node) throws(Refusal) in
            Step(afterMilliseconds: try node.requiredInteger("afterMs"), to: try node.requiredRecipient("to"))
        }
        self.init(rule: rule, acknowledgeWithinMilliseconds: milliseconds, watched: watched, steps: steps)
    }
}

private func wrong(_ field: StaticString, _ expected: String) -> Refusal {
    Refusal(.invalid, "'\(field)' must be \(expected).", field: "\(field)")
}
