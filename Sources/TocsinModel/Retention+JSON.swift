// {"closed": "5y", "exercises": "90d", "names": "10y"}, in whole days or years, each missing where it is for ever.
extension Retention {
    /// Writes the member `keep` of INFO.
    public func write(to json: inout JSONWriter) {
        json.object("keep") { json in
            json.member("closed", ifPresent: closed?.days)
            json.member("exercises", ifPresent: (exercises ?? closed)?.days)
            json.member("names", ifPresent: names?.days)
        }
    }

    /// Reads it.
    public init(json: JSONNode) throws(Refusal) {
        closed = try Self.time("closed", json)
        exercises = try Self.time("exercises", json)
        names = try Self.time("names", json)
    }

    private static func time(_ name: StaticString, _ json: JSONNode) throws(Refusal) -> Duration? {
        guard let text: String = try json.member(ifPresent: name) else { return nil }
        guard let time = Duration(days: text) else {
            throw Refusal(member: "\(name)", "must be days or years: 90d, 5y")
        }
        return time
    }

    /// How long what is kept, in words.
    public var words: String {
        func time(_ duration: Duration?) -> String { duration?.days ?? "for ever" }
        let exercises = exercises ?? closed
        let incidents =
            exercises == closed
            ? "closed incidents \(time(closed))"
            : "closed incidents \(time(closed)), exercises and tests \(time(exercises))"
        return removes ? "\(incidents), reports' names \(names.map { "at least \($0.days)" } ?? "for ever")" : incidents
    }
}
