public import TocsinModel

/// A time in which the same people are on duty for a mailbox, or nobody.
public struct DutyShift: Hashable, Sendable {
    /// From the first moment to the hand-over, which is not part of it.
    public var span: Range<Timestamp>
    /// The names, in the order of the file. Empty where nobody is on duty.
    public var persons: [String]
    /// The layer that says so, or ``override``. Empty where nobody is on duty.
    public var source: String
    /// True if two entries of the same layer name different people: somebody expects to be alone, and is not.
    public var isDouble: Bool

    /// The source of what overrides every layer.
    public static let override = "override"

    public var isGap: Bool { persons.isEmpty }

    public init(span: Range<Timestamp>, persons: [String], source: String, isDouble: Bool = false) {
        self.span = span
        self.persons = persons
        self.source = source
        self.isDouble = isDouble
    }
}

/// Who is on duty for a mailbox at a time, until when, and who comes next.
public struct Duty: Hashable, Sendable {
    /// The names; empty if nobody is on duty.
    public var persons: [String]
    /// The layer that says so; empty if nobody is on duty.
    public var source: String
    /// The hand-over; nil if there is none within ``TocsinModel/Limits/dutyHorizonDays``.
    public var until: Timestamp?
    /// Those who come then, which may be nobody. It ends where the sheet was looked at no further, at the latest.
    public var next: DutyShift?
}

/// A time in which an entry of a layer has people on duty.
struct Stint: Hashable {
    var span: Range<Timestamp>
    var persons: [String]

    init?(_ from: Timestamp, _ to: Timestamp, _ persons: [String]) {
        guard from < to else { return nil }
        span = from..<to
        self.persons = persons
    }
}

extension Range<Timestamp> {
    /// A time with so many days of 24 hours after it.
    static func days(_ days: Int, from time: Timestamp) -> Self { time..<time + .seconds(days * 86_400) }
}
