import TocsinModel
import TocsinRouting
import Yams

/// One reading of the configuration: what is set, by whom, and everything that is wrong.
///
///     let reading = ConfigurationReading(file: "/etc/tocsin/tocsin.yaml", environment: variables, flags: [])
///     guard reading.problems.isEmpty else { … }
///
/// A value that is wrong is left out of ``configuration``; the rest can be used to look further.
public struct ConfigurationReading: Sendable {
    /// A flag that overrides a key, by the name that its command gives it.
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
    /// What is wrong with the file and the values, each in a line: where, what, and what would be right.
    public private(set) var problems: [String] = []
    private var sources: [ConfigurationKey: String] = [:]
    private let file: String?

    /// Reads the file, the environment and the flags; the later ones override.
    ///
    /// - Parameters:
    ///   - file: the YAML file, which may be empty; nil for none. Relative paths begin at its folder, whoever names them.
    ///   - environment: usually the process's own. A variable that is empty is not set.
    ///   - flags: from the command line.
    public init(file: String?, environment: [String: String], flags: [Flag]) {
        self.file = file
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
    }

    /// Reads a daemon's words: `--heartbeat 5s` or `--heartbeat=5s`, any number of them.
    ///
    /// - Throws: a ``ConfigurationProblems`` for a word that is no key's flag, and for a flag without a value.
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

    /// Who has set a key: the file with line and column, a variable or a flag; nil where nobody has.
    public func source(of key: ConfigurationKey) -> String? { sources[key] }

    /// What a broker needs beyond values that are right: files to decide by, and endpoints that strangers do not reach.
    public var problemsForBroker: [String] {
        // What is wrong and what is missing cannot be told apart otherwise.
        guard problems.isEmpty else { return [] }
        var found: [String] = []
        for (key, path) in [(ConfigurationKey.rules, configuration.rules), (.departments, configuration.departments)]
        where path == nil {
            let place = file.map { "\($0): " } ?? ""
            found.append(
                "\(place)the key '\(key.rawValue)' is missing: tocsind needs the path of the \(key.rawValue) file, here, in "
                    + "\(key.variable) or in \(key.flag)")
        }
        guard configuration.security == nil else { return found }
        for key in ConfigurationKey.allCases {
            guard let exposure = configuration.endpoint(key)?.exposure else { continue }
            found.append("\(sources[key] ?? ""): \(key.rawValue): \(exposure)")
        }
        return found
    }

    private mutating func take(_ key: ConfigurationKey, _ text: String, from source: String, _ folder: String) {
        do {
            try configuration.set(key, text, folder: folder)
            sources[key] = source
        } catch {
            problems.append("\(source): \(error.message)")
        }
    }

    /// Every bound on reports must let at least one pass.
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

/// What keeps a configuration from being used, one problem a line.
public struct ConfigurationProblems: Error, CustomStringConvertible {
    public let lines: [String]

    public init(_ lines: [String]) {
        self.lines = lines
    }

    public var description: String { lines.joined(separator: "\n") }
}

// MARK: - The file

extension ConfigurationReading {
    /// A value as it stands in the file.
    private struct FileValue {
        var text: String
        /// `tocsin.yaml:3:12`
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
        let keys = ConfigurationKey.allCases.filter { $0.section == section }
        // In the order of the table, each section where its first key stands.
        var names = keys.map(\.word)
        if section == nil {
            for key in ConfigurationKey.allCases {
                if let section = key.section, !names.contains(section) { names.append(section) }
            }
        }
        guard let fields = reader.fields(of: node, what, keys: names) else { return }
        for key in keys {
            guard let value = fields[key.word], let text = reader.text(of: value, key.word) else { continue }
            values[key] = FileValue(text: text, place: reader.place(of: value))
        }
        guard section == nil else { return }
        for name in names where !keys.contains(where: { $0.word == name }) {
            if let value = fields[name] { read(value, name, section: name, &reader, &values) }
        }
    }
}

extension String {
    /// Whether no line says anything.
    fileprivate var isOnlyComments: Bool {
        split(whereSeparator: \.isNewline).allSatisfy { line in
            let rest = line.drop { $0 == " " || $0 == "\t" }
            return rest.isEmpty || rest.hasPrefix("#")
        }
    }
}
