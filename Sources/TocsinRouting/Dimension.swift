import TocsinModel

/// A property of reports by which rules are found.
enum Dimension: UInt8, CaseIterable {
    // A report has one value of each of these, or none.
    case category, severity, status, district, street, community, grid
    // A report may have several values of these.
    case event, parameter

    /// A value in a dimension, wanted by a rule or found in a report.
    struct Key {
        let dimension: Dimension
        let value: UInt64
    }

    /// The dimension of places of that size.
    init(_ level: PlaceLevel) {
        switch level {
        case .district: self = .district
        case .street: self = .street
        case .community: self = .community
        case .grid: self = .grid
        }
    }

    /// The bit that stands for the dimension.
    var bit: UInt16 { 1 << UInt16(rawValue) }
}

extension Condition {
    /// The keys by which rules with the condition are found. A report that meets the condition has one of them. Nil for
    /// a condition that is only verified.
    func keys(in places: PlaceIndex) -> [Dimension.Key]? {
        switch self {
        case .category(let categories):
            categories.map { Dimension.Key(dimension: .category, value: $0.ordinal) }
        case .event(let events): events.map { Dimension.Key(dimension: .event, value: Hash.of($0)) }
        case .severity(let range):
            range.severities.map { Dimension.Key(dimension: .severity, value: UInt64($0.rank)) }
        case .within(let codes): codes.map { places.key(of: $0) }
        case .parameter(let name, let values):
            values.map { Dimension.Key(dimension: .parameter, value: Hash.of(.init(name: name, value: $0))) }
        case .status(let statuses): statuses.map { Dimension.Key(dimension: .status, value: $0.ordinal) }
        }
    }

    /// A comparable measure of how few reports have one of the keys. Where a rule has too many keys, the least
    /// selective are dropped first. Nil for a condition that is never dropped: reports that do not meet ``implied`` are
    /// looked up by it alone.
    var selectivity: Int? {
        switch self {
        case .severity: 0
        case .category: 1
        case .within: 2
        case .parameter: 3
        case .event: 4
        case .status: nil
        }
    }
}

extension Condition {
    /// The places that the condition names.
    var places: [GridCode] {
        switch self {
        case .within(let codes): codes
        case .category, .event, .severity, .parameter, .status: []
        }
    }
}

extension Case {
    /// The report's value of a dimension; nil if it has none.
    ///
    /// - Precondition: A report has at most one value of the dimension.
    func value(_ dimension: Dimension, at position: PlaceIndex.Position) -> UInt64? {
        switch dimension {
        case .category: report.category.ordinal
        case .severity: UInt64(report.severity.rank)
        case .status: report.status.ordinal
        case .district: position[.district].asKey
        case .street: position[.street].asKey
        case .community: position[.community].asKey
        case .grid: position[.grid].asKey
        case .event, .parameter: preconditionFailure("A report may have several.")
        }
    }
}

extension PlaceIndex {
    /// - Precondition: The index has the place, as it has every place that a rule names.
    fileprivate func key(of code: GridCode) -> Dimension.Key {
        guard let value = position(of: code)[code.level].asKey else {
            preconditionFailure("A rule's place has no number.")
        }
        return Dimension.Key(dimension: Dimension(code.level), value: value)
    }
}

extension Int32 {
    /// The number of a place; nil for -1, which stands for none.
    fileprivate var asKey: UInt64? { self < 0 ? nil : UInt64(self) }
}

extension ReportStatus {
    /// The index in CAP's list, from 0.
    var ordinal: UInt64 {
        switch self {
        case .actual: 0
        case .exercise: 1
        case .system: 2
        case .test: 3
        case .draft: 4
        }
    }
}
