import TocsinModel

/// The words of a condition, for explanations.
extension Condition {
    /// The number of words that one text lists. Lists may have thousands.
    private static let listed = 12

    /// The condition's name: its key, and its subject where the key alone does not say.
    public var name: String {
        switch self {
        case .parameter(let name, _): "\(key.rawValue) \(name)"
        case .category, .event, .severity, .within, .status: key.rawValue
        }
    }

    /// The values that the rule asks for.
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

    /// The values that the report has.
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

    /// The reason why the condition holds: "category is Fire".
    ///
    /// - Precondition: The condition holds for the report.
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
    /// The key of the condition with this name in an explanation; nil if this version does not know it.
    public init?(name: String) {
        self.init(rawValue: String(name.prefix { $0 != " " }))
    }
}
