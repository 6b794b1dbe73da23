/// How long a journal keeps what is over. Whatever is open stays, however old it is.
public struct Retention: Hashable, Sendable {
    /// How long an incident is kept after it has closed; nil for ever.
    public var closed: Duration?
    /// The same for exercises, tests and whatever else is not real; nil for as long as real ones.
    public var exercises: Duration?
    /// How long a report's name stays known after it was stored, at the least, also when its incident is removed; nil for
    /// ever.
    public var names: Duration?

    public init(closed: Duration? = nil, exercises: Duration? = nil, names: Duration? = nil) {
        (self.closed, self.exercises, self.names) = (closed, exercises, names)
    }

    /// Returns how long an incident of a status is kept after it has closed; nil for ever.
    public func time(of status: ReportStatus) -> Duration? { status == .actual ? closed : exercises ?? closed }

    /// True if something is removed one day.
    public var removes: Bool { closed != nil || exercises != nil }
}

extension Duration {
    /// The days of a year as times are kept. It is the longest, so that nothing goes before its time.
    private static let daysOfYear: Int64 = 366

    /// Reads a long time in days or years: `30d`, `5y`. A year has 366 days. Nil for anything else.
    public init?(days text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Five digits exceed any time that can be configured, and no product of them overflows.
        guard (1...5).contains(digits.count), let count = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "d": self = .seconds(count * 86_400)
        case "y": self = .seconds(count * Self.daysOfYear * 86_400)
        default: return nil
        }
    }

    /// The time in whole years or days, as it is configured: `5y`, `30d`.
    public var days: String {
        let days = components.seconds / 86_400
        return days > 0 && days % Self.daysOfYear == 0 ? "\(days / Self.daysOfYear)y" : "\(days)d"
    }
}
