import TocsinConfiguration
import TocsinDuty
import TocsinModel
import TocsinRouting

/// The paths of a duty file and of the files that it is read against.
struct DutyFiles: Sendable {
    let duty: String
    let others: DirectoryFiles

    /// Creates the files that a configuration names.
    ///
    /// - Throws: a ``Failure`` `invalid` if the configuration is wrong, or names no duty file.
    init(configuration file: String) throws {
        let named = try ConfiguredFiles(file)
        guard let duty = named.duty else {
            throw Failure(
                .invalid,
                "\(file): there is no duty sheet; the key 'duty' names the file that has it, such as duty: duty.yaml")
        }
        self.duty = duty
        others = named.others
    }

    init(duty: String, _ others: DirectoryFiles) {
        self.duty = duty
        self.others = others
    }

    /// Creates the files that flags name. Those that are not named are looked for beside the duty file.
    init(duty: String, departments: String?, grids: String?, holidays: String?) throws {
        try InputFile.requireReadable(duty)
        self.duty = duty
        others = try DirectoryFiles(
            beside: duty, "a duty sheet names", departments: departments, grids: grids, holidays: holidays)
    }

    /// Reads the duty file against its directory.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func table(_ directory: Directory) throws -> DutyTable {
        try DutyTable(
            yaml: InputFile.text(duty), file: duty, directory: directory, holidays: others.readHolidays())
    }
}
