/// The files that decide who is told, word for word: rules, departments and grids.
public struct RuleTexts: Hashable, Sendable {
    public var rules: String
    /// Empty if an earlier version recorded the rules alone.
    public var departments: String
    /// Empty if there is no such file.
    public var grids: String

    public init(rules: String = "", departments: String = "", grids: String = "") {
        self.rules = rules
        self.departments = departments
        self.grids = grids
    }

    /// True if there is a directory to read the rules against.
    public var hasDirectory: Bool { !departments.isEmpty }

    /// The size of all three, in bytes.
    public var byteCount: Int { rules.utf8.count + departments.utf8.count + grids.utf8.count }
}
