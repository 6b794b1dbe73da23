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
    /// The report has an event code of this name with one of these values, byte for byte.
    case eventCode(name: String, values: [String])
    case severity(WordRange<Severity>)
    case urgency(WordRange<Urgency>)
    case certainty(WordRange<Certainty>)
    /// The report's grid is one of these places or lies in one.
    case within([GridCode])
    /// The report's point is in this circle.
    indirect case near(Circle)
    /// The report has a parameter of this name with one of these values, byte for byte.
    case parameter(name: String, values: [String])
    /// The report's sender is one of these or is like one.
    case sender([SenderPattern])
    /// The report has one of some words in one of some texts, without the difference of capital and small letters.
    case text(TextSearch)
    /// A part of the report's text of this name matches.
    case matches(TextField, RegularExpression)
    /// The report was stored at one of these times.
    case during(DutyTimes)
    /// In at least one of these lists all conditions hold.
    case any([[Condition]])
    /// At least one of these conditions does not hold.
    case not([Condition])
    /// The report's type is one of these.
    case message([MessageType])
    /// The report's status is one of these.
    case status([ReportStatus])

    /// The keys of `when`, in the order in which conditions are checked.
    ///
    /// The type and the status come last, so that people see of a rule that fails by them alone that all else holds.
    public enum Key: String, CaseIterable, Sendable {
        case category, event
        case eventCode = "event-code"
        case severity, urgency, certainty, within, near, parameter, sender, text, matches, during, any, not, message
        case status
    }

    /// The key in the file.
    public var key: Key {
        switch self {
        case .category: .category
        case .event: .event
        case .eventCode: .eventCode
        case .severity: .severity
        case .urgency: .urgency
        case .certainty: .certainty
        case .within: .within
        case .near: .near
        case .parameter: .parameter
        case .sender: .sender
        case .text: .text
        case .matches: .matches
        case .during: .during
        case .any: .any
        case .not: .not
        case .message: .message
        case .status: .status
        }
    }

    /// True if the report meets the condition. Allocates nothing, where the texts that the condition searches have been
    /// read.
    public func holds(for subject: Case) -> Bool {
        // The report is not copied: that costs more than most conditions.
        switch self {
        case .category(let categories): categories.contains(subject.report.category)
        case .event(let events): events.contains { subject.report.hasEvent($0) }
        case .eventCode(let name, let values): values.contains { subject.report.eventCodes.has(name, $0) }
        case .severity(let range): range.contains(subject.report.severity)
        case .urgency(let range): range.contains(subject.report.urgency)
        case .certainty(let range): range.contains(subject.report.certainty)
        case .within(let places): subject.report.grid.map { grid in places.contains { grid.isWithin($0) } } ?? false
        case .near(let circle): subject.report.point.map { circle.contains($0) } ?? false
        case .parameter(let name, let values): values.contains { subject.report.parameters.has(name, $0) }
        case .sender(let patterns): patterns.contains { $0.matches(subject.report.name.sender) }
        case .text(let search): search.found(in: subject.texts(searched)) != nil
        case .matches(let field, let expression): subject.texts(field.bit)[field]?.matches(expression) ?? false
        case .during(let times): times.contains(subject.now)
        case .any(let branches): branches.contains { $0.firstUnmet(by: subject) == nil }
        case .not(let conditions): conditions.firstUnmet(by: subject) != nil
        case .message(let types):
            types.contains(subject.report.messageType) || subject.isRaised && types.contains(.alert)
        case .status(let statuses): statuses.contains(subject.report.status)
        }
    }
}

extension [Condition] {
    /// The first condition that does not hold; nil where all hold.
    func firstUnmet(by subject: Case) -> Condition? {
        for condition in self where !condition.holds(for: subject) { return condition }
        return nil
    }
}
