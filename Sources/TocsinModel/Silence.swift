/// An operator's order that alerts of certain reports do not ring for a time. What it keeps still is stored, and rings when
/// the silence is over and the incident is still open.
public struct Silence: Hashable, Sendable {
    /// The conditions, as JSON without spaces: an object like the `when` of a rule.
    public var when: String
    /// The time from which on it is over.
    public var until: Timestamp
    /// Whoever asked for it. The note is the reason.
    public var person: Person
    /// True if it keeps Extreme reports still, too. Leaders are told of those.
    public var evenExtreme: Bool

    public init(when: String, until: Timestamp, person: Person, evenExtreme: Bool = false) {
        self.when = when
        self.until = until
        self.person = person
        self.evenExtreme = evenExtreme
    }

    public static func == (left: Silence, right: Silence) -> Bool {
        left.when.isIdentical(to: right.when) && left.until == right.until && left.person == right.person
            && left.evenExtreme == right.evenExtreme
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: when)
        hasher.combine(until)
    }
}

/// What keeps an alert still for now, and how long.
public struct Silencing: Hashable, Sendable {
    /// Who or what has asked for silence.
    public enum Source: Hashable, Sendable {
        /// An operator's silence: the position of its record, which is its number.
        case silence(Position)
        /// A silence of the rules file, which comes again and again: its name.
        case window(String)
    }

    public var source: Source
    /// The time from which on the alert rings.
    public var until: Timestamp

    public init(_ source: Source, until: Timestamp) {
        self.source = source
        self.until = until
    }
}

/// A silence with its number, and how it stands.
public struct SilenceLine: Hashable, Sendable {
    /// The position of its record.
    public let number: Position
    public let silence: Silence
    /// Why the directory does not allow its conditions now, so that it keeps nothing still; nil where it is in force.
    public let obstacle: String?

    public init(_ number: Position, _ silence: Silence, obstacle: String? = nil) {
        self.number = number
        self.silence = silence
        self.obstacle = obstacle
    }
}

// MARK: - JSON

extension Silencing {
    /// Writes the members of an object: `"silence":7,"until":T`, or `"window":"night works","until":T`.
    public func writeMembers(to json: inout JSONWriter) {
        switch source {
        case .silence(let number): json.member("silence", number.value)
        case .window(let name): json.member("window", name)
        }
        json.member("until", until)
    }

    /// Reads the members of an object; nil where it has none of them.
    public init?(ifIn json: JSONNode) throws(Refusal) {
        if let number: Int64 = try json.member(ifPresent: "silence") {
            source = .silence(Position(number))
        } else if let name: String = try json.member(ifPresent: "window") {
            source = .window(name)
        } else {
            return nil
        }
        until = try json.member("until")
    }
}

extension SilenceLine {
    /// `{"silence":7,"when":{…},"until":T,"by":"Li","reason":"night works","evenExtreme":false}`, with `"obstacle"` where it
    /// is not in force.
    ///
    /// - Parameters:
    ///   - incidents: The number of open incidents that it keeps still.
    ///   - json: What it is written to.
    public func write(keeping incidents: Int, to json: inout JSONWriter) {
        json.object { json in
            json.member("silence", number.value)
            json.member("when", raw: [UInt8](silence.when.utf8))
            json.member("until", silence.until)
            json.member("by", silence.person.by)
            json.member("reason", ifPresent: silence.person.note)
            json.member("evenExtreme", silence.evenExtreme)
            json.member("principal", ifPresent: silence.person.principal)
            json.member("openIncidents", incidents)
            json.member("obstacle", ifPresent: obstacle)
        }
    }
}
