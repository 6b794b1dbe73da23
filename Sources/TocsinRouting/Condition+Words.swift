import TocsinModel

/// The words of a condition, for explanations.
extension Condition {
    /// The number of words that one text lists. Lists may have thousands.
    private static let listed = 12

    /// The condition's name: its key, and its subject where the key alone does not say.
    public var name: String {
        switch self {
        case .eventCode(let name, _), .parameter(let name, _): "\(key.rawValue) \(name)"
        case .matches(let field, _): "\(key.rawValue) \(field.rawValue)"
        case .category, .event, .severity, .urgency, .certainty, .within, .near, .sender, .text, .during, .any, .not,
            .message, .status:
            key.rawValue
        }
    }

    /// The values that the rule asks for.
    public var wanted: String {
        switch self {
        case .category(let categories): Self.list(categories.map(\.rawValue))
        case .event(let events): Self.list(events)
        case .severity(let range): range.description
        case .urgency(let range): range.description
        case .certainty(let range): range.description
        case .within(let places): Self.list(places.map(\.description))
        case .near(let circle): "within \(circle.radius.asMetres) of \(circle.center.words)"
        case .eventCode(_, let values), .parameter(_, let values): Self.list(values)
        case .sender(let patterns): Self.list(patterns.map(\.text))
        case .text(let search): search.description
        case .matches(_, let expression): expression.text
        case .during(let times): Self.list(times.hours.map(\.text))
        case .any(let branches):
            Self.list(branches.map { $0.count == 1 ? $0.phrase : "(\($0.phrase))" }, separator: " or ")
        case .not(let conditions): "anything but \(conditions.phrase)"
        case .message(let types): Self.list(types.map(\.rawValue))
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
        case .urgency: return report.urgency.rawValue
        case .certainty: return report.certainty.rawValue
        case .within: return report.grid?.description ?? "no grid"
        case .near(let circle):
            guard let point = report.point else { return "no point" }
            return "\(point.words), \(point.distance(to: circle.center).asMetres) away"
        case .eventCode(let name, _):
            let values = report.eventCodes.values(of: name)
            return values.isEmpty ? "no such event code" : Self.list(values)
        case .parameter(let name, _):
            let values = report.parameters.values(of: name)
            return values.isEmpty ? "no such parameter" : Self.list(values)
        case .sender: return report.name.sender
        case .text(let search): return Self.list(subject.texts(searched).quoted(search.fields))
        case .matches(let field, _): return Self.list(subject.texts(field.bit).quoted([field]))
        case .during(let times): return times.description(of: subject.now)
        case .any(let branches):
            var found: [String] = []
            for case let unmet? in branches.map({ $0.firstUnmet(by: subject) }) {
                let words = "\(unmet.name) \(unmet.found(in: subject))"
                if !found.contains(words) { found.append(words) }
            }
            return Self.list(found, separator: "; ")
        case .not(let conditions): return Self.list(conditions.map { $0.reason(for: subject) }, separator: " and ")
        case .message: return report.messageType.rawValue
        case .status: return report.status.rawValue
        }
    }

    /// The reason why the condition holds: "category is Fire".
    ///
    /// - Precondition: The condition holds for the report.
    func reason(for subject: Case) -> String {
        let report = subject.report
        switch self {
        case .category, .message, .status, .severity(.oneOf), .urgency(.oneOf), .certainty(.oneOf):
            return "\(name) is \(found(in: subject))"
        case .severity, .urgency, .certainty: return "\(name) \(found(in: subject)) is \(wanted)"
        case .event(let events): return "\(name) is \(events.first { report.hasEvent($0) } ?? report.event)"
        case .within(let places):
            let place = places.first { place in report.grid.map { $0.isWithin(place) } ?? false }
            return "grid \(found(in: subject)) is within \(place?.description ?? wanted)"
        case .near: return "point \(found(in: subject)), is \(wanted)"
        case .eventCode(let code, let values):
            return "\(name) is \(values.first { report.eventCodes.has(code, $0) } ?? wanted)"
        case .parameter(let parameter, let values):
            return "\(name) is \(values.first { report.parameters.has(parameter, $0) } ?? wanted)"
        case .sender(let patterns):
            let sender = report.name.sender
            guard let pattern = patterns.first(where: { $0.matches(sender) }), pattern.exact == nil else {
                return "\(name) is \(sender)"
            }
            return "\(name) \(sender) is like \(pattern)"
        case .text(let search):
            guard let found = search.found(in: subject.texts(searched)) else { return wanted }
            return "\(found.field.rawValue) has \(found.word)"
        case .matches(let field, let expression): return "\(field.rawValue) matches \(expression)"
        case .during(let times): return "\(found(in: subject)) is during \(times.reason(at: subject.now) ?? wanted)"
        case .any(let branches):
            let branch = branches.first { $0.firstUnmet(by: subject) == nil } ?? []
            return Self.list(branch.map { $0.reason(for: subject) }, separator: " and ")
        case .not(let conditions):
            guard let unmet = conditions.firstUnmet(by: subject) else { return wanted }
            return "not \(unmet.phrase): found \(unmet.found(in: subject))"
        }
    }

    /// The condition in words, as part of another's: "category Fire", "not category Fire".
    fileprivate var phrase: String {
        switch self {
        case .any: wanted
        case .not(let conditions): conditions.count == 1 ? "not \(conditions.phrase)" : "not (\(conditions.phrase))"
        case .near: wanted
        case .category, .event, .eventCode, .severity, .urgency, .certainty, .within, .parameter, .sender, .text,
            .matches, .during, .message, .status:
            "\(name) \(wanted)"
        }
    }

    fileprivate static func list(_ words: [String], separator: String = ", ") -> String {
        Suggestion.list(words, limit: listed, separator: separator)
    }
}

extension Point {
    /// `39.93, 116.42`
    fileprivate var words: String { "\(latitude), \(longitude)" }
}

extension Double {
    /// This number of metres, to the tenth: `500 m`, `500.3 m`.
    fileprivate var asMetres: String {
        let tenths = Int((self * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) m" : "\(tenths / 10).\(tenths % 10) m"
    }
}

extension [Condition] {
    /// The conditions in words: "category Fire and severity at least Severe".
    fileprivate var phrase: String { Condition.list(map(\.phrase), separator: " and ") }
}

extension Condition.Key {
    /// The key of the condition with this name in an explanation; nil if this version does not know it.
    public init?(name: String) {
        self.init(rawValue: String(name.prefix { $0 != " " }))
    }
}
