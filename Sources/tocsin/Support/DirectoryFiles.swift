import TocsinConfiguration
import TocsinModel
import TocsinRouting

/// The paths of the files that rules, clients and duty sheets are read against.
struct DirectoryFiles: Sendable {
    let departments: String
    /// Nil for a directory without places.
    let grids: String?
    /// Nil where no holidays are named.
    let holidays: String?

    init(departments: String, grids: String?, holidays: String?) {
        self.departments = departments
        self.grids = grids
        self.holidays = holidays
    }

    /// Creates the files beside another one. Those that flags name are taken instead.
    ///
    /// - Parameters:
    ///   - file: The other file.
    ///   - words: What is in that file, as in `rules name`.
    ///   - departments: The file that a flag names for departments; the other two are for places and holidays.
    ///   - grids: See there.
    ///   - holidays: See there.
    /// - Throws: a ``Failure`` `invalid` if there are no departments.
    init(beside file: String, _ words: String, departments: String?, grids: String?, holidays: String?) throws {
        let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
        func beside(_ name: String) -> String? { InputFile.exists("\(folder)\(name)") ? "\(folder)\(name)" : nil }
        guard let departments = departments ?? beside("departments.yaml") else {
            throw Failure(
                .invalid,
                "\(file): \(words) departments, and there is no \(folder)departments.yaml; say where they are with "
                    + "--departments")
        }
        self.init(
            departments: departments, grids: grids ?? beside("grids.yaml"),
            holidays: holidays ?? beside("holidays.yaml"))
    }

    /// Reads the directory.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func directory() throws -> Directory {
        try Directory(
            departments: InputFile.text(departments), departmentsFile: departments,
            grids: grids.map { try InputFile.text($0) }, gridsFile: grids ?? "")
    }

    /// Reads the holidays, if there are any.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func readHolidays() throws -> Holidays? {
        try holidays.map { try Holidays(yaml: InputFile.text($0), file: $0, today: nil) }
    }
}

/// The paths of the files that a broker's configuration names.
struct ConfiguredFiles {
    let rules: String
    let duty: String?
    let others: DirectoryFiles

    /// Reads a configuration.
    ///
    /// - Throws: a ``Failure`` `invalid` with all that is wrong in it.
    init(_ file: String) throws {
        let variables = ConfigurationKey.allCases.map(\.variable)
        let reading = ConfigurationReading(file: file, environment: Environment.variables(variables), flags: [])
        let problems = reading.problems + reading.problemsForBroker
        let named = reading.configuration
        guard problems.isEmpty, let rules = named.rules, let departments = named.departments else {
            throw Failure(.invalid, problems.joined(separator: "\n"))
        }
        self.rules = rules
        duty = named.duty
        others = DirectoryFiles(departments: departments, grids: named.grids, holidays: named.holidays)
    }
}
