/// A place in the journal: 1 for the first record, ascending.
public struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: Int64

    public init(_ value: Int64) {
        self.value = value
    }

    /// Before the first record.
    public static let zero = Position(0)

    public var next: Position { Position(value + 1) }

    public static func < (left: Position, right: Position) -> Bool { left.value < right.value }

    public var description: String { String(value) }
}

/// An incident's number: the position of its record in the journal, 1 or more.
public struct IncidentNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: Int64

    /// The number as the broker or its journal has it. What a stranger names is read by ``init(exactly:)``.
    public init(_ value: Int64) {
        self.value = value
    }

    /// A number that somebody else names; nil for one that no incident can have.
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

/// An alert's number: 1 for a recipient's first alert, ascending, each recipient for itself.
public struct AlertNumber: Hashable, Comparable, Strideable, Sendable, CustomStringConvertible {
    public let value: Int64

    /// The number as the broker or its journal has it. What a stranger names is read by ``init(exactly:)``.
    public init(_ value: Int64) {
        self.value = value
    }

    /// A number that somebody else names; nil for one that no alert can have.
    public init?(exactly value: Int64) {
        guard value > 0 else { return nil }
        self.value = value
    }

    public static func < (left: AlertNumber, right: AlertNumber) -> Bool { left.value < right.value }

    /// Strideable's own would go by the distance, which can be more than a number holds.
    public static func == (left: AlertNumber, right: AlertNumber) -> Bool { left.value == right.value }

    public func distance(to other: AlertNumber) -> Int { Int(other.value - value) }

    public func advanced(by count: Int) -> AlertNumber { AlertNumber(value + Int64(count)) }

    public var description: String { String(value) }
}

/// What names a report: the same pair of texts again, byte for byte, is the same report.
public struct ReportName: Hashable, Sendable, CustomStringConvertible {
    public let sender: String
    public let identifier: String
    /// Of both texts: a name is looked up in half a dozen places on its way.
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
