/// A value that a JSON document can hold.
///
/// ``JSONNode/member(_:)`` and its variants read one, and refuse anything else:
///
///     let severity: Severity = try json.member("severity")
public protocol JSONReadable {
    /// Creates the value of the node; nil if the node holds something else.
    init?(json: JSONNode)

    /// The expected value as refusals state it after "must be": `a string`.
    static var expectation: String { get }

    /// The words of a closed list, in its order; empty for other types.
    static var allowed: [String] { get }
}

extension JSONReadable {
    public static var allowed: [String] { [] }
}

extension ReportWord {
    /// Creates the word with these bytes, without making a string.
    @inlinable
    public init?(json: JSONNode) {
        guard let bytes = json.stringBytes, let word = Self.table[bytes] else { return nil }
        self = word
    }

    public static var expectation: String { "one of \(words.joined(separator: ", "))" }
    public static var allowed: [String] { words }
}

extension String: JSONReadable {
    public init?(json: JSONNode) {
        guard let text = json.string else { return nil }
        self = text
    }

    public static var expectation: String { "a string" }
}

extension Int64: JSONReadable {
    public init?(json: JSONNode) {
        guard let number = json.integer else { return nil }
        self = number
    }

    public static var expectation: String { "a whole number" }
}

extension Int: JSONReadable {
    public init?(json: JSONNode) {
        guard let number = json.integer else { return nil }
        self.init(exactly: number)
    }

    public static var expectation: String { Int64.expectation }
}

extension Bool: JSONReadable {
    public init?(json: JSONNode) {
        guard let value = json.boolean else { return nil }
        self = value
    }

    public static var expectation: String { "true or false" }
}

extension Timestamp: JSONReadable {
    public init?(json: JSONNode) {
        guard let bytes = json.stringBytes else { return nil }
        self.init(utf8: bytes)
    }

    public static var expectation: String {
        "an RFC 3339 time with its offset, such as 2026-11-23T08:10:00+08:00"
    }
}

extension Recipient: JSONReadable {
    public init?(json: JSONNode) {
        guard let text = json.string else { return nil }
        self.init(text)
    }

    public static var expectation: String { "a recipient, such as fire or police@110101005" }
}

extension GridCode: JSONReadable {
    public init?(json: JSONNode) {
        guard let bytes = json.stringBytes else { return nil }
        self.init(utf8: bytes)
    }

    public static var expectation: String { "a grid code: 15 digits, or 12, 9 or 6 for a larger place" }
}

extension Position: JSONReadable {
    public init?(json: JSONNode) {
        guard let number = json.integer else { return nil }
        self.init(number)
    }

    public static var expectation: String { "a position in the journal: a whole number" }
}

extension IncidentNumber: JSONReadable {
    public init?(json: JSONNode) {
        guard let number = json.integer else { return nil }
        self.init(exactly: number)
    }

    public static var expectation: String { "an incident's number: a whole number from 1 on" }
}

extension AlertNumber: JSONReadable {
    public init?(json: JSONNode) {
        guard let number = json.integer else { return nil }
        self.init(exactly: number)
    }

    public static var expectation: String { "an alert's number: a whole number from 1 on" }
}

extension Point: JSONReadable {
    public init?(json: JSONNode) {
        guard let (latitude, longitude) = json.twoNumbers else { return nil }
        self.init(latitude: latitude, longitude: longitude)
    }

    public static var expectation: String { "[latitude, longitude]: -90 to 90 and -180 to 180 degrees" }
}

extension Polygon: JSONReadable {
    /// A ring of points (CAP 1.2, `polygon`).
    public init?(json: JSONNode) {
        var points: [Point] = []
        var isRing = json.kind == .array
        json.forEachElement { element in
            // Points beyond the limit are dropped.
            guard isRing, points.count < Limits.polygonPoints, let point = Point(json: element) else {
                isRing = false
                return
            }
            points.append(point)
        }
        guard isRing else { return nil }
        self.init(points)
    }

    public static var expectation: String {
        "an array of 4 to \(Limits.polygonPoints) points, the last the same as the first, each of them "
            + Point.expectation
    }
}

extension JSONNode: JSONReadable {
    /// Creates an object, whose members are then read.
    public init?(json: JSONNode) {
        guard json.kind == .object else { return nil }
        self = json
    }

    public static var expectation: String { "an object" }
}

extension Array: JSONReadable where Element: JSONReadable {
    @inlinable
    public init?(json: JSONNode) {
        var elements: [Element] = []
        var isWhole = json.kind == .array
        json.forEachElement { node in
            guard isWhole, let element = Element(json: node) else {
                isWhole = false
                return
            }
            elements.append(element)
        }
        guard isWhole else { return nil }
        self = elements
    }

    public static var expectation: String { "an array, each element of which is \(Element.expectation)" }
}
