public import Logging
import Systemd
import Threads
import TocsinConfiguration
import TocsinCore
public import TocsinJournal
import TocsinModel
import ZeroMQ

/// The broker as a running service: files, journal, endpoints and the loop, composed.
///
///     let service = try Service(configuration: configuration, store: store, logger: logger)
///     try service.run(requests)
public struct Service: Sendable {
    let configuration: ServiceConfiguration
    private let store: any JournalStore
    private let logger: Logger
    /// The device for ``Wakefulness``. Tests set another one.
    var wakefulnessDevice = Wakefulness.device

    public init(configuration: ServiceConfiguration, store: any JournalStore, logger: Logger) {
        self.configuration = configuration
        self.store = store
        self.logger = logger
    }

    /// Serves until a drain is requested, on a thread of its own. The calling thread waits for its end.
    ///
    /// - Throws: ``ServiceError`` if it cannot start. Then nothing has been served.
    public func run(_ requests: ServiceRequests) throws {
        do {
            try OwnThread.runAndWait("tocsin-broker") { try serve(requests) }
        } catch let error as OwnThread.Failure {
            throw ServiceError.thread(error)
        }
    }

    /// Builds the parts of the service, and runs the loop.
    private func serve(_ requests: ServiceRequests) throws {
        let started = SystemClock.now
        for variable in configuration.ignoredVariables {
            logger.warning(
                "a variable of the environment sets nothing",
                metadata: ["variable": "\(variable.name)", "nearest": "\(variable.nearest ?? "none")"])
        }
        let context = try Context(ioThreads: 1, maxSockets: Limits.sockets)
        let wakeUp = try WakeUp()
        let opened = try RecoveredJournal.open(store)
        let pair = try configuration.security.brokerKey()
        let key = pair?.secretKey
        var watched = configuration
        watched.sources?.brokerKey = pair?.publicKey
        let rules = try StartingRules(configuration, opened, now: started.wall)
        let gatekeeper = try Gatekeeper(clients: rules.files.clients, done: wakeUp)
        if key != nil { try gatekeeper.open(context, folder: configuration.runtime) }
        defer { gatekeeper.stop() }
        // Peers connect, and their messages wait, while the state is built.
        let endpoints = try Endpoints(
            configuration, context: context, key: key, gatekeeper: gatekeeper, done: wakeUp)
        let feed = endpoints.feed.server
        defer { feed?.stop() }
        let journal = try RecoveredJournal(opened, files: rules.files, settings: configuration.broker, done: wakeUp)
        var loop = try BrokerLoop(
            configuration: watched, rules: rules, journal: journal, endpoints: endpoints,
            gatekeeper: gatekeeper, store: store, requests: requests, wakeUp: wakeUp,
            wakefulness: Wakefulness(device: configuration.keepProcessorsAwake ? wakefulnessDevice : nil),
            manager: ServiceManager(), started: started, logger: logger)
        do {
            try loop.run()
        } catch let error as JournalError {
            throw ServiceError.journal(error)
        }
    }
}
