import TocsinAccess
import TocsinConfiguration
import TocsinCore
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting

extension RuleFiles {
    /// Reads the files that the configuration names.
    ///
    /// - Parameters:
    ///   - configuration: Names the files.
    ///   - now: The time of reading.
    ///   - clientsInForce: Those who may have ended meanwhile and stay in the file.
    ///   - holidaysInForce: The holidays that may lack a year meanwhile and stay: no key and no rule is left in force
    ///     because of a calendar.
    ///   - isStart: True if a client whose time is over is no problem, nor a year without holidays: no start fails because
    ///     a day has passed, and no check of what a start would read.
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    init(
        _ configuration: ServiceConfiguration, now: Timestamp, clientsInForce: ClientList = .empty,
        holidaysInForce: String? = nil, isStart: Bool = false
    ) throws(ServiceError) {
        var problems: [String] = []
        // Every file that can be read is checked, so that all problems are mended at once.
        let departments = Self.text(of: configuration.departments, &problems)
        let grids = configuration.grids.isEmpty ? "" : Self.text(of: configuration.grids, &problems)
        let holidays =
            configuration.holidays.isEmpty
            ? "" : Self.text(of: configuration.holidays, namedAt: configuration.holidaysSource, &problems)
        let sheet = configuration.duty.isEmpty ? "" : Self.text(of: configuration.duty, &problems)
        let rules = Self.text(of: configuration.rules, &problems)
        let clientsFile = configuration.security.clientsFile
        let clients = clientsFile.map { Self.text(of: $0, &problems) } ?? ""
        let (directory, days, list): (Directory?, Holidays??, ClientList?)
        directory = Self.noting(&problems) { () throws(FileProblems) in
            guard let departments, let grids else { return nil }
            return try Directory(
                departments: departments, departmentsFile: configuration.departments,
                grids: configuration.grids.isEmpty ? nil : grids, gridsFile: configuration.grids)
        }
        days = Self.noting(&problems) { () throws(FileProblems) in
            guard let holidays else { return nil }
            guard !configuration.holidays.isEmpty else { return .some(nil) }
            return try Holidays(
                yaml: holidays, file: configuration.holidays,
                today: isStart || holidays == holidaysInForce ? nil : now.date)
        }
        list = Self.noting(&problems) { () throws(FileProblems) in
            guard let directory, let clients else { return nil }
            guard let clientsFile else { return .empty }
            return try ClientList(
                yaml: clients, file: clientsFile, directory: directory, now: isStart ? nil : now,
                inForce: clientsInForce)
        }
        let duty = Self.noting(&problems) { () throws(FileProblems) -> DutyTable? in
            guard let directory, let days, let sheet else { return nil }
            guard !configuration.duty.isEmpty else { return .empty }
            return try DutyTable(yaml: sheet, file: configuration.duty, directory: directory, holidays: days)
        }
        let ruleset = Self.noting(&problems) { () throws(FileProblems) -> Ruleset? in
            guard let directory, let days, let rules else { return nil }
            return try Ruleset(
                yaml: rules, file: configuration.rules, directory: directory, holidays: days, zones: .system)
        }
        guard let departments, let grids, let holidays, let sheet, let rules, let clients, let list, let directory,
            let duty, let ruleset
        else {
            if directory == nil || days == nil {
                if rules != nil { problems.append(FileProblem.notChecked(configuration.rules)) }
                if let sheet, !sheet.isEmpty { problems.append(FileProblem.notChecked(configuration.duty)) }
            }
            if let clientsFile, clients != nil, directory == nil {
                problems.append(FileProblem.notChecked(clientsFile))
            }
            throw .configuration(problems.joined(separator: "\n"))
        }
        self.init(
            rules: ruleset, directory: directory, clients: list, duty: duty,
            texts: RuleTexts(
                rules: rules, departments: departments, grids: grids, clients: clients, holidays: holidays,
                duty: DutyTable.text(sheet, duty.calendars)),
            loadedAt: now)
        dutyWarnings = duty.warnings(file: configuration.duty, at: now)
    }

    /// Returns what is read, or nil if there is nothing to read or it has problems, which are noted.
    private static func noting<Value>(
        _ problems: inout [String], _ read: () throws(FileProblems) -> Value?
    ) -> Value? {
        do throws(FileProblems) {
            return try read()
        } catch {
            problems.append(error.description)
            return nil
        }
    }

    /// Compiles the texts of a rules record. Its expectations were met when it came into force, and are not run again.
    ///
    /// - Throws: Every problem that this version finds in them, by the record's position.
    init(_ texts: RuleTexts, of record: Position, at time: Timestamp) throws(FileProblems) {
        let directory = try Directory(
            departments: texts.departments, departmentsFile: "departments of record \(record)",
            grids: texts.grids.isEmpty ? nil : texts.grids, gridsFile: "grids of record \(record)")
        let holidays =
            texts.holidays.isEmpty
            ? nil : try Holidays(yaml: texts.holidays, file: "holidays of record \(record)", today: nil)
        let rules = try Ruleset(
            yaml: texts.rules, file: "rules of record \(record)", directory: directory, holidays: holidays,
            zones: .system, runsExpectations: false)
        let clients =
            texts.clients.isEmpty
            ? .empty
            : try ClientList(
                yaml: texts.clients, file: "clients of record \(record)", directory: directory, now: nil)
        self.init(
            rules: rules, directory: directory, clients: clients,
            duty: try Self.duty(in: texts, of: record, directory, holidays), texts: texts, loadedAt: time,
            source: .journal)
    }

    /// Reads the duty sheet of a rules record, with the calendars that are recorded with it.
    private static func duty(
        in texts: RuleTexts, of record: Position, _ directory: Directory, _ holidays: Holidays?
    ) throws(FileProblems) -> DutyTable {
        guard !texts.duty.isEmpty else { return .empty }
        let (yaml, calendars) = DutyTable.parts(of: texts.duty)
        return try DutyTable(
            yaml: yaml, file: "duty of record \(record)",
            calendars: { name in
                calendars[name].map { .success($0) }
                    ?? .failure(UnreadableCalendar("the record does not have the calendar \(name)"))
            }, directory: directory, holidays: holidays, zones: .system)
    }

    /// Returns a file's text, or nil with a problem noted if it cannot be read. The problem begins with the place that names
    /// the file, where that is given.
    private static func text(of file: String, namedAt place: String? = nil, _ problems: inout [String]) -> String? {
        do throws(TextFile.Problem) {
            return try TextFile.read(file)
        } catch {
            problems.append((place.map { "\($0): " } ?? "") + error.description)
            return nil
        }
    }
}

extension ServiceConfiguration {
    /// Reads every file that the configuration names, and returns a line about their content.
    ///
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    public func checked() throws(ServiceError) -> String {
        _ = try security.brokerKey()
        let now = SystemClock.now.wall
        let files = try RuleFiles(self, now: now, isStart: true)
        let clients = security.clientsFile.map { _ in "\(files.clients.principals.count) clients, " } ?? ""
        let expected = files.rules.expectationCount
        let summary =
            clients + (duty.isEmpty ? "" : "\(files.duty.rosters.count) rosters, ")
            + "\(files.rules.rules.count) rules, " + (expected > 0 ? "\(expected) expectations, " : "")
            + "\(files.directory.departments.count) departments, "
            + "\(files.directory.places.count) places, \(files.directory.mailboxCount) mailboxes: all right."
        let warnings =
            files.rules.warnings.map { "\(rules): \($0)" }
            + (files.rules.holidays?.warning(on: now.date).map { ["\(holidays): \($0)"] } ?? [])
            + files.dutyWarnings + (security.clientsFile.map { files.clients.warnings(file: $0, at: now) } ?? [])
        return ([summary] + warnings).joined(separator: "\n")
    }
}
