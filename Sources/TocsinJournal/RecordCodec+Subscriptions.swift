import TocsinModel

// The conditions are a text and not an object, so that they come back as they went, byte for byte.
//
//     {"recipient": "leader@110101", "name": "fires", "when": "{\"category\":\"Fire\"}", "purpose": "information",
//      "by": "Li", "since": "2026-11-29T08:10:00.123Z", "principal": "leader-desk"}
extension Subscription {
    func write(to json: inout JSONWriter) {
        json.object { json in
            key.writeMembers(to: &json)
            json.member("when", when)
            json.member("purpose", purpose)
            json.member("by", ifPresent: by)
            json.member("since", since)
            json.member("principal", ifPresent: principal)
        }
    }

    init(json: JSONNode) throws(Refusal) {
        self.init(
            try Key(json: json), when: try json.member("when"), purpose: try json.member("purpose"),
            by: try json.member(ifPresent: "by"), since: try json.member("since"),
            principal: try json.member(ifPresent: "principal"))
    }
}

//     {"recipient": "leader@110101", "name": "fires", "by": "Li", "principal": "leader-desk"}
extension UnsubscribedRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            key.writeMembers(to: &json)
            json.member("by", ifPresent: by)
            json.member("principal", ifPresent: principal)
        }
    }

    init(json: JSONNode) throws(Refusal) {
        self.init(
            try Subscription.Key(json: json), by: try json.member(ifPresent: "by"),
            principal: try json.member(ifPresent: "principal"))
    }
}

extension Subscription.Key {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("recipient", recipient)
        json.member("name", name.text)
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        self.init(try json.member("recipient"), try json.member("name"))
    }
}
