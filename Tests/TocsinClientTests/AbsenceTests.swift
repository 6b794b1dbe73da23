import Glibc
import Testing
import TocsinModel
import TocsinWire
import ZeroMQ

@testable import TocsinClient

/// A broker that is not there is an error soon, where the client was told not to wait.
@Suite(.timeLimit(.minutes(5)))
struct AbsenceTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/tocsin-absence-XXXXXX".utf8CString)
        let made = mkdtemp(&template)
        try #require(made != nil)
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    @Test func `a socket that is not there is missing`() async throws {
        let endpoint = "ipc://\(folder)/control.ipc"
        let error = try await failure(at: endpoint)
        #expect(error == .unreachable(Absence(endpoint: endpoint, reason: .missing)))
        #expect(error?.description == "No broker can be reached at \(endpoint): there is no such socket.")
    }

    @Test func `a folder that is not there has no socket`() async throws {
        let endpoint = "ipc://\(folder)/none/control.ipc"
        #expect(try await failure(at: endpoint) == .unreachable(Absence(endpoint: endpoint, reason: .missing)))
    }

    @Test func `the socket of a daemon that was killed is there, and nobody listens`() async throws {
        let path = "\(folder)/control.ipc"
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { bind(listener, $0.baseAddress, socklen_t(bytes.count)) }
        }
        try #require(bound == 0)
        close(listener)
        #expect(try await failure(at: "ipc://\(path)")?.reason == .notListening)
    }

    @Test func `a file is no socket`() async throws {
        close(open("\(folder)/control.ipc", O_CREAT | O_WRONLY, 0o600))
        #expect(try await failure(at: "ipc://\(folder)/control.ipc")?.reason == .notASocket)
    }

    @Test func `a port at which nobody listens refuses`() async throws {
        // Bound, so that nobody else gets it, and not listening.
        let holder = try LoopbackPort()
        #expect(try await failure(at: holder.endpoint)?.reason == .notListening)
    }

    @Test func `a socket for another kind of client ends the connection`() async throws {
        let context = try Context()
        let feed = try Socket(.xpub, in: context)
        try feed.bind(to: "tcp://127.0.0.1:*")
        #expect(try await failure(at: feed.lastEndpoint)?.reason == .cut)
    }

    @Test func `a terminal's alerts and a reporter's reports end alike`() async throws {
        let endpoint = "ipc://\(folder)/broker.ipc"
        let absent = ClientError.unreachable(Absence(endpoint: endpoint, reason: .missing))
        let terminal = try Terminal(
            endpoint: endpoint, recipients: [recipient("fire")], name: "desk-2", options: .soonTired)
        var alerts = terminal.alerts.makeAsyncIterator()
        #expect(await clientError { try await alerts.next() } == absent)
        let reporter = try Reporter(endpoint: endpoint, options: .soonTired)
        #expect(await clientError { try await reporter.report(report) } == absent)
        // And so does what is asked when all is over.
        #expect(await clientError { try await reporter.report(report) } == absent)
        #expect(await clientError { try await reporter.reach() } == absent)
    }

    @Test func `who waits for ever has the broker when it comes`() async throws {
        let endpoint = "ipc://\(folder)/late.ipc"
        let control = try Operator(endpoint: endpoint, options: .test)
        async let reached: Void = control.reach()
        let broker = try await FakeBroker.start(at: endpoint)
        try await reached
        async let answer = control.request(.info)
        let said = await broker.next()
        broker.say(to: said, "OK \(said.subject)", "{}")
        #expect(try await answer == Array("{}".utf8))
    }

    @Test func `who waits for a first connection may be cancelled`() async throws {
        let control = try Operator(endpoint: "ipc://\(folder)/never.ipc", options: .test)
        let task = Task { try await control.reach() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a broker that was there once is waited for`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let control = try Operator(endpoint: broker.endpoint, options: .soonTired)
        async let answer = control.request(.info, within: .seconds(60))
        _ = await broker.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let said = await next.next()
        next.say(to: said, "OK \(said.subject)", "{}")
        _ = try await answer
    }

    @Test func `an endpoint for others refuses what it does not take`() async throws {
        let broker = try await FakeBroker.start()
        let detail = #"{"message":"REPORT is not taken at this endpoint.","command":"REPORT"}"#
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let unreported = clientError { try await reporter.report(report) }
        broker.say(to: await broker.next(), "REFUSED - unsupported", detail)
        #expect(await unreported == .refused(Refusal(.unsupported, "REPORT is not taken at this endpoint.")))
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let unanswered = clientError { try await control.request(.info) }
        broker.say(to: await broker.next("INFO"), "REFUSED - unsupported", #"{"message":"No.","command":"INFO"}"#)
        #expect(await unanswered == .refused(Refusal(.unsupported, "No.")))
    }

    private func failure(at endpoint: String) async throws -> ClientError? {
        let control = try Operator(endpoint: endpoint, options: .soonTired)
        return await clientError { try await control.reach() }
    }
}

extension ClientOptions {
    /// Gives up a broker that is not there as soon as it knows that.
    fileprivate static let soonTired = ClientOptions(
        reconnect: Backoff(minimum: .milliseconds(5), maximum: .milliseconds(20)), answerTimeout: .seconds(3600),
        absenceTimeout: .milliseconds(1), closeTimeout: .seconds(30))
}

extension ClientError {
    fileprivate var reason: Absence.Reason? { if case .unreachable(let absence) = self { absence.reason } else { nil } }
}
