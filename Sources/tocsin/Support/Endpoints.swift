import ArgumentParser
import TocsinRouting

/// Where the broker is: flags, else environment, else the daemon's configuration file, else the defaults.
struct EndpointOptions: ParsableArguments {
    @Option(
        name: .customLong("reports"),
        help: ArgumentHelp("Where the broker takes reports.", valueName: "endpoint"))
    var reports: String?

    @Option(
        name: .customLong("alerts"),
        help: ArgumentHelp("Where terminals connect.", valueName: "endpoint"))
    var alerts: String?

    @Option(
        name: .customLong("control"),
        help: ArgumentHelp("Where operators' requests go.", valueName: "endpoint"))
    var control: String?

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The daemon's configuration file, to read the endpoints from.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configuration: String?

    /// The endpoints to connect to.
    ///
    /// - Throws: the problems of the configuration file; a ``Failure`` `invalid` for text that is not an endpoint.
    func resolved() throws -> Endpoints {
        let file = try configuration.map { try ConfigurationFile(yaml: InputFile.text($0), file: $0) }
        let runtime = file?.runtime ?? Environment["RUNTIME_DIRECTORY"] ?? "/run/tocsin"
        return Endpoints(
            reports: try choose(
                reports, "--reports", "TOCSIN_ENDPOINTS_REPORTS", file?.endpoints.reports, "tcp://127.0.0.1:7701"),
            alerts: try choose(
                alerts, "--alerts", "TOCSIN_ENDPOINTS_ALERTS", file?.endpoints.alerts, "tcp://127.0.0.1:7702"),
            control: try choose(
                control, "--control", "TOCSIN_ENDPOINTS_CONTROL", file?.endpoints.control,
                "ipc://\(runtime)/control.ipc"))
    }

    private func choose(
        _ flag: String?, _ flagName: String, _ variable: String, _ configured: String?, _ usual: String
    ) throws -> String {
        let choices = [(flag, flagName), (Environment[variable], variable), (configured, configuration ?? "")]
        for case (let text?, let source) in choices {
            do throws(EndpointProblem) {
                _ = try EndpointText(text)
            } catch {
                throw Failure(.invalid, "\(source): \(error)")
            }
            return try Endpoints.reachable(text, from: source)
        }
        return usual
    }
}

/// Where to connect to.
struct Endpoints: Sendable, Equatable {
    var reports: String
    var alerts: String
    var control: String

    /// An endpoint to connect to for one that a daemon binds: every address of a machine is reached at loopback.
    static func reachable(_ bound: String, from source: String) throws -> String {
        guard bound.hasPrefix("tcp://"), let colon = bound.lastIndex(of: ":") else { return bound }
        let host = bound[..<colon].dropFirst(6)
        let port = bound[bound.index(after: colon)...]
        guard port != "*", port != "0" else {
            throw Failure(
                .invalid,
                "\(source): \(bound) leaves the port to the system; 'tocsin status' says which one it chose, "
                    + "and --reports, --alerts or --control takes it")
        }
        switch host {
        case "*", "0.0.0.0": return "tcp://127.0.0.1:\(port)"
        case "[::]": return "tcp://[::1]:\(port)"
        default: return bound
        }
    }
}
