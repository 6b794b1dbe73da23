/// The JSON form of a plan in records and explanations. Durations are in milliseconds; `watched` counts recipients from
/// 0.
///
///     {"rule": "structure fire", "acknowledgeWithinMs": 60000, "watched": [0],
///      "steps": [{"afterMs": 60000, "to": "supervisor@110101005003002"}]}
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
                    }
                }
            }
        }
    }

    /// - Throws: a ``Refusal`` that names the first member that is missing or wrong.
    public init(json: JSONNode) throws(Refusal) {
        self.init(
            rule: try json.member("rule"), acknowledgeWithinMilliseconds: try json.member("acknowledgeWithinMs"),
            watched: try json.member("watched"),
            steps: try json.elements("steps") { (step) throws(Refusal) in
                Step(afterMilliseconds: try step.member("afterMs"), to: try step.member("to"))
            })
    }
}
