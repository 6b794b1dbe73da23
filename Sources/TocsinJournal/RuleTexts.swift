/// The files that decide who is told, and who may do what, word for word: rules, departments, grids and clients.
public struct RuleTexts: Hashable, Sendable {
    public var rules: String
    /// Empty if an earlier version recorded the rules alone.
    public var departments: String
    /// Empty if there is no such file.
    public var grids: String
    /// Empty if there is no such file. It has public keys, and no secrets.
    public var clients: String

    public init(rules: String = "", departments: String = "", grids: String = "", clients: String = "") {
        self.rules = rules
        self.departments = departments
        self.grids = grids
        self.clients = clients
    }

    /// True if there is a directory to read the rules against.
    public var hasDirectory: Bool { !departments.isEmpty }

    /// The size of all four, in bytes.
    public var byteCount: Int {
        rules.utf8.count + departments.utf8.count + grids.utf8.count + clients.utf8.count
    }
}
