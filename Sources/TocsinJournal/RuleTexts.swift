public import TocsinModel

/// The files that decide who is told, and who may do what, word for word: rules, departments, grids, clients,
/// holidays, duty.
public struct RuleTexts: Hashable, Sendable {
    public var rules: String
    /// Empty if an earlier version recorded the rules alone.
    public var departments: String
    /// Empty if there is no such file.
    public var grids: String
    /// Empty if there is no such file. It has public keys, and no secrets.
    public var clients: String
    /// Empty if there is no such file.
    public var holidays: String
    /// The duty file with the calendars that it names, as `TocsinDuty` joins them. Empty if there is no such file.
    public var duty: String

    public init(
        rules: String = "", departments: String = "", grids: String = "", clients: String = "", holidays: String = "",
        duty: String = ""
    ) {
        self.rules = rules
        self.departments = departments
        self.grids = grids
        self.clients = clients
        self.holidays = holidays
        self.duty = duty
    }

    /// Joins the parts of long files.
    public init(joining parts: [RuleTexts]) {
        self.init(
            rules: parts.map(\.rules).joined(), departments: parts.map(\.departments).joined(),
            grids: parts.map(\.grids).joined(), clients: parts.map(\.clients).joined(),
            holidays: parts.map(\.holidays).joined(), duty: parts.map(\.duty).joined())
    }

    /// Joins the parts of the rules whose only or last part is the record at a position; nil if there is none. `entry`
    /// returns the entry at a position.
    public init?<Failure: Error>(
        at position: Position, _ entry: (Position) throws(Failure) -> JournalEntry?
    ) throws(Failure) {
        var parts: [RuleTexts] = []
        var next: Position? = position
        while let part = next {
            guard case .rules(let rules)? = try entry(part)?.record, rules.continues == (part != position) else {
                return nil
            }
            parts.append(rules.texts)
            next = rules.after
        }
        parts.reverse()
        self.init(joining: parts)
    }

    /// True if there is a directory to read the rules against.
    public var hasDirectory: Bool { !departments.isEmpty }

    /// The size of all of them, in bytes.
    public var byteCount: Int {
        [rules, departments, grids, clients, holidays, duty].reduce(0) { $0 + $1.utf8.count }
    }
}
