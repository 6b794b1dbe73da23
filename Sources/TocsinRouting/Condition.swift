public import TocsinModel

/// One thing that a rule asks of a report, with what is wanted.
///
/// Everything that is done with conditions is done by going over these cases: ``holds(for:)`` judges a report, ``name``,
/// ``wanted`` and ``found(in:)`` explain it, `RuleReader.read(_:_:)` reads it from a file, and `keys(in:)` says how rules
/// that ask it are found without asking each. A new condition is a case here, a key, and its reader; the compiler names the
/// other places.
public enum Condition: Hashable, Sendable {
    /// The report's category is one of these.
    case category([Category])
    /// The report's event, or the value of one of its event codes, is one of these, byte for byte.
    case event([String])
    case severity(SeverityRange)
    /// The report's grid is one of these places or lies in one.
    case within([GridCode])
    /// The report has a parameter of this name with one of these values, byte for byte.
    case parameter(name: String, values: [String])
    /// The report's status is one of these.
    case status([ReportStatus])

    /// The keys of `when`, in the order in which conditions are looked at.
    ///
    /// The status comes last: of the rules that fail by it alone, people see that all else holds.
    public enum Key: String, CaseIterable, Sendable {
        case category, event, severity, within, parameter, status
    }

    /// What a rule asks that does not say otherwise: each stands in where a rule has no condition of its key.
    static let implied: [Condition] = [.status(ReportStatus.allCases.filter(\.asksForAction))]

    /// What the file calls it.
    public var key: Key {
        switch self {
        case .category: .category
        case .event: .event
        case .severity: .severity
        case .within: .within
        case .parameter: .parameter
        case .status: .status
        }
    }

    /// Whether the report is as the rule wants it. It allocates nothing.
    public func holds(for subject: Case) -> Bool {
        switch self {
        case .category(let categories): categories.contains(subject.report.category)
        case .event(let events): events.contains { subject.report.hasEvent($0) }
        case .severity(let range): range.contains(subject.report.severity)
        case .within(let places): subject.report.grid.map { grid in places.contains { grid.isWithin($0) } } ?? false
        case .parameter(let name, let values): values.contains { subject.report.hasParameter(name, $0) }
        case .status(let statuses): statuses.contains(subject.report.status)
        }
    }
}

/// How bad a report must be.
public enum SeverityRange: Hashable, Sendable, CustomStringConvertible {
    /// This severity or a worse one; never Unknown.
    case atLeast(Severity)
    case oneOf([Severity])

    /// The severities in it.
    public var severities: [Severity] {
        switch self {
        case .atLeast(let least): Severity.allCases.filter { $0 >= least && $0 != .unknown }
        case .oneOf(let severities): severities
        }
    }

    public func contains(_ severity: Severity) -> Bool {
        switch self {
        case .atLeast(let least): severity.rank <= least.rank && severity != .unknown
        case .oneOf(let severities): severities.contains(severity)
        }
    }

    public var description: String {
        switch self {
        case .atLeast(let least): "at least \(least.rawValue)"
        case .oneOf(let severities): severities.map(\.rawValue).joined(separator: " or ")
        }
    }
}
