public import TocsinModel
public import TocsinRouting

/// The rules and the directory from the files. They are read together and come into force together.
public struct RuleFiles: Sendable {
    public let rules: Ruleset
    /// The rule file's text, which goes into the journal.
    public let rulesText: String
    public let directory: Directory
    public let loadedAt: Timestamp

    public init(rules: Ruleset, rulesText: String, directory: Directory, loadedAt: Timestamp) {
        self.rules = rules
        self.rulesText = rulesText
        self.directory = directory
        self.loadedAt = loadedAt
    }
}
