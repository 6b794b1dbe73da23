import ArgumentParser

/// The files that belong to a rule file.
struct BesideRules: ParsableArguments {
    @Option(
        help: ArgumentHelp("Departments and roles; departments.yaml beside the rules unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var departments: String?

    @Option(
        help: ArgumentHelp("Places; grids.yaml beside the rules unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var grids: String?

    @Option(
        help: ArgumentHelp("Holidays; holidays.yaml beside the rules, if it is there, unless said.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var holidays: String?

    /// True if none is named.
    var isEmpty: Bool { departments == nil && grids == nil && holidays == nil }

    /// Returns the files with these rules.
    func files(rules: String) throws -> RuleFiles {
        try RuleFiles(rules: rules, departments: departments, grids: grids, holidays: holidays)
    }
}
