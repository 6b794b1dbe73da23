public import TocsinModel

/// Conditions that an operator would have silent: the argument of SILENCES, for a preview.
public struct SilenceWish: Hashable, Sendable {
    /// The conditions, as JSON without spaces.
    public var when: String
    public var evenExtreme: Bool

    public init(when: String, evenExtreme: Bool = false) {
        self.when = when
        self.evenExtreme = evenExtreme
    }

    /// `"when":{…},"evenExtreme":true`
    public func writeMembers(to json: inout JSONWriter) {
        json.member("when", raw: [UInt8](when.utf8))
        if evenExtreme { json.member("evenExtreme", true) }
    }

    /// - Throws: a ``TocsinModel/Refusal`` `invalid` that says which member is wrong.
    public init(json: JSONNode) throws(Refusal) {
        let conditions: JSONNode = try json.member("when")
        guard conditions.kind == .object else { throw Refusal(member: "when", "must be an object of conditions") }
        var text = JSONWriter()
        text.value(conditions)
        when = text.text
        evenExtreme = try json.member(ifPresent: "evenExtreme") ?? false
    }
}

extension Silence {
    /// Writes the argument of SILENCE.
    public func writeMembers(to json: inout JSONWriter) {
        SilenceWish(when: when, evenExtreme: evenExtreme).writeMembers(to: &json)
        json.member("until", until)
        json.member("by", person.by)
        json.member("reason", ifPresent: person.note)
    }

    /// Reads the argument of SILENCE: `{"when":{…},"until":T,"by":"Li","reason":"night works","evenExtreme":false}`.
    ///
    /// - Parameters:
    ///   - json: The argument.
    ///   - principal: The name under which the connection was let in that brought it, if a key was asked for.
    /// - Throws: A ``TocsinModel/Refusal`` `invalid` for a member that is missing or wrong: a silence has an end, an author
    ///   and a reason.
    public init(asked json: JSONNode, by principal: String?) throws(Refusal) {
        let members = ["when", "until", "by", "reason", "evenExtreme"]
        if let name = json.firstMember(otherThan: members) {
            throw Refusal(
                member: name, "is none of SILENCE; those are when, until, by, reason and evenExtreme", allowed: members)
        }
        let wish = try SilenceWish(json: json)
        var person = try PersonalWord(json: json, for: .silence).person
        guard !(person.note ?? "").isEmpty else { throw Refusal(member: "reason", "must say why") }
        person.principal = principal
        self.init(when: wish.when, until: try json.member("until"), person: person, evenExtreme: wish.evenExtreme)
    }
}
