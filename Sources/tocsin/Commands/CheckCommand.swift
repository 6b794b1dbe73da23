import ArgumentParser
import TocsinAccess
import TocsinConfiguration
import TocsinDuty
import TocsinModel
import TocsinRouting
import TocsinSQLite

/// Checks configuration and rule files before a broker reads them.
struct CheckCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Check the configuration, rules, departments, grids, holidays and the duty sheet; name file, line and column of every problem.",
        discussion: """
            What a file is, is seen by its keys. A configuration is checked with the files it names; rules are checked \
            against departments.yaml, grids.yaml and holidays.yaml beside them, unless --departments, --grids and --holidays \
            name others, and so is a duty sheet. Where a rules file says what it expects of its rules, that is tried.

            Examples:
              tocsin check --config /etc/tocsin/tocsin.yaml
              tocsin check Config/dongcheng/rules.yaml
              tocsin check new-rules.yaml --departments departments.yaml --grids grids.yaml

            The exit status is 3 where anything is wrong. A variable of the environment that looks like a key's \
            and sets nothing is named, and is not wrong; nor is a file without rules or clients, nor a client whose \
            'until' has passed, nor a time within the next month in which nobody is on duty, or two by different entries. \
            Rules, clients and the duty sheet are not checked where the departments, grids or holidays are wrong, \
            and that is said.
            """)

    @Argument(help: "Files to check.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String] = []

    @Option(
        name: .customLong("config"), help: ArgumentHelp("The daemon's configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(
        help: ArgumentHelp("The departments that rules are checked against.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var departments: String?

    @Option(
        help: ArgumentHelp("The places that rules are checked against.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var grids: String?

    @Option(
        help: ArgumentHelp("The holidays that rules are checked against.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var holidays: String?

    @Flag(help: "Print one JSON object: files that are right, and problems; these also as an error.")
    var json = false

    func validate() throws {
        guard !files.isEmpty || configurationFile != nil else {
            throw ValidationError("Give files to check, or --config.")
        }
    }

    func perform() async throws {
        var check = FileCheck(departments: departments, grids: grids, holidays: holidays)
        if let configurationFile { check.configuration(configurationFile) }
        for file in files { check.file(file) }
        if json {
            try Console.line(check.json)
        } else {
            for line in check.summary { try Console.line(line) }
            for problem in check.problems + check.warnings { Console.note(problem) }
        }
        guard check.problems.isEmpty else {
            guard json else { throw ExitCode(ExitStatus.invalid.rawValue) }
            throw Failure(.invalid, check.problems.joined(separator: "\n"))
        }
    }
}

/// Checks files one after the other, and records the kind or the problems of each.
struct FileCheck {
    private let departments: String?
    private let grids: String?
    private let holidays: String?
    /// The valid files: `rules.yaml: 45 rules`.
    private(set) var summary: [String] = []
    private(set) var problems: [String] = []
    /// What is not wrong and probably not meant, and what was not checked.
    private(set) var warnings: [String] = []
    private var seen: Set<String> = []

    init(departments: String?, grids: String?, holidays: String? = nil) {
        self.departments = departments
        self.grids = grids
        self.holidays = holidays
    }

    /// Checks a file as the kind that its keys indicate.
    mutating func file(_ path: String) {
        guard let text = noting({ try InputFile.text(path) }) else { return }
        switch FileKind(text) {
        case .configuration: configuration(path)
        case .rules:
            let read = { [departments, grids, holidays] in
                try RuleFiles(rules: path, departments: departments, grids: grids, holidays: holidays)
            }
            if let files = noting(read) { rules(files) }
        case .clients:
            let read = { [departments, grids] in
                try DirectoryFiles(
                    beside: path, "clients name", departments: departments, grids: grids, holidays: nil)
            }
            if let others = noting(read) { clients(path, others) }
        case .duty:
            let read = { [departments, grids, holidays] in
                try DutyFiles(duty: path, departments: departments, grids: grids, holidays: holidays)
            }
            if let files = noting(read) { duty(files) }
        case .departments: _ = directory(path, grids: nil)
        case .holidays: holidays(path)
        case .grids:
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
            _ = directory(departments ?? "\(folder)departments.yaml", grids: path)
        }
    }

    /// Checks a configuration and the files that it names. The files are checked even if the configuration itself is
    /// wrong.
    mutating func configuration(_ path: String) {
        let environment = Environment.all
        let reading = ConfigurationReading(file: path, environment: environment, flags: [])
        warnings += IgnoredVariable.all(in: environment).map(\.description)
        let found = reading.problems + reading.problemsForBroker
        note(found)
        if found.isEmpty { add(path, "the configuration is right") }
        let named = reading.configuration
        if let key = named.securityKey, noting({ try KeyFile.read(key) }) != nil { add(key, "a key pair") }
        guard let departments = named.departments else {
            for file in [named.rules, named.clients, named.duty].compactMap(\.self) {
                warnings.append(FileProblem.notChecked(file))
            }
            return
        }
        guard let rules = named.rules else {
            _ = directory(departments, grids: named.grids)
            return
        }
        if let holidays = named.holidays, !self.holidays(holidays) {
            warnings += [rules, named.duty].compactMap(\.self).map(FileProblem.notChecked)
            return
        }
        let others = DirectoryFiles(departments: departments, grids: named.grids, holidays: named.holidays)
        if let files = noting({ try RuleFiles(named: rules, others) }), let ruleset = self.rules(files) {
            subscriptions(in: named.state, by: ruleset)
        }
        if let clients = named.clients { self.clients(clients, others) }
        if let duty = named.duty { self.duty(DutyFiles(duty: duty, others)) }
    }

    @discardableResult
    private mutating func rules(_ files: RuleFiles) -> Ruleset? {
        guard let directory = directory(files.others.departments, grids: files.others.grids) else {
            warnings.append(FileProblem.notChecked(files.rules))
            return nil
        }
        guard let ruleset = noting({ try files.ruleset(directory) }) else { return nil }
        let expectations = ruleset.expectationCount
        add(
            files.rules,
            counted(ruleset.rules.count, "rule") + (expectations > 0 ? ", \(counted(expectations, "expectation"))" : "")
                + ", fallback \(ruleset.fallback)")
        warnings += ruleset.warnings.map { "\(files.rules): \($0)" }
        return ruleset
    }

    /// Looks which of the journal's subscriptions the files would not allow. There is none to look at where the daemon
    /// has not run yet, or others may not read its state.
    private mutating func subscriptions(in state: String?, by ruleset: Ruleset) {
        guard let state, let subscriptions = try? JournalSubscriptions.read(state), !subscriptions.isEmpty else {
            return
        }
        var table = SubscriptionTable()
        for subscription in subscriptions { table.add(subscription) }
        table.read(by: ruleset)
        add(state, counted(subscriptions.count, "subscription"))
        for line in table.notInForce() {
            warnings.append(
                "\(state): the subscription \(line.subscription.key) is not in force: \(line.obstacle ?? "")")
        }
    }

    /// Checks a file of holidays, which must have next year's from December on.
    ///
    /// - Returns: True if it is right.
    @discardableResult
    private mutating func holidays(_ path: String) -> Bool {
        let read = { try Holidays(yaml: InputFile.text(path), file: path, today: Clock.now.date) }
        guard let holidays = noting(read) else { return false }
        add(
            path,
            "\(counted(holidays.off.count, "day")) off, \(counted(holidays.work.count, "working day")) moved")
        if let warning = holidays.warning(on: Clock.now.date) { warnings.append("\(path): \(warning)") }
        return true
    }

    private mutating func clients(_ path: String, _ others: DirectoryFiles) {
        guard let directory = noting(others.directory) else {
            return warnings.append(FileProblem.notChecked(path))
        }
        // A start takes clients whose time is over as well.
        let read = { try ClientList(yaml: InputFile.text(path), file: path, directory: directory, now: nil) }
        guard let list = noting(read) else { return }
        add(path, counted(list.principals.count, "client"))
        warnings += list.warnings(file: path, at: Clock.now)
    }

    /// Checks a duty sheet with its calendars, and the month that comes.
    private mutating func duty(_ files: DutyFiles) {
        let path = files.duty
        guard let directory = noting(files.others.directory) else {
            return warnings.append(FileProblem.notChecked(path))
        }
        guard let table = noting({ try files.table(directory) }) else { return }
        let calendars = table.calendars.isEmpty ? "" : ", \(counted(table.calendars.count, "calendar"))"
        add(path, "\(counted(table.rosters.count, "roster"))\(calendars), times of \(table.zone.name)")
        warnings += table.warnings(file: path, at: Clock.now)
    }

    private mutating func directory(_ departments: String, grids: String?) -> Directory? {
        let files = DirectoryFiles(departments: departments, grids: grids, holidays: nil)
        guard let directory = noting(files.directory) else { return nil }
        add(
            departments,
            "\(counted(directory.departments.count, "department")), \(counted(directory.roles.count, "role"))")
        if let grids {
            add(
                grids,
                "\(counted(directory.places.count, "place")), "
                    + "\(counted(directory.mailboxCount, "mailbox", "mailboxes")) in all")
        }
        return directory
    }

    private mutating func add(_ path: String, _ text: String) {
        if seen.insert(path).inserted { summary.append("\(path): \(text)") }
    }

    private mutating func noting<Value>(_ body: () throws -> Value) -> Value? {
        do {
            return try body()
        } catch let error as FileProblems {
            note(error.problems.map(\.description))
        } catch {
            note(["\(error)"])
        }
        return nil
    }

    private mutating func note(_ found: [String]) {
        // Two files may name the same third one.
        problems += found.filter { seen.insert($0).inserted }
    }

    /// `{"right": ["rules.yaml: 45 rules"], "problems": ["rules.yaml:3:5: …"], "warnings": ["'TOCSIN_RULE' …"]}`
    var json: [UInt8] {
        makeJSON { json in
            json.array("right") { json in
                for line in summary { json.string(line) }
            }
            json.array("problems") { json in
                for problem in problems { json.string(problem) }
            }
            json.array("warnings") { json in
                for warning in warnings { json.string(warning) }
            }
        }
    }
}

/// The kind of a YAML file, determined by the keys at its left margin.
enum FileKind: Equatable {
    case configuration
    case rules
    case departments
    case grids
    case holidays
    case clients
    case duty

    init(_ yaml: String) {
        for line in yaml.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "#" else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            // A list on the same line is no file's name.
            let hasValue = !value.isEmpty && value.first != "#" && value.first != "["
            // A configuration names files under keys that the files themselves have as lists.
            switch (line[..<colon], hasValue) {
            case ("fallback", _), ("rules", false):
                self = .rules
                return
            case ("departments", false), ("roles", _):
                self = .departments
                return
            case ("clients", false):
                self = .clients
                return
            case ("persons", _), ("rosters", _):
                self = .duty
                return
            case ("off", _), ("work", _):
                self = .holidays
                return
            case ("places", _):
                self = .grids
                return
            default: continue
            }
        }
        self = .configuration
    }
}
