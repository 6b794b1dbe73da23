import TocsinConfiguration
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

extension RuleFiles {
    /// Reads the files that the configuration names.
    ///
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    init(_ configuration: ServiceConfiguration, now: Timestamp) throws(ServiceError) {
        var problems: [String] = []
        // Every file that can be read is checked, so that all problems are mended at once.
        let departments = Self.text(of: configuration.departments, &problems)
        let grids = configuration.grids.isEmpty ? "" : Self.text(of: configuration.grids, &problems)
        let rules = Self.text(of: configuration.rules, &problems)
        do throws(FileProblems) {
            if let departments, let grids {
                let directory = try Directory(
                    departments: departments, departmentsFile: configuration.departments,
                    grids: configuration.grids.isEmpty ? nil : grids, gridsFile: configuration.grids)
                if let rules {
                    self.init(
                        rules: try Ruleset(yaml: rules, file: configuration.rules, directory: directory),
                        directory: directory,
                        texts: RuleTexts(rules: rules, departments: departments, grids: grids), loadedAt: now)
                    return
                }
            }
        } catch {
            problems.append(error.description)
        }
        throw .configuration(problems.joined(separator: "\n"))
    }

    /// Compiles the texts of a rules record.
    ///
    /// - Throws: Every problem that this version finds in them, by the record's position.
    init(_ texts: RuleTexts, of record: Position, at time: Timestamp) throws(FileProblems) {
        let directory = try Directory(
            departments: texts.departments, departmentsFile: "departments of record \(record)",
            grids: texts.grids.isEmpty ? nil : texts.grids, gridsFile: "grids of record \(record)")
        let rules = try Ruleset(yaml: texts.rules, file: "rules of record \(record)", directory: directory)
        self.init(rules: rules, directory: directory, texts: texts, loadedAt: time, source: .journal)
    }

    /// Returns a file's text, or nil with a problem noted if it cannot be read.
    private static func text(of file: String, _ problems: inout [String]) -> String? {
        do throws(TextFile.Problem) {
            return try TextFile.read(file)
        } catch {
            problems.append(error.description)
            return nil
        }
    }
}

extension ServiceConfiguration {
    /// Reads every file that the configuration names, and returns a line about their content.
    ///
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    public func checked() throws(ServiceError) -> String {
        let files = try RuleFiles(self, now: SystemClock.now.wall)
        return "\(files.rules.rules.count) rules, \(files.directory.departments.count) departments, "
            + "\(files.directory.places.count) places, \(files.directory.mailboxCount) mailboxes: all right."
    }
}
