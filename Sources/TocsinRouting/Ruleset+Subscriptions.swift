public import TocsinModel
import Yams

extension Ruleset {
    /// The beginning of the name that stands for a rule's where a subscription names a recipient: `subscription:
    /// fires`. No rule of a file may begin so.
    private static let subscriptionPrefix = "subscription: "

    /// The name that stands for a rule's where a recipient is told because it has subscribed.
    public static func subscriptionRule(_ name: SubscriptionName) -> String { subscriptionPrefix + name.text }

    /// Returns the subscription by which a recipient is told by a rule of this name; nil for another rule.
    public static func subscription(of rule: String) -> SubscriptionName? {
        rule.hasPrefix(subscriptionPrefix) ? SubscriptionName(String(rule.dropFirst(subscriptionPrefix.count))) : nil
    }

    /// True if a rule of this name would pass for a subscription.
    static func isOfSubscription(_ rule: String) -> Bool { rule.hasPrefix(subscriptionPrefix) }

    /// Reads the conditions of a subscription, as the file's reader reads a rule's `when`: JSON is YAML.
    ///
    /// - Parameter when: the conditions as JSON without spaces.
    /// - Throws: a ``TocsinModel/Refusal`` `invalid` whose field is the first member at fault (`when.category`), and
    ///   whose message says what would be right, for each one that is.
    func conditions(of when: String) throws(Refusal) -> Conditions {
        var reader = RuleReader(file: "when", directory: directory, holidays: holidays, zones: zones)
        guard let root = reader.file.compose(when) else { throw Refusal(reader.file.inOrder, in: nil) }
        let conditions = reader.conditions(root)
        guard reader.file.problems.isEmpty else { throw Refusal(reader.file.inOrder, in: root) }
        // A file has few rules that do. Whoever may subscribe must not slow every report.
        guard !conditions.searchAlways else {
            throw Refusal(
                .invalid,
                "These conditions would be searched for in every report, as nothing in them can be looked up. Name a "
                    + "category or an event too, or write a word of two letters or more into each expression.",
                field: "when")
        }
        return conditions
    }
}

extension Refusal {
    /// The problems of conditions that one refusal names.
    private static let named = 5

    /// Creates the refusal of conditions. The root is nil for a text that is not YAML.
    fileprivate init(_ problems: [FileProblem], in root: Node?) {
        let lines = problems.prefix(Self.named).map { problem in
            "The member \(Self.path(to: problem, in: root)): \(problem.message)"
                + (problem.message.hasSuffix("?") ? "" : ".")
        }
        let rest = problems.count - lines.count
        self.init(
            .invalid, lines.joined(separator: " ") + (rest > 0 ? " \(rest) more problems follow." : ""),
            field: problems.first.map { Self.path(to: $0, in: root) })
    }

    /// Returns the path of the member at a problem's place: `when.any[1].severity`.
    private static func path(to problem: FileProblem, in root: Node?) -> String {
        var path = "when"
        var next = root
        // The text has one line, so that columns tell everything.
        func begins(_ node: Node) -> Bool { node.mark.map { $0.column <= problem.column } ?? false }
        while let node = next {
            next = nil
            switch node {
            case .mapping(let mapping):
                guard let (key, value) = Array(mapping).last(where: { begins($0.key) }), let name = key.scalar?.string
                else {
                    break
                }
                path += "." + name.shortened
                next = value
            case .sequence(let sequence):
                guard let index = Array(sequence).lastIndex(where: begins) else { break }
                path += "[\(index)]"
                next = sequence[index]
            case .scalar, .alias: break
            }
        }
        return path
    }
}
