import TocsinModel

extension Rule.Conditions {
    /// One of the things that a rule asks of a report.
    enum Condition: Hashable {
        case category
        case event
        case severity
        case within
        /// By its index in ``Rule/Conditions/parameters``.
        case parameter(Int)
    }

    /// The first condition that the report does not meet; nil where the rule matches.
    ///
    /// This is the one definition of a match: routing verifies its candidates with it, and an explanation asks it of
    /// every rule. It allocates nothing.
    func firstUnmet(by report: Report) -> Condition? {
        if !categories.isEmpty, !categories.contains(report.category) { return .category }
        if !events.isEmpty, !events.contains(where: { report.hasEvent($0) }) { return .event }
        if let severity, !severity.allows(report.severity) { return .severity }
        if !within.isEmpty {
            guard let grid = report.grid, within.contains(where: { grid.isWithin($0) }) else { return .within }
        }
        for index in parameters.indices where !report.hasParameter(parameters[index]) { return .parameter(index) }
        return nil
    }

    /// Every condition that asks something, in the order in which they are looked at.
    var all: [Condition] {
        var all: [Condition] = []
        if !categories.isEmpty { all.append(.category) }
        if !events.isEmpty { all.append(.event) }
        if severity != nil { all.append(.severity) }
        if !within.isEmpty { all.append(.within) }
        return all + parameters.indices.map { .parameter($0) }
    }
}

// MARK: - In words

extension Rule.Conditions {
    /// Words of one text: lists may have thousands.
    private static let listed = 12

    /// What the condition is called.
    func name(of condition: Condition) -> String {
        switch condition {
        case .category: "category"
        case .event: "event"
        case .severity: "severity"
        case .within: "within"
        case .parameter(let index): "parameter \(parameters[index].name)"
        }
    }

    /// What the rule asks.
    func wanted(by condition: Condition) -> String {
        switch condition {
        case .category: Suggestion.list(categories.map(\.rawValue), limit: Self.listed)
        case .event: Suggestion.list(events, limit: Self.listed)
        case .severity: severity?.description ?? ""
        case .within: Suggestion.list(within.map(\.description), limit: Self.listed)
        case .parameter(let index): parameters[index].value
        }
    }

    /// What the report has.
    func found(for condition: Condition, in report: Report) -> String {
        switch condition {
        case .category: return report.category.rawValue
        case .event: return Suggestion.list([report.event] + report.eventCodes.map(\.value), limit: Self.listed)
        case .severity: return report.severity.rawValue
        case .within: return report.grid?.description ?? "no grid"
        case .parameter(let index):
            let values = report.parameters.filter { $0.name.isIdentical(to: parameters[index].name) }.map(\.value)
            return values.isEmpty ? "no such parameter" : Suggestion.list(values, limit: Self.listed)
        }
    }

    /// The condition and what met it, for one that the report meets.
    func held(_ condition: Condition, by report: Report) -> String {
        switch condition {
        case .category: return "category is \(report.category.rawValue)"
        case .event: return "event is \(events.first { report.hasEvent($0) } ?? report.event)"
        case .severity:
            if case .atLeast = severity { return "severity \(report.severity.rawValue) is \(wanted(by: .severity))" }
            return "severity is \(report.severity.rawValue)"
        case .within:
            let place = within.first { place in report.grid.map { $0.isWithin(place) } ?? false }
            return "grid \(report.grid?.description ?? "") is within \(place?.description ?? "")"
        case .parameter(let index): return "parameter \(parameters[index].name) is \(parameters[index].value)"
        }
    }
}

// MARK: - The report's side

extension Report {
    /// Whether the event's text or one of its codes is this, byte for byte.
    func hasEvent(_ event: String) -> Bool {
        self.event.isIdentical(to: event) || eventCodes.contains { $0.value.isIdentical(to: event) }
    }

    func hasParameter(_ wanted: NamedValue) -> Bool {
        parameters.contains { $0.name.isIdentical(to: wanted.name) && $0.value.isIdentical(to: wanted.value) }
    }
}
