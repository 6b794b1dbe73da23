import TocsinModel

/// One property of reports, with the classes of its values that rules can tell apart.
struct Level {
    /// The property.
    enum Subject: Hashable {
        case place, message, status, category
        case eventCode(String)
        case event
        case parameter(String)
        case severity, urgency, certainty, sender, time
        /// What is searched or measured: the atom alone, which holds or does not.
        case search(Int32)
    }

    /// A class of values.
    struct Choice {
        /// The atoms that hold, ascending. Those of the level that are not here do not hold.
        let truths: [Int32]
        let content: Content
    }

    /// What the reports of a class have.
    enum Content {
        /// One of these words. None of them stands for any that no rule names, or for nothing at all.
        case words([String])
        /// One of these events, and beside it each of the others as the value of an event code.
        case events([String], also: [String])
        case places([GridCode?])
        case sender(String?)
        case time(Timestamp)
        case search(Bool)

        /// True if a report of the class names several events.
        var isOfSeveralEvents: Bool {
            if case .events(_, let also) = self { !also.isEmpty } else { false }
        }
    }

    let subject: Subject
    /// The classes. In the first the fewest atoms hold.
    let choices: [Choice]
    /// The class of most reports, which an example has where the property decides nothing.
    let usual: Int
    /// The number of values that a report needs beyond the ordinary to be in each class. See ``Levels/thrift``.
    let costs: [UInt8]
    /// True if no atom holds in the first class, and no class decides an atom of another level.
    var isPlain: Bool { choices[0].truths.isEmpty && !isReaching }
    /// True if a class decides an atom of another level.
    let isReaching: Bool
    /// The classes in which an atom holds.
    let choicesOfAtom: [Int32: [Int32]]

    init(_ subject: Subject, _ choices: [Choice], usual: Int = 0, costs: [UInt8]? = nil, isReaching: Bool = false) {
        self.subject = subject
        self.choices = choices
        self.usual = usual
        self.costs = costs ?? choices.map { _ in 0 }
        self.isReaching = isReaching
        var lists: [Int32: [Int32]] = [:]
        for (index, choice) in choices.enumerated() {
            for atom in choice.truths { lists[atom, default: []].append(Int32(index)) }
        }
        choicesOfAtom = lists
    }
}
