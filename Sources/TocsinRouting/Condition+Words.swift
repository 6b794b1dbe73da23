import TocsinModel

/// A condition in words, for explanations.
extension Condition {
    /// Words of one text: lists may have thousands.
    private static let listed = 12

    /// What the condition is called: its key, and what it is about where the key alone does not say.
    public var name: String {
        switch self {
        case .parameter(let name, _): "\(key.rawValue) \(name)"
        case .category, .event, .severity, .within, .status: key.rawValue
        }
    }

    /// What the rule asks.
    public var wanted: String {
        switch self {
        case .category(let categories): Self.list(categories.map(\.rawValue))
        case .event(let events): Self.list(events)
        case .severity(let range): range.description
        case .within(let places): Self.list(places.map(\.description))
        case .parameter(_, let values): Self.list(values)
        case .status(let statuses): Self.list(statuses.map(\.rawValue))
        }
    }

    /// What the report has.
    public func found(in subject: Case) -> String {
        let report = subject.report
        switch self {
        case .category: return report.category.rawValue
        case .event: return Self.list([report.event] + report.eventCodes.map(\.value))
        case .severity: return report.severity.rawValue
        case .within: return report.grid?.description ?? "no grid"
        case .parameter(let name, _):
            let values = report.values(of: name)
            return values.isEmpty ? "no such parameter" : Self.list(values)
        case .status: return report.status.rawValue
        }
    }

    /// Why it holds: "category is Fire".
    ///
    /// - Precondition: It holds for the report.
    func reason(for subject: Case) -> String {
        let report = subject.report
        switch self {
        case .category, .status, .severity(.oneOf): return "\(name) is \(found(in: subject))"
        case .event(let events): return "\(name) is \(events.first { report.hasEvent($0) } ?? report.event)"
        case .severity(.atLeast): return "\(name) \(found(in: subject)) is \(wanted)"
        case .within(let places):
            let place = places.first { place in report.grid.map { $0.isWithin(place) } ?? false }
            return "grid \(found(in: subject)) is within \(place?.description ?? wanted)"
        case .parameter(let parameter, let values):
            return "\(name) is \(values.first { report.hasParameter(parameter, $0) } ?? wanted)"
        }
    }

    private static func list(_ words: [String]) -> String { Suggestion.list(words, limit: listed) }
}

extension Condition.Key {
    /// The key of the condition that an explanation calls by this name; nil for one that this version does not know.
    public init?(name: String) {
        self.init(rawValue: String(name.prefix { $0 != " " }))
    }
}
