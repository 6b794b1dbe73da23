import ArgumentParser
import CMimalloc
import Foundation
import Glibc
import Logging
import Systemd
import Threads
import TocsinModel
import TocsinSQLite
import TocsinService

/// The daemon: reads its configuration, composes the service, and passes signals on.
@main
struct Tocsind: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsind",
        abstract: "Takes incident reports, makes them durable, and tells those who must know until they acknowledge.",
        discussion: """
            Every key of the configuration can be overridden, by a flag (--endpoints-reports tcp://127.0.0.1:7801) or by
            an environment variable (TOCSIN_ENDPOINTS_REPORTS). tocsin.yaml(5) or Config/tocsin.yaml documents the keys.

            SIGTERM and SIGINT: write and answer what has been accepted, then end with exit code 0.
            SIGHUP: read rules, departments and grids again, all or nothing.

            Exit codes: 0 ended as asked; 1 could not start or go on; 64 bad usage; 78 bad configuration.
            """,
        version: Release.version)

    @Option(name: .long, help: "The configuration file (YAML).")
    var config: String

    @Flag(name: .long, help: "Check the configuration and the files it names, then end.")
    var check = false

    @Flag(
        name: .long,
        help:
            "Say once that the journal is a backup that was restored: terminals forget the numbers they know. Then end."
    )
    var restored = false

    @Argument(parsing: .allUnrecognized, help: "Flags that override keys of the configuration: --state FOLDER …")
    var overrides: [String] = []

    static func main() {
        // A reload requested before there is anything to reload must not end the daemon, which reads its files anyway.
        signal(SIGHUP, SIG_IGN)
        main(nil)
    }

    func validate() throws {
        guard !(check && restored) else {
            throw ValidationError("--check changes nothing, and --restored does: give one of them.")
        }
    }

    func run() throws {
        // This call links mimalloc, which then serves every malloc of the process. Messages are made by one thread and
        // freed by another, for which glibc's malloc takes 5 to 20 % more processor time (fan-out 4, runs in turn).
        // With 800,000 alerts waiting after other flows, giving back at once makes 128 MB of 165; glibc's takes 141.
        mimalloc_give_back_at_once()
        // An unread log does not hold up the end.
        defer { JournalLogHandler.flush(within: .seconds(1)) }
        do {
            let configuration = try ServiceConfiguration.load(
                file: config, environment: ProcessInfo.processInfo.environment, flags: overrides)
            if check {
                for variable in configuration.ignoredVariables { JournalLogHandler.say("tocsind: \(variable)") }
                print(try configuration.checked())
                return
            }
            if restored {
                return try declareRestored(configuration)
            }
            try serve(configuration)
        } catch let error as ServiceError {
            JournalLogHandler.say("tocsind: \(error)")
            switch error {
            case .usage: throw ExitCode.validationFailure
            case .configuration: throw ExitCode(78)
            case .endpoint, .journal, .thread, .gatekeeper, .feed, .system: throw ExitCode.failure
            }
        }
    }

    private func declareRestored(_ configuration: ServiceConfiguration) throws {
        do {
            let epoch = try SQLiteJournalStore(folder: configuration.state).declareRestored()
            print("The journal in \(configuration.state) has a new epoch, \(epoch). Start the daemon now.")
        } catch {
            throw ServiceError.journal(error)
        }
    }

    private func serve(_ configuration: ServiceConfiguration) throws {
        let level = Logger.Level(rawValue: configuration.logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            JournalLogHandler(label: label, identifier: "tocsind", fieldPrefix: "TOCSIN_", logLevel: level)
        }
        let service = Service(
            configuration: configuration,
            store: SQLiteJournalStore(
                folder: configuration.state, reserveBytes: configuration.reserveBytes,
                retention: configuration.retention),
            logger: Logger(label: "tocsind"))
        let requests = try ServiceRequests()
        // A file size limit is handled like a full disk: by the error of the write, not by the signal.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        // libzmq numbers peers without an identity from a number of the C library's, which would be the same at each start.
        srand(UInt32.random(in: .min ... .max))
        service.boundConnections()
        do {
            try SignalThread.start([SIGTERM, SIGINT, SIGHUP]) { signal in
                if signal == SIGHUP { requests.reload() } else { requests.drain() }
            }
        } catch {
            throw ServiceError.thread(error)
        }
        try service.run(requests)
    }
}
