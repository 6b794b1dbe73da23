import TocsinConfiguration
import TocsinModel
import TocsinRouting

/// The paths of the files that decide who is told.
struct RuleFiles: Sendable {
    let rules: String
    let others: DirectoryFiles

    /// Creates the files that a configuration names.
    ///
    /// - Throws: a ``Failure`` `invalid` if the configuration is wrong.
    init(configuration file: String) throws {
        let named = try ConfiguredFiles(file)
        (rules, others) = (named.rules, named.others)
    }

    /// Creates the files with the paths that a configuration names.
    ///
    /// - Throws: a ``Failure`` `invalid` if the rules cannot be read.
    init(named rules: String, _ others: DirectoryFiles) throws {
        try InputFile.requireReadable(rules)
        self.rules = rules
        self.others = others
    }

    /// Creates the files with the paths that flags name. Departments, grids and holidays that are not named are looked for
    /// beside the rules.
    init(rules: String, departments: String? = nil, grids: String? = nil, holidays: String? = nil) throws {
        try InputFile.requireReadable(rules)
        self.rules = rules
        others = try DirectoryFiles(
            beside: rules, "rules name", departments: departments, grids: grids, holidays: holidays)
    }

    /// Reads the directory.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func directory() throws -> Directory { try others.directory() }

    /// Reads the directory, and the rules against it.
    func ruleset() throws -> Ruleset { try ruleset(directory()) }

    /// Reads the rules against their directory: rules that do not meet what the file expects, too, where its expectations are
    /// not run.
    func ruleset(_ directory: Directory, runsExpectations: Bool = true) throws -> Ruleset {
        try Ruleset(
            yaml: InputFile.text(rules), file: rules, directory: directory, holidays: others.readHolidays(),
            zones: .system, runsExpectations: runsExpectations)
    }
}
