import TocsinModel

// {"incident": 7, "recipient": "fire", "number": 17, "cause": "unanswered", "plan": 0, "step": 1,
//  "acknowledgeWithinMs": 60000, "lateMs": 5000}
extension RungRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.alert(incident, recipient, number)
            json.member("cause", cause)
            json.member("plan", ifPresent: plan.map(Int64.init))
            json.member("step", ifPresent: step.map(Int64.init))
            json.member("acknowledgeWithinMs", ifPresent: acknowledgeWithinMilliseconds)
            json.member("lateMs", ifPresent: lateMilliseconds)
        }
    }

    init(json: JSONNode) throws(Refusal) {
        self.init(
            incident: try json.incident(), recipient: try json.member("recipient"),
            number: AlertNumber(try json.member("number")), cause: try json.member("cause"),
            plan: try json.clamped(ifPresent: "plan"), step: try json.clamped(ifPresent: "step"),
            acknowledgeWithinMilliseconds: try json.member(ifPresent: "acknowledgeWithinMs"),
            lateMilliseconds: try json.member(ifPresent: "lateMs"))
    }
}

// {"incident": 7, "recipient": "police", "number": 4, "state": "silenced", "answered": "fire", "by": "Wang"}
// {"incident": 7, "recipient": "police", "number": 4, "state": "silenced", "silence": 5, "until": T}
extension StoodDownRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.alert(incident, recipient, number)
            json.member("state", state)
            switch cause {
            case .answered(let recipient, let by):
                json.member("answered", recipient)
                json.member("by", by)
            case .silenced(let silencing): silencing.writeMembers(to: &json)
            }
        }
    }

    init(json: JSONNode) throws(Refusal) {
        let state: AlertState = try json.member("state")
        guard state == .silenced || state == .cancelled else {
            throw Refusal(member: "state", "must be silenced or cancelled; it is \(state)")
        }
        let cause: Cause =
            if let silencing = try Silencing(ifIn: json) {
                .silenced(silencing)
            } else {
                .answered(try json.member("answered"), by: try json.member("by"))
            }
        self.init(
            incident: try json.incident(), recipient: try json.member("recipient"),
            number: AlertNumber(try json.member("number")), state: state, cause: cause)
    }
}

extension JSONWriter {
    fileprivate mutating func alert(_ incident: IncidentNumber, _ recipient: Recipient, _ number: AlertNumber) {
        member("incident", incident.value)
        member("recipient", recipient)
        member("number", number.value)
    }
}
