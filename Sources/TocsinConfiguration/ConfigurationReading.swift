import TocsinModel
import TocsinRouting
import Yams

/// One reading of the configuration: the settings, their sources, and all problems.
///
///     let reading = ConfigurationReading(file: "/etc/tocsin/tocsin.yaml", environment: variables, flags: [])
///     guard reading.problems.isEmpty else { … }
///
/// A wrong value is left out of ``configuration``. The other settings can be used to look further.
public struct ConfigurationReading: Sendable {
    /// A flag that overrides a key, with the flag's name in its command.
    public struct Flag: Sendable {
        public var key: ConfigurationKey
        public var name: String
        public var text: String

        public init(_ key: ConfigurationKey, name: String, text: String) {
            self.key = key
            self.name = name
            self.text = text
        }
    }

    public private(set) var configuration = Configuration()
    /// The problems of the file and the values, one a line: the position, the fault, and what would be right.
    public private(set) var problems: [String] = []
    /// The valid values by their keys, as they are written, whichever source they come from.
    public private(set) var texts: [ConfigurationKey: String] = [:]
    private var sources: [ConfigurationKey: String] = [:]
    private let file: String?
    /// The folder of the control socket that the service manager gives; nil for none.
    private let runtimeFolder: String?

    /// Reads the file, the environment and the flags. Later sources override earlier ones.
    ///
    /// - Parameters:
    ///   - file: the YAML file, which may be empty; nil for none. Relative paths begin at its folder, whichever source
    ///     names them.
    ///   - environment: usually the process's own. An empty variable counts as not set.
    ///   - flags: from the command line.
    public init(file: String?, environment: [String: String], flags: [Flag]) {
        self.file = file
        runtimeFolder = environment["RUNTIME_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 }
        let folder = file.flatMap { file in file.lastIndex(of: "/").map { String(file[...$0]) } } ?? ""
        let values = file.map { readFile($0) } ?? [:]
        for key in ConfigurationKey.allCases {
            let variable = environment[key.variable].flatMap { $0.isEmpty ? nil : $0 }
            if let flag = flags.last(where: { $0.key == key }) {
                take(key, flag.text, from: flag.name, folder)
            } else if let variable {
                take(key, variable, from: key.variable, folder)
            } else if let value = values[key] {
                take(key, value.text, from: value.place, folder)
            }
        }
        checkThatReportsFit()
        checkThatExercisesGoFirst()
    }

    /// Reads a daemon's arguments, any number of `--heartbeat 5s` or `--heartbeat=5s`.
    ///
    /// - Throws: a ``ConfigurationProblems`` for an argument that is no key's flag, and for a flag without a value.
    public static func flags(_ words: [String]) throws(ConfigurationProblems) -> [Flag] {
        var flags: [Flag] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            let name = String(word.prefix { $0 != "=" })
            guard let key = ConfigurationKey.allCases.first(where: { $0.flag == name }) else {
                let known = ConfigurationKey.allCases.map(\.flag)
                throw ConfigurationProblems([
                    "The flag \(name.shortened) is not known. Known are \(known.joined(separator: ", "))."
                ])
            }
            guard let text = name == word ? rest.popFirst() : String(word.dropFirst(name.count + 1)), !text.isEmpty
            else {
                throw ConfigurationProblems(["The flag \(name) needs a value."])
            }
            flags.append(Flag(key, name: name, text: text))
        }
        return flags
    }

    /// Returns the source of a key's value: the file with line and column, a variable or a flag; nil if the key is not
    /// set.
    public func source(of key: ConfigurationKey) -> String? { sources[key] }

    /// The problems that keep a broker from using a valid configuration: missing files, and endpoints that strangers
    /// reach.
    public var problemsForBroker: [String] {
        // Otherwise a missing value could not be told from a wrong one.
        guard problems.isEmpty else { return [] }
        var found: [String] = []
        for (key, path) in [(ConfigurationKey.rules, configuration.rules), (.departments, configuration.departments)]
        where path == nil {
            let place = file.map { "\($0): " } ?? ""
            found.append(
                "\(place)the key '\(key.rawValue)' is missing: tocsind needs the path of the \(key.rawValue) file, here, in "
                    + "\(key.variable) or in \(key.flag)")
        }
        found += sharedEndpoints
        found += securityProblems
        guard configuration.security == nil, configuration.securityKey == nil else { return found }
        for key in ConfigurationKey.allCases {
            guard let exposure = configuration.endpoint(key)?.exposure else { continue }
            found.append("\(place(of: key)): \(exposure)")
        }
        return found
    }

    /// Endpoints that cannot be bound beside each other, whether they are given or are the defaults.
    private var sharedEndpoints: [String] {
        var found: [String] = []
        var bound: [(key: ConfigurationKey, endpoint: EndpointText)] = []
        for key in ConfigurationKey.allCases where key.kind == .endpoint {
            guard let endpoint = configuration.endpoint(key) ?? standard(key) else { continue }
            if let other = bound.first(where: { $0.endpoint.isWhere(endpoint) }) {
                // The default of one may be where the other is given.
                let (named, second) = sources[key] == nil ? (other.key, key) : (key, other.key)
                let by = sources[second] == nil ? "the default of '\(second.rawValue)'" : "'\(second.rawValue)'"
                found.append(
                    "\(place(of: named)): \(Suggestion.quoted(configuration.endpoint(named)?.text ?? "")) is where \(by) is "
                        + "bound as well; each endpoint needs a port or a path of its own")
            }
            bound.append((key, endpoint))
        }
        return found
    }

    /// The endpoint of a key that is not set.
    private func standard(_ key: ConfigurationKey) -> EndpointText? {
        let folder = configuration.runtime ?? runtimeFolder ?? ConfigurationKey.runtime.standard ?? ""
        return try? EndpointText(key.standard ?? "ipc://\(folder)/control.ipc")
    }

    /// The source of a key's value, with the key where the source does not name it.
    private func place(of key: ConfigurationKey) -> String {
        let source = sources[key] ?? ""
        // A flag and a variable name the key by themselves.
        let isNamed = source == key.variable || source.hasPrefix("--")
        return isNamed ? source : "\(source): \(key.rawValue)"
    }

    /// What is wrong with the keys of `security`, taken together.
    private var securityProblems: [String] {
        let (key, clients) = (sources[.securityKey], sources[.securityClients])
        if configuration.security != nil, let source = key ?? clients {
            return [
                "\(source): 'security' is none as well, and only one of both can be: keys, or no protection at all"
            ]
        }
        switch (key, clients) {
        case (let source?, nil):
            return [
                "\(source): 'security.key' needs 'security.clients', the file that says who may do what, which is missing"
            ]
        case (nil, let source?):
            return [
                "\(source): 'security.clients' needs 'security.key', the broker's key pair ('tocsin keys make broker' makes "
                    + "one), which is missing"
            ]
        case (_?, _?), (nil, nil): return []
        }
    }

    private mutating func take(_ key: ConfigurationKey, _ text: String, from source: String, _ folder: String) {
        do {
            try configuration.set(key, text, folder: folder)
            sources[key] = source
            texts[key] = text
        } catch {
            problems.append("\(source): \(error.message)")
        }
    }

    /// Requires that exercises and tests are kept no longer than what was real.
    private mutating func checkThatExercisesGoFirst() {
        guard let exercises = configuration.retention.exercises, let closed = configuration.retention.closed,
            exercises > closed
        else { return }
        let source = sources[.keepExercises] ?? ""
        problems.append(
            "\(source): keep-exercises is \(exercises.days), longer than keep-closed (\(closed.days)): exercises and tests are "
                + "kept at most as long as real incidents")
    }

    /// Requires that each bound on reports lets at least one of the largest pass.
    private mutating func checkThatReportsFit() {
        let (limits, report) = (configuration.limits, configuration.limits.reportBytes)
        for (key, bytes) in [
            (ConfigurationKey.uncommittedBytes, limits.uncommittedBytes), (.outstandingBytes, limits.outstandingBytes),
        ] where bytes < report {
            let source = sources[key] ?? sources[.reportBytes] ?? ""
            problems.append(
                "\(source): \(key.rawValue) is \(bytes), less than \(ConfigurationKey.reportBytes.rawValue) (\(report)): the "
                    + "largest report would never pass")
        }
    }
}

/// The problems that keep a configuration from being used, one a line.
public struct ConfigurationProblems: Error, CustomStringConvertible {
    public let lines: [String]

    public init(_ lines: [String]) {
        self.lines = lines
    }

    public var description: String { lines.joined(separator: "\n") }
}

// MARK: - The file

extension ConfigurationReading {
    /// A value in the file.
    private struct FileValue {
        var text: String
        /// The value's position: `tocsin.yaml:3:12`.
        var place: String
    }

    private mutating func readFile(_ path: String) -> [ConfigurationKey: FileValue] {
        let text: String
        do {
            text = try TextFile.read(path)
        } catch {
            problems.append(error.description)
            return [:]
        }
        var reader = FileReader(file: path)
        var values: [ConfigurationKey: FileValue] = [:]
        if !text.isOnlyComments, let root = reader.compose(text) {
            Self.read(root, "the configuration file", section: nil, &reader, &values)
        }
        problems += reader.inOrder.map(\.description)
        return values
    }

    private static func read(
        _ node: Node, _ what: String, section: String?, _ reader: inout FileReader,
        _ values: inout [ConfigurationKey: FileValue]
    ) {
        if section == nil, let (key, file) = keyOfAnotherFile(in: node) {
            return reader.note(
                key,
                "'\(key.scalar?.string ?? "")' is a key of a \(file) file, and the configuration is wanted, which names that "
                    + "file: tocsin.yaml")
        }
        let keys = ConfigurationKey.allCases.filter { $0.section == section }
        // The names are in the order of the table, each section at the position of its first key.
        var names = keys.map(\.word)
        if section == nil {
            for key in ConfigurationKey.allCases {
                if let section = key.section, !names.contains(section) { names.append(section) }
            }
        }
        guard let fields = reader.fields(of: node, what, keys: names) else { return }
        let sections = section == nil ? Set(ConfigurationKey.allCases.compactMap(\.section)) : []
        // `security` is a word, or a section of its own.
        for key in keys {
            guard let value = fields[key.word], value.scalar != nil || !sections.contains(key.word),
                let text = reader.text(of: value, key.word)
            else { continue }
            values[key] = FileValue(text: text, place: reader.place(of: value))
        }
        for name in names where sections.contains(name) {
            guard let value = fields[name], value.scalar == nil || !keys.contains(where: { $0.word == name }) else {
                continue
            }
            read(value, name, section: name, &reader, &values)
        }
    }
}

extension ConfigurationReading {
    /// Returns the first key with the kind of file that begins so; nil for what may be a configuration.
    private static func keyOfAnotherFile(in node: Node) -> (key: Node, file: String)? {
        guard let (key, value) = node.mapping?.first else { return nil }
        switch (key.scalar?.string, value.sequence != nil) {
        case ("clients"?, true): return (key, "clients")
        case ("fallback"?, _), ("rules"?, true): return (key, "rules")
        case ("departments"?, true), ("roles"?, true): return (key, "departments")
        case ("places"?, false): return (key, "grids")
        case ("persons"?, true), ("rosters"?, true): return (key, "duty")
        default: return nil
        }
    }
}

extension String {
    /// True if every line is empty or a comment.
    fileprivate var isOnlyComments: Bool {
        split(whereSeparator: \.isNewline).allSatisfy { line in
            let rest = line.drop { $0 == " " || $0 == "\t" }
            return rest.isEmpty || rest.hasPrefix("#")
        }
    }
}
