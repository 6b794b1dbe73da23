/// A position in the journal: 1 for the first record, ascending.
public struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    /// The position before the first record.
    public static let zero = Position(0)

    public var next: Position { Position(value + 1) }

    public static func < (left: Position, right: Position) -> Bool { left.value < right.value }

    public var description: String { String(value) }
}

/// An incident's number: the position of its record in the journal, 1 or more.
public struct IncidentNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: Int64

    /// Creates a number that comes from the broker or its journal. Numbers from outside are read by ``init(exactly:)``.
    public init(_ value: Int64) {
        self.value = value
    }

    /// Creates a number that comes from outside; nil if no incident can have it.
    public init?(exactly value: Int64) {
        guard value > 0 else { return nil }
        self.value = value
    }

    public init(_ position: Position) {
        value = position.value
    }

    public var position: Position { Position(value) }

    public static func < (left: IncidentNumber, right: IncidentNumber) -> Bool { left.value < right.value }

    public var description: String { String(value) }
}

/// An alert's number: 1 for a recipient's first alert, ascending. Each recipient has its own numbers.
public struct AlertNumber: Hashable, Comparable, Strideable, Sendable, CustomStringConvertible {
    public let value: Int64

    /// Creates a number that comes from the broker or its journal. Numbers from outside are read by ``init(exactly:)``.
    public init(_ value: Int64) {
        self.value = value
    }

    /// Creates a number that comes from outside; nil if no alert can have it.
    public init?(exactly value: Int64) {
        guard value > 0 else { return nil }
        self.value = value
    }

    public static func < (left: AlertNumber, right: AlertNumber) -> Bool { left.value < right.value }

    /// Replaces Strideable's `==`, which compares by distance; the distance can be more than a number holds.
    public static func == (left: AlertNumber, right: AlertNumber) -> Bool { left.value == right.value }

    public func distance(to other: AlertNumber) -> Int { Int(other.value - value) }

    public func advanced(by count: Int) -> AlertNumber { AlertNumber(value + Int64(count)) }

    public var description: String { String(value) }
}

/// The name of a report. Two reports with the same pair of texts, byte for byte, are the same report.
public struct ReportName: Hashable, Sendable, CustomStringConvertible {
    public let sender: String
    public let identifier: String
    /// The hash of both texts, made once: a report's name is looked up in half a dozen places.
    private let hash: Int

    public init(sender: String, identifier: String) {
        self.sender = sender
        self.identifier = identifier
        var hasher = Hasher()
        hasher.combine(bytesOf: sender)
        hasher.combine(bytesOf: identifier)
        hash = hasher.finalize()
    }

    public static func == (left: ReportName, right: ReportName) -> Bool {
        left.hash == right.hash && left.identifier.isIdentical(to: right.identifier)
            && left.sender.isIdentical(to: right.sender)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }

    public var description: String { "\(sender),\(identifier)" }
}
