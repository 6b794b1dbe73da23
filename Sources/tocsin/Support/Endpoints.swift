import ArgumentParser
import TocsinClient
import TocsinConfiguration
import ZeroMQ

/// The broker's endpoints: from flags, else the environment, else the daemon's configuration file, else the defaults.
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

    @Option(
        help: ArgumentHelp("This client's key file, where the broker demands keys. (TOCSIN_KEY)", valueName: "file"),
        completion: .file())
    var key: String?

    // A key may begin with a hyphen.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The broker's public key, 40 characters of Z85 or a file that has it. (TOCSIN_BROKER_KEY)",
            valueName: "key-or-file"),
        completion: .file())
    var brokerKey: String?

    /// The keys to come with; nil where none are given.
    ///
    /// - Throws: a ``Failure`` `invalid` for one without the other, and for files that are no keys.
    func keys() throws -> ClientKeys? {
        func given(_ flag: String?, _ variable: String) -> String? {
            flag ?? Environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        switch (given(key, ClientVariables.key), given(brokerKey, ClientVariables.brokerKey)) {
        case (nil, nil): return nil
        case (_?, nil):
            throw Failure(.invalid, "--key needs --broker-key (or TOCSIN_BROKER_KEY), the broker's public key.")
        case (nil, _?): throw Failure(.invalid, "--broker-key needs --key (or TOCSIN_KEY), this client's key file.")
        case (let key?, let broker?):
            let (own, other): (CurveKeyPair, CurvePublicKey)
            do throws(KeyFile.Problem) {
                (own, other) = (try KeyFile.read(key), try KeyFile.publicKey(broker))
            } catch {
                throw Failure(.invalid, error.description)
            }
            return ClientKeys(own, broker: other)
        }
    }

    /// The endpoints to connect to.
    ///
    /// - Throws: the problems of the configuration file; a ``Failure`` `invalid` for text that is not an endpoint.
    func resolved() throws -> Endpoints {
        let given = [
            (ConfigurationKey.reports, "--reports", reports), (.alerts, "--alerts", alerts),
            (.control, "--control", control),
        ]
        let keys = given.map(\.0) + [.runtime]
        let reading = ConfigurationReading(
            file: configuration, environment: Environment.variables(keys.map(\.variable)),
            flags: given.compactMap { key, name, text in
                text.map { ConfigurationReading.Flag(key, name: name, text: $0) }
            })
        guard reading.problems.isEmpty else { throw Failure(.invalid, reading.problems.joined(separator: "\n")) }
        let runtime = reading.configuration.runtime ?? Environment["RUNTIME_DIRECTORY"] ?? "/run/tocsin"
        return Endpoints(
            reports: try reachable(.reports, in: reading) ?? "tcp://127.0.0.1:7701",
            alerts: try reachable(.alerts, in: reading) ?? "tcp://127.0.0.1:7702",
            control: try reachable(.control, in: reading) ?? "ipc://\(runtime)/control.ipc")
    }

    /// The feed's endpoint.
    ///
    /// - Parameter flag: What a flag says; nil where it is not given.
    /// - Throws: As ``resolved()``.
    func feed(_ flag: String?) throws -> String {
        let flags = flag.map { [ConfigurationReading.Flag(.feed, name: "--feed", text: $0)] } ?? []
        let reading = ConfigurationReading(
            file: configuration, environment: Environment.variables([ConfigurationKey.feed.variable]), flags: flags)
        guard reading.problems.isEmpty else { throw Failure(.invalid, reading.problems.joined(separator: "\n")) }
        return try reachable(.feed, in: reading) ?? "tcp://127.0.0.1:7703"
    }

    private func reachable(_ key: ConfigurationKey, in reading: ConfigurationReading) throws -> String? {
        guard let endpoint = reading.configuration.endpoint(key) else { return nil }
        return try Endpoints.reachable(endpoint.text, from: reading.source(of: key) ?? key.rawValue)
    }
}

/// The endpoints to connect to.
struct Endpoints: Sendable, Equatable {
    var reports: String
    var alerts: String
    var control: String

    /// Returns the endpoint to connect to for one that a daemon binds. A daemon bound to every address of a machine is
    /// reached at loopback.
    static func reachable(_ bound: String, from source: String) throws -> String {
        guard bound.hasPrefix("tcp://"), let colon = bound.lastIndex(of: ":") else { return bound }
        let host = bound[..<colon].dropFirst(6)
        let port = bound[bound.index(after: colon)...]
        guard port != "*", port != "0" else {
            throw Failure(
                .invalid,
                "\(source): \(bound) leaves the port to the system; 'tocsin status' says which one it chose, "
                    + "and --reports, --alerts, --control or --feed takes it")
        }
        switch host {
        case "*", "0.0.0.0": return "tcp://127.0.0.1:\(port)"
        case "[::]": return "tcp://[::1]:\(port)"
        default: return bound
        }
    }
}
