import TocsinModel

/// One of the things by which rules are found.
enum Dimension: UInt8, CaseIterable {
    // Of each of these a report has one value, or none.
    case category, severity, status, district, street, community, grid
    // Of these it may have several.
    case event, parameter

    /// A value in a dimension: what a rule wants, or what a report has.
    struct Key {
        let dimension: Dimension
        let value: UInt64
    }

    /// A place of that size.
    init(_ level: PlaceLevel) {
        switch level {
        case .district: self = .district
        case .street: self = .street
        case .community: self = .community
        case .grid: self = .grid
        }
    }

    /// A bit of its own.
    var bit: UInt16 { 1 << UInt16(rawValue) }
}

extension Condition {
    /// How rules that ask it are found: a report that meets it has one of these keys. Nil for a condition that is only
    /// verified.
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

    /// How few reports have one of the keys, by comparison: where a rule has too many, the least selective go first. Nil for
    /// what is never left out, as reports that do not meet ``implied`` are looked up by it alone.
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
    /// The places that it names.
    var places: [GridCode] {
        switch self {
        case .within(let codes): codes
        case .category, .event, .severity, .parameter, .status: []
        }
    }
}

extension Case {
    /// The value of a dimension of which a report has one; nil where it has none.
    ///
    /// - Precondition: It is not a dimension of which a report may have several.
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
    /// - Precondition: The place is in the index, as every place that a rule names is.
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
    /// The place in CAP's list, from 0.
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
