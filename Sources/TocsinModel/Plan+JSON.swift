/// The JSON form of a plan in records and explanations. Durations are in milliseconds; `watched` counts recipients from
/// 0. `require`, the three times after it, `repeatMs` and `raise` are missing where the rule does not say them.
///
///     {"rule": "structure fire", "acknowledgeWithinMs": 60000, "watched": [0],
///      "steps": [{"afterMs": 60000, "to": "supervisor@110101005003002", "repeatMs": 180000, "raise": "Extreme"}],
///      "require": "any", "unattendedAfterMs": 0, "reopenAfterMs": 900000, "feedbackWithinMs": 604800000}
extension Plan {
    public func write(to json: inout JSONWriter) {
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
                        if let time = step.repeatMilliseconds { json.member("repeatMs", time) }
                        json.member("raise", ifPresent: step.raise)
                    }
                }
            }
            if requirement != .each { json.member("require", requirement) }
            if let time = unattendedAfterMilliseconds { json.member("unattendedAfterMs", time) }
            if let time = reopenAfterMilliseconds { json.member("reopenAfterMs", time) }
            if let time = feedbackWithinMilliseconds { json.member("feedbackWithinMs", time) }
        }
    }

    /// - Throws: a ``Refusal`` that names the first member that is missing or wrong.
    public init(json: JSONNode) throws(Refusal) {
        self.init(
            rule: try json.member("rule"), acknowledgeWithinMilliseconds: try json.member("acknowledgeWithinMs"),
            watched: try json.member("watched"),
            steps: try json.elements("steps") { (step) throws(Refusal) in
                Step(
                    afterMilliseconds: try step.member("afterMs"), to: try step.member("to"),
                    repeatMilliseconds: try step.member(ifPresent: "repeatMs"),
                    raise: try step.member(ifPresent: "raise"))
            },
            requirement: try json.member(ifPresent: "require") ?? .each,
            unattendedAfterMilliseconds: try json.member(ifPresent: "unattendedAfterMs"),
            reopenAfterMilliseconds: try json.member(ifPresent: "reopenAfterMs"),
            feedbackWithinMilliseconds: try json.member(ifPresent: "feedbackWithinMs"))
    }
}
