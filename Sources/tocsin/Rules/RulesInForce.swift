import TocsinConfiguration
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinSQLite

/// The rules in force by the journal.
enum RulesInForce {
    /// Reads them, with the directory and the holidays that they came into force with.
    ///
    /// - Parameter journal: a state folder, or a backup's file.
    /// - Throws: `JournalError`; a ``Failure`` where the journal has no rules that this version can read.
    static func read(_ journal: String) throws -> Ruleset {
        guard let texts = try JournalRules.read(journal) else {
            throw Failure(
                .refused, "\(journal): no rules have been in force yet; say with --against what to compare with")
        }
        guard texts.hasDirectory else {
            throw Failure(
                .refused,
                "\(journal): the rules in force were stored by an early version, without their directory; say with "
                    + "--against what to compare with")
        }
        do {
            let directory = try Directory(
                departments: texts.departments, departmentsFile: "departments",
                grids: texts.grids.isEmpty ? nil : texts.grids, gridsFile: "grids")
            return try Ruleset(
                yaml: texts.rules, file: "rules", directory: directory,
                holidays: texts.holidays.isEmpty
                    ? nil : Holidays(yaml: texts.holidays, file: "holidays", today: nil), zones: .system,
                runsExpectations: false)
        } catch {
            let first = error.problems.first.map { "\($0)" } ?? "\(error)"
            throw Failure(
                .refused,
                "\(journal): the rules in force cannot be read by this version (\(first)); say with --against what to "
                    + "compare with")
        }
    }
}
