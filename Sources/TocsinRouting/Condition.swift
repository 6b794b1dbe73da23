public import TocsinModel

/// One condition of a rule: a property of reports, with the values wanted.
///
/// Every operation on conditions goes over these cases. ``holds(for:)`` judges a report; ``name``, ``wanted`` and
/// ``found(in:)`` explain the judgement. `RuleReader.read(_:_:)` reads a condition from a file. `keys(in:)` gives the
/// keys by which rules are found without asking each.
///
/// A new condition needs a case here, a key, and its reader. The compiler names the other places.
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

    /// The keys of `when`, in the order in which conditions are checked.
    ///
    /// The status comes last, so that people see of a rule that fails by it alone that all else holds.
    public enum Key: String, CaseIterable, Sendable {
        case category, event, severity, within, parameter, status
    }

    /// The conditions of a rule that does not say otherwise. Each applies where a rule has no condition of its key.
    static let implied: [Condition] = [.status(ReportStatus.allCases.filter(\.asksForAction))]

    /// The key in the file.
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

    /// True if the report meets the condition. Allocates nothing.
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

/// A range of severities.
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
