import Foundation
import JournalContract
import Logging
import Threads
import TocsinJournal
import TocsinModel
import ZeroMQ

@testable import TocsinService

/// A whole service in this process, over ipc sockets in a fresh folder and a journal in memory whose disk can fail.
final class RunningService: Sendable {
    let store: InMemoryJournalStore
    let requests: ServiceRequests
    /// The file that stands in for the device by which processors are kept awake.
    let wakefulness: URL
    private let folder: URL
    /// Ends when the service does, with its error.
    private let running: AsyncThrowingStream<Never, any Error>

    /// - Parameter wrapped: what the service opens its journal by, where that is not the store itself.
    init(
        store: InMemoryJournalStore = InMemoryJournalStore(), through wrapped: (any JournalStore)? = nil,
        drainWithin: Duration? = nil, keepProcessorsAwake: Bool = true
    ) throws {
        self.store = store
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.rules.write(to: folder.appendingPathComponent("rules.yaml"), atomically: true, encoding: .utf8)
        let departments = "departments:\n  - { name: fire, zh: 消防, en: Fire }\n"
        try departments.write(to: folder.appendingPathComponent("departments.yaml"), atomically: true, encoding: .utf8)
        var configuration = ServiceConfiguration()
        configuration.rules = folder.appendingPathComponent("rules.yaml").path
        configuration.departments = folder.appendingPathComponent("departments.yaml").path
        configuration.reports = "ipc://\(folder.path)/reports"
        configuration.alerts = "ipc://\(folder.path)/alerts"
        configuration.feed = "ipc://\(folder.path)/feed"
        configuration.control = "ipc://\(folder.path)/control"
        configuration.keepProcessorsAwake = keepProcessorsAwake
        if let drainWithin { configuration.drainWithin = drainWithin }
        requests = try ServiceRequests()
        var service = Service(
            configuration: configuration, store: wrapped ?? store,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        wakefulness = folder.appendingPathComponent("wakefulness")
        try Data().write(to: wakefulness)
        service.wakefulnessDevice = wakefulness.path
        let (running, end) = AsyncThrowingStream<Never, any Error>.makeStream()
        self.running = running
        // At once: a task would begin when the pool's threads have ended the tests before it, which take minutes, and
        // whoever talks with the service gives up sooner.
        try OwnThread.start("test") { [service, requests] in
            do {
                try service.run(requests)
                end.finish()
            } catch {
                end.finish(throwing: error)
            }
        }
    }

    private static let rules = "fallback: fire\nrules:\n  - { name: all, notify: fire }\n"

    /// Writes a rule file that has so many rules more.
    func write(moreRules count: Int) throws {
        let more = (0..<count).map { "  - { name: generated \($0), when: { event: generated-\($0) }, notify: fire }\n" }
        let rules = Self.rules + more.joined()
        try rules.write(to: folder.appendingPathComponent("rules.yaml"), atomically: true, encoding: .utf8)
    }

    /// A DEALER at an endpoint: `reports`, `alerts` or `control`. libzmq connects when the service has bound.
    func dealer(_ endpoint: String, in context: Context) throws -> Socket {
        let socket = try Socket(.dealer, in: context)
        try socket.setReceiveTimeout(.seconds(30))
        try socket.connect(to: "ipc://\(folder.path)/\(endpoint)")
        return socket
    }

    /// Drains the service and waits for its end.
    func drain() async throws {
        requests.drain()
        try await end()
    }

    /// Waits for the service's end.
    func end() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for try await _ in running {}
    }
}

/// Runs what blocks on a thread of its own: the pool's threads are for those who wait for it.
func onOwnThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await OwnThread.run("test", body)
}

extension Socket {
    func say(_ header: String, _ body: String? = nil) throws {
        _ = try send(multipart: [Array(header.utf8)] + (body.map { [Array($0.utf8)] } ?? []))
    }

    /// The next message's frames as text; empty when none comes.
    func hear() throws -> [String] {
        try receiveMultipart()?.frames.map { String(decoding: $0, as: UTF8.self) } ?? []
    }
}

/// A valid report with this identifier.
func report(_ identifier: String) -> String {
    """
    {"identifier":"\(identifier)","sender":"test","sent":"2026-11-24T08:00:00+08:00","event":"火灾","category":"Fire",\
    "severity":"Severe","urgency":"Immediate","certainty":"Observed"}
    """
}
