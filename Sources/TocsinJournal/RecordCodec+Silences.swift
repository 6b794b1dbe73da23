import TocsinModel

// {"when": "{\"event\":\"test-alarm\"}", "until": T, "by": "Li", "reason": "night works", "evenExtreme": true,
//  "principal": "operator-li"}
//
// The conditions are a text, so that they stay as they were, byte for byte.
extension Silence {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("when", when)
            json.member("until", until)
            json.writeMembers(of: person)
            if evenExtreme { json.member("evenExtreme", evenExtreme) }
        }
    }

    init(json: JSONNode) throws(Refusal) {
        self.init(
            when: try json.member("when"), until: try json.member("until"), person: try Person(ofSilence: json),
            evenExtreme: try json.member(ifPresent: "evenExtreme") ?? false)
    }
}

// {"silence": 5, "by": "Li", "reason": "the works are over", "principal": "operator-li"}
extension UnsilencedRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("silence", silence.value)
            json.writeMembers(of: person)
        }
    }

    init(json: JSONNode) throws(Refusal) {
        self.init(Position(try json.member("silence") as Int64), by: try Person(ofSilence: json))
    }
}

extension JSONWriter {
    fileprivate mutating func writeMembers(of person: Person) {
        member("by", person.by)
        member("reason", ifPresent: person.note)
        member("principal", ifPresent: person.principal)
    }
}

extension Person {
    fileprivate init(ofSilence json: JSONNode) throws(Refusal) {
        self.init(
            by: try json.member("by"), note: try json.member(ifPresent: "reason"),
            principal: try json.member(ifPresent: "principal"))
    }
}
