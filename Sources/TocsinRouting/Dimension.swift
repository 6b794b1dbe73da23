import TocsinModel

/// A property of reports by which rules are found.
enum Dimension: UInt8, CaseIterable {
    // A report has one value of each of these, or none.
    case category, severity, urgency, certainty, message, status, district, street, community, grid, sender
    // A report may have several values of these.
    /// The cells in which the point lies, one of each level.
    case near
    /// The event, and the values of the event codes.
    case event
    /// A parameter or an event code, with its name.
    case named
    /// A word that some rule demands, found in the texts or in the sender.
    case word

    /// A value in a dimension, wanted by a rule or found in a report.
    struct Key: Hashable {
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

    /// The dimensions of which a report may have several values, as bits.
    static let severals = Dimension.near.bit | Dimension.event.bit | Dimension.named.bit | Dimension.word.bit

    /// The bit that stands for the dimension.
    var bit: UInt32 { 1 << UInt32(rawValue) }
}

extension Condition {
    /// The keys by which rules with the condition are found. A report that meets the condition has one of them. Nil for
    /// a condition that is only verified.
    func keys(in places: PlaceIndex) -> [Dimension.Key]? {
        switch self {
        case .category(let categories): categories.map { Dimension.Key(dimension: .category, value: $0.ordinal) }
        case .event(let events): events.map { Dimension.Key(dimension: .event, value: Hash.of($0)) }
        case .eventCode(let name, let values):
            values.map { Dimension.Key(dimension: .named, value: Hash.ofEventCode(.init(name: name, value: $0))) }
        case .severity(let range): Self.keys(range, .severity)
        case .urgency(let range): Self.keys(range, .urgency)
        case .certainty(let range): Self.keys(range, .certainty)
        case .within(let codes): codes.map { places.key(of: $0) }
        case .near(let circle):
            CircleCells.cells(of: circle).map { Dimension.Key(dimension: .near, value: $0) }
        case .parameter(let name, let values):
            values.map { Dimension.Key(dimension: .named, value: Hash.ofParameter(.init(name: name, value: $0))) }
        case .sender(let patterns):
            patterns.allSatisfy { $0.exact != nil }
                ? patterns.map { Dimension.Key(dimension: .sender, value: Hash.of($0.text)) }
                : demandedWords.map { $0.map { Dimension.Key(dimension: .word, value: Hash.of($0)) } }
        case .text, .matches: demandedWords.map { $0.map { Dimension.Key(dimension: .word, value: Hash.of($0)) } }
        case .during, .any: nil
        case .not(let conditions): conditions.count == 1 ? conditions[0].otherKeys : nil
        case .message(let types): types.map { Dimension.Key(dimension: .message, value: $0.ordinal) }
        case .status(let statuses): statuses.map { Dimension.Key(dimension: .status, value: $0.ordinal) }
        }
    }

    /// The keys of reports that do not meet a condition whose words are few.
    private var otherKeys: [Dimension.Key]? {
        func others<Word: ReportWord>(_ words: [Word], _ dimension: Dimension, _ value: (Word) -> UInt64)
            -> [Dimension.Key]
        {
            Word.allCases.filter { !words.contains($0) }.map { Dimension.Key(dimension: dimension, value: value($0)) }
        }
        return switch self {
        case .category(let categories): others(categories, .category, \.ordinal)
        case .severity(let range): others(range.words, .severity) { UInt64($0.rank) }
        case .urgency(let range): others(range.words, .urgency) { UInt64($0.rank) }
        case .certainty(let range): others(range.words, .certainty) { UInt64($0.rank) }
        // Of what is implied, nothing is stated by a `not`: its keys are not those of the statement.
        case .message, .status: nil
        case .event, .eventCode, .within, .near, .parameter, .sender, .text, .matches, .during, .any, .not: nil
        }
    }

    private static func keys<Word: RankedWord>(_ range: WordRange<Word>, _ dimension: Dimension) -> [Dimension.Key] {
        range.words.map { Dimension.Key(dimension: dimension, value: UInt64($0.rank)) }
    }
}

extension Dimension {
    /// A comparable measure of how few reports have one key of the dimension. Where a rule has too many keys, those of
    /// the least selective dimensions are dropped first. Nil for a dimension that is never dropped: reports that do not
    /// meet ``Condition/implied`` are looked up by it alone.
    var selectivity: Int? {
        switch self {
        case .message, .status: nil
        case .severity: 0
        case .certainty: 1
        case .urgency: 2
        case .category: 3
        case .district: 4
        case .street: 5
        case .community: 6
        case .grid: 7
        case .near: 8
        case .word: 9
        case .named: 10
        case .event: 11
        case .sender: 12
        }
    }
}

extension Condition {
    /// The places that the condition names.
    var places: [GridCode] {
        switch self {
        case .within(let codes): codes
        case .any(let branches): branches.flatMap { $0.flatMap(\.places) }
        case .not(let conditions): conditions.flatMap(\.places)
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .near, .parameter, .sender, .text,
            .matches, .during, .message, .status:
            []
        }
    }

    /// The circles that the condition names.
    var circles: [Circle] {
        switch self {
        case .near(let circle): [circle]
        case .any(let branches): branches.flatMap { $0.flatMap(\.circles) }
        case .not(let conditions): conditions.flatMap(\.circles)
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .parameter, .sender, .text,
            .matches, .during, .message, .status:
            []
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
        case .urgency: UInt64(report.urgency.rank)
        case .certainty: UInt64(report.certainty.rank)
        case .message: report.messageType.ordinal
        case .status: report.status.ordinal
        case .district: position[.district].asKey
        case .street: position[.street].asKey
        case .community: position[.community].asKey
        case .grid: position[.grid].asKey
        case .sender: Hash.of(report.name.sender)
        case .near, .event, .named, .word: preconditionFailure("A report may have several.")
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

extension MessageType {
    /// The index in CAP's list, from 0.
    var ordinal: UInt64 {
        switch self {
        case .alert: 0
        case .update: 1
        case .cancel: 2
        }
    }
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
