import ArgumentParser
import TocsinConfiguration
import TocsinModel
import TocsinRouting

/// The paths of the files that decide who is told.
struct RuleFiles: Sendable {
    var rules: String
    var departments: String
    /// Nil for a directory without places.
    var grids: String?
    /// Nil for rules that name no holidays.
    var holidays: String?

    /// Creates the files that a configuration names.
    ///
    /// - Throws: a ``Failure`` `invalid` if the configuration is wrong, or names no rules or no departments.
    init(configuration file: String) throws {
        let variables = ConfigurationKey.allCases.map(\.variable)
        let reading = ConfigurationReading(file: file, environment: Environment.variables(variables), flags: [])
        let problems = reading.problems + reading.problemsForBroker
        guard problems.isEmpty, let rules = reading.configuration.rules,
            let departments = reading.configuration.departments
        else { throw Failure(.invalid, problems.joined(separator: "\n")) }
        self.rules = rules
        self.departments = departments
        grids = reading.configuration.grids
        holidays = reading.configuration.holidays
    }

    /// Creates the files with the paths that a configuration names.
    ///
    /// - Throws: a ``Failure`` `invalid` if the rules cannot be read.
    init(named rules: String, departments: String, grids: String?, holidays: String?) throws {
        try InputFile.requireReadable(rules)
        self.holidays = holidays
        self.rules = rules
        self.departments = departments
        self.grids = grids
    }

    /// Creates the files that flags name. Departments, grids and holidays that are not named are looked for beside the
    /// rules.
    init(rules: String, departments: String? = nil, grids: String? = nil, holidays: String? = nil) throws {
        try InputFile.requireReadable(rules)
        let folder = rules.lastIndex(of: "/").map { rules[...$0] } ?? ""
        let beside = (
            departments: "\(folder)departments.yaml", grids: "\(folder)grids.yaml",
            holidays: "\(folder)holidays.yaml"
        )
        guard let departments = departments ?? (InputFile.exists(beside.departments) ? beside.departments : nil) else {
            throw Failure(
                .invalid,
                "\(rules): rules name departments, and there is no \(beside.departments); say where they are with "
                    + "--departments")
        }
        self.rules = rules
        self.departments = departments
        self.grids = grids ?? (InputFile.exists(beside.grids) ? beside.grids : nil)
        self.holidays = holidays ?? (InputFile.exists(beside.holidays) ? beside.holidays : nil)
    }

    /// Reads the directory.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func directory() throws -> Directory {
        try Directory(
            departments: InputFile.text(departments), departmentsFile: departments,
            grids: grids.map { try InputFile.text($0) }, gridsFile: grids ?? "")
    }

    /// Reads the directory, and the rules against it.
    func ruleset() throws -> Ruleset { try ruleset(directory()) }

    /// Reads the rules against their directory: rules that do not meet what the file expects, too, where its expectations are
    /// not run.
    func ruleset(_ directory: Directory, runsExpectations: Bool = true) throws -> Ruleset {
        try Ruleset(
            yaml: InputFile.text(rules), file: rules, directory: directory,
            holidays: holidays.map { try Holidays(yaml: InputFile.text($0), file: $0, today: nil) }, zones: .system,
            runsExpectations: runsExpectations)
    }
}
