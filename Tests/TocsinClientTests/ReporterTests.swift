import Synchronization
import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct ReporterTests {
    @Test func `a report travels as it is and returns as a receipt`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let said = await broker.next()
        #expect(said.command == "REPORT")
        #expect(said.words.count == 2)
        #expect(said.bodies == [report])
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(1234))
        let result = try await receipt
        #expect(result.incident == IncidentNumber(1234))
        #expect(!result.isDuplicate)
        #expect(result.recipients.map(\.recipient.name) == ["fire"])
        await reporter.close()
        await broker.stop()
    }

    @Test func `a receipt for a report that came before says so`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let said = await broker.next()
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(7, isDuplicate: true))
        let isDuplicate = try await receipt.isDuplicate
        #expect(isDuplicate)
    }

    @Test func `reports under way at the same time have each its own receipt`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...100 {
                group.addTask {
                    try await reporter.report(Array("\(number)".utf8)).incident == IncidentNumber(Int64(number))
                }
            }
            var heard: [FakeBroker.Said] = []
            for _ in 1...100 { heard.append(await broker.next()) }
            for said in heard.reversed() {
                broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(Int(said.body) ?? 0))
            }
            for try await isOwn in group { #expect(isOwn) }
        }
    }

    @Test func `a client with a key that has nothing to say shows that it lives`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        var options = ClientOptions.test
        let zeros = String(repeating: "0", count: 40)
        options.keys = try ClientKeys(secret: zeros, broker: zeros)
        options.pingInterval = .milliseconds(5)
        let reporter = try Reporter(endpoint: broker.endpoint, options: options)
        let first = await broker.next()
        #expect(first.words == ["PING"])
        broker.say(to: first, "PONG")
        #expect(await broker.next() == first)
        await reporter.close()
        await broker.stop()
    }

    @Test func `a report without an answer is sent again under the same reference`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .impatient)
        async let receipt = reporter.report(report)
        let first = await broker.next()
        let second = await broker.next()
        #expect(first == second)
        // Both are answered; the second answer finds nobody and does no harm.
        broker.say(to: first, "RECEIPT \(first.subject)", Text.receipt(1))
        broker.say(to: first, "RECEIPT \(first.subject)", Text.receipt(1, isDuplicate: true))
        let isDuplicate = try await receipt.isDuplicate
        #expect(!isDuplicate)
    }

    @Test(arguments: ["busy", "unavailable"])
    func `a report that is refused for the moment is sent again`(code: String) async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let first = await broker.next()
        broker.say(to: first, "REFUSED \(first.subject) \(code)", #"{"message":"Later.","retryAfterMs":1}"#)
        let second = await broker.next()
        broker.say(to: second, "REFUSED \(second.subject) \(code)")
        let third = await broker.next()
        #expect(first == third)
        broker.say(to: third, "RECEIPT \(third.subject)", Text.receipt(1))
        _ = try await receipt
    }

    @Test func `a report that the broker puts off until its time is over throws the broker's words`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await reporter.report(report, within: .seconds(2)) }
        let said = await broker.next()
        broker.say(
            to: said, "REFUSED \(said.subject) unavailable", #"{"message":"No room.","retryAfterMs":3600000}"#)
        let result = await error
        #expect(result == .refused(Refusal(.unavailable, "No room.", retryAfterMilliseconds: 3_600_000)))
    }

    @Test func `a report that was put off and then sent without an answer may be stored`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await reporter.report(report, within: .seconds(2)) }
        let said = await broker.next()
        broker.say(to: said, "REFUSED \(said.subject) unavailable", #"{"message":"No room.","retryAfterMs":1}"#)
        _ = await broker.next()
        let result = await error
        #expect(result == .timedOut)
    }

    @Test func `a report that is refused for good throws what is wrong with it`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await reporter.report(report) }
        let said = await broker.next()
        let detail = #"{"message":"The member sent is required.","field":"sent","command":"REPORT"}"#
        broker.say(to: said, "REFUSED \(said.subject) invalid", detail)
        let result = await error
        #expect(result == .refused(Refusal(.invalid, "The member sent is required.", field: "sent")))
        #expect(result?.description == "The broker refused (invalid): The member sent is required.")
    }

    @Test func `a caller who waits only so long is told when the time is over`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let error = await clientError { try await reporter.report(report, within: .milliseconds(5)) }
        #expect(error == .timedOut)
    }

    @Test func `time runs out too while there is no broker`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        await broker.stop()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let error = await clientError { try await reporter.report(report, within: .milliseconds(5)) }
        #expect(error == .timedOut)
    }

    @Test func `a report without a receipt is sent to the broker that comes after`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let before = await broker.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let after = await next.next()
        #expect(before.words == after.words)
        #expect(after.bodies == [report])
        next.say(to: after, "RECEIPT \(after.subject)", Text.receipt(5, isDuplicate: true))
        let incident = try await receipt.incident
        #expect(incident == IncidentNumber(5))
    }

    @Test func `a task that is cancelled waits no more`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let task = Task { try await reporter.report(report) }
        let said = await broker.next()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // The receipt that comes now is nobody's.
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(1))
        await broker.ping(said)
    }

    @Test func `a task that was cancelled before does not wait at all`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await reporter.report(report)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a receipt that cannot be read is an error and not a crash`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await reporter.report(report) }
        let said = await broker.next()
        broker.say(to: said, "RECEIPT \(said.subject)", #"{"incident":"#)
        guard case .malformedAnswer = await error else {
            Issue.record("Another error came.")
            return
        }
    }

    @Test func `what is no answer is passed over`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let said = await broker.next()
        broker.sayRaw(to: said, "")
        broker.sayRaw(to: said, "nonsense", "{}", "{}", "{}", "{}")
        broker.sayRaw(to: said, "TIP9 RECEIPT \(said.subject)", Text.receipt(1))
        broker.say(to: said, "REFUSED \(said.subject) whatever", "{}")
        broker.say(to: said, "REFUSED - malformed", "{}")
        broker.say(to: said, "RECEIPT 999999", Text.receipt(2))
        broker.say(to: said, "PROGRESS 4", "no JSON")
        broker.say(to: said, "ALERT fire 1", "{}", "{}")
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(3))
        let incident = try await receipt.incident
        #expect(incident == IncidentNumber(3))
    }

    @Test func `a ping is answered with what it brought`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        async let receipt = reporter.report(report)
        let said = await broker.next()
        await broker.ping(said, "17:03")
        broker.say(to: said, "PING")
        let answer = await broker.next()
        #expect(answer.words == ["PONG"])
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(3))
        _ = try await receipt
    }

    @Test func `closing waits for what is under way, also before there is a connection`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let outcome = Mutex<Int64?>(nil)
        reporter.submit(report) { result in outcome.withLock { $0 = try? result.get().incident.value } }
        async let close: Void = reporter.close()
        let said = await broker.next()
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(11))
        await close
        #expect(outcome.withLock { $0 } == 11)
    }

    @Test func `closing twice is closing once, and afterwards nothing is reported`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        await reporter.close()
        await reporter.close()
        let error = await clientError { try await reporter.report(report) }
        #expect(error == .closed)
        let followError = await clientError { for try await _ in reporter.follow(IncidentNumber(1)) {} }
        #expect(followError == .closed)
    }

    @Test func `a report that has no receipt when patience with closing is over throws`() async throws {
        let broker = try await FakeBroker.start()
        var options = ClientOptions.test
        options.closeTimeout = .milliseconds(1)
        let reporter = try Reporter(endpoint: broker.endpoint, options: options)
        async let error = clientError { try await reporter.report(report) }
        _ = await broker.next()
        await reporter.close()
        let result = await error
        #expect(result == .closed)
    }

    @Test func `more reports than may be under way are refused at once`() async throws {
        let broker = try await FakeBroker.start()
        var options = ClientOptions.test
        options.maximumOutstanding = 1
        let reporter = try Reporter(endpoint: broker.endpoint, options: options)
        async let receipt = reporter.report(report)
        let said = await broker.next()
        let error = await clientError { try await reporter.report(report) }
        #expect(error == .refused(.tooManyOutstanding))
        broker.say(to: said, "RECEIPT \(said.subject)", Text.receipt(11))
        _ = try await receipt
    }

    @Test(arguments: ["", "nowhere", "tcp://", "smoke://signals", "tcp://127.0.0.1:port"])
    func `what is no endpoint is refused at once`(endpoint: String) throws {
        let error = #expect(throws: ClientError.self) { try Reporter(endpoint: endpoint) }
        guard case .connection = error else {
            Issue.record("Another error came.")
            return
        }
    }
}
