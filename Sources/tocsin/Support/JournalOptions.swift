import ArgumentParser
import Glibc
import TocsinConfiguration
import TocsinJournal
import TocsinSQLite

/// The options that name the journal's folder. The flag comes first, then `TOCSIN_STATE`, the daemon's configuration
/// file, systemd's `STATE_DIRECTORY`, and the folder of a package.
struct JournalOptions: ParsableArguments {
    static let usual = "/var/lib/tocsin"

    @Option(
        help: ArgumentHelp(
            "The daemon's state folder. (default: its configuration's, else \(usual))", valueName: "folder"),
        completion: .directory)
    var journal: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The daemon's configuration file, to read the folder from.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configuration: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    /// Returns the state folder.
    ///
    /// - Throws: The problems of the configuration file.
    func folder() throws -> String { try Self.folder(journal, configuration: configuration) }

    /// Returns the state folder.
    ///
    /// - Parameters:
    ///   - journal: The one that a flag names; nil where it is not given.
    ///   - configuration: The daemon's configuration file; nil for none.
    /// - Throws: The problems of the configuration file.
    static func folder(_ journal: String?, configuration: String?) throws -> String {
        if let journal { return journal }
        let reading = ConfigurationReading(
            file: configuration, environment: Environment.variables([ConfigurationKey.state.variable]), flags: [])
        guard reading.problems.isEmpty else { throw Failure(.invalid, reading.problems.joined(separator: "\n")) }
        return reading.configuration.state ?? Environment["STATE_DIRECTORY"] ?? usual
    }

    /// Refuses what is no name of a file or folder to be written or read.
    static func requireName(_ name: String, _ what: String) throws {
        guard !name.isEmpty, name != "-" else {
            throw ValidationError("\(what), and '\(name)' is no name of one.")
        }
    }

    /// Runs a task that takes a while. Its progress is shown on standard error, if that is a terminal.
    func perform<Result>(
        _ body: (BrokerFold, @escaping JournalProgress.Report) throws -> Result
    ) throws -> Result {
        // A file size limit shall be an error of the write, like a full disk, and not a signal.
        signal(SIGXFSZ, SIG_IGN)
        var shown = ""
        defer { if !shown.isEmpty { Console.progress("") } }
        do {
            return try body(BrokerFold()) { progress in
                let text = progress.sentence
                guard text != shown else { return }
                shown = text
                Console.progress(text)
            }
        } catch let error as JournalError {
            throw Failure(error)
        }
    }
}

extension JournalProgress {
    /// `checking records, 45 %`
    var sentence: String {
        let what =
            switch task {
            case .copying: "copying"
            case .structure: "checking the file"
            case .records: "checking records"
            case .views: "checking incidents"
            }
        return total > 0 ? "\(what), \(done * 100 / total) %" : what
    }
}

extension Failure {
    /// Turns a journal's error into a failure of the command.
    init(_ error: JournalError) {
        self.init(.refused, "\(error)", code: error.code)
    }
}
