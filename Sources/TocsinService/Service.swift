public import Logging
import Systemd
import Threads
import TocsinCore
public import TocsinJournal
import TocsinModel
import ZeroMQ

/// The broker as a running service: files, journal, endpoints and the loop, composed.
///
///     let service = try Service(configuration: configuration, store: store, logger: logger)
///     try await service.run(requests)
public struct Service: Sendable {
    /// The version of the daemon.
    public static let version = "0.1.0"

    let configuration: ServiceConfiguration
    private let store: any JournalStore
    private let logger: Logger
    /// Another than the system's for tests.
    var wakefulnessDevice = Wakefulness.device

    public init(configuration: ServiceConfiguration, store: any JournalStore, logger: Logger) {
        self.configuration = configuration
        self.store = store
        self.logger = logger
    }

    /// Serves until a drain is requested, on a thread of its own.
    ///
    /// - Throws: ``ServiceError`` when it cannot start; then nothing has been served.
    public func run(_ requests: ServiceRequests) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            OwnThread.start("tocsin-broker") {
                continuation.resume(with: Result { try serve(requests) })
            }
        }
    }

    /// Everything that is needed to serve, from top to bottom.
    private func serve(_ requests: ServiceRequests) throws {
        let started = SystemClock.now
        let files = try ServiceFiles(configuration, now: started.wall)
        let context = try Context(ioThreads: 1)
        let wakeUp = try WakeUp()
        let opened = try RecoveredJournal.open(store)
        // Peers connect, and what they send waits, while the state is built.
        let endpoints = try Endpoints(configuration, context: context)
        let journal = try RecoveredJournal(opened, files: files, settings: configuration.broker, done: wakeUp)
        var rehearsal = Rehearsal(files, configuration.broker)
        try rehearsal.run()
        var loop = try BrokerLoop(
            configuration: configuration, files: files, journal: journal, endpoints: endpoints, store: store,
            requests: requests, wakeUp: wakeUp, wakefulness: Wakefulness(device: wakefulnessDevice),
            manager: ServiceManager(), started: started, logger: logger)
        do {
            try loop.run()
        } catch let error as JournalError {
            throw ServiceError.journal(error)
        }
    }
}

/// A journal that has been opened and replayed, and the broker that came of it.
struct RecoveredJournal {
    let broker: Broker
    /// The records up to here were not read: a snapshot said what they come to.
    let snapshotPosition: Position
    let thread: JournalThread
    let reader: any JournalReader
    /// For the desk alone.
    let questionReader: any JournalReader
    let check: BacklogCheck

    /// Opens the journal.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` when it is in use, corrupt or unreadable.
    static func open(_ store: any JournalStore) throws(ServiceError) -> any Journal {
        do {
            return try store.open()
        } catch {
            throw .journal(error)
        }
    }

    /// Folds the journal's records into a new broker.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` when it is corrupt or unreadable.
    init(_ journal: any Journal, files: ServiceFiles, settings: BrokerSettings, done: WakeUp) throws {
        do {
            let now = SystemClock.now
            let empty = Broker(rules: files.rules, directory: files.directory, settings: settings)
            let snapshot = try journal.latestSnapshot()
            var records = ReadAhead(journal, after: snapshot?.position ?? .zero)
            var broker = empty
            if let snapshot {
                if let restored = Self.restored(empty, from: snapshot, now: now) {
                    broker = restored
                } else {
                    // Another version's, or damaged: the records say it all.
                    records.cancel()
                    records = ReadAhead(journal, after: .zero)
                }
            }
            snapshotPosition = broker.lastPosition
            try records.takeAll { broker.apply($0, now: now) }
            self.broker = broker
            reader = try journal.reader()
            questionReader = try journal.reader()
            // The replay has checked what came after the snapshot.
            check = BacklogCheck(reader: try journal.reader(), done: done)
            try check.start(broker.openIncidents(through: snapshotPosition))
            thread = JournalThread(journal: journal, done: done)
        } catch let error as JournalError {
            throw ServiceError.journal(error)
        }
    }

    /// The broker as a snapshot has it; nil where that cannot be read.
    private static func restored(_ empty: Broker, from snapshot: JournalSnapshot, now: Moment) -> Broker? {
        var broker = empty
        do {
            try broker.restore(snapshot, now: now)
            return broker
        } catch {
            return nil
        }
    }
}
