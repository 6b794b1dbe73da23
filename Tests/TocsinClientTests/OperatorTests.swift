import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct OperatorTests {
    @Test func `a request brings the answer as it came`() async throws {
        let broker = try await FakeBroker.start()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let answer = control.request(.incident, arguments: Array(#"{"incident":7}"#.utf8))
        let said = await broker.next()
        #expect(said.words == ["INCIDENT", said.subject])
        #expect(said.body == #"{"incident":7}"#)
        broker.say(to: said, "OK \(said.subject)", #"{"open": true}"#)
        let result = try await answer
        #expect(result == Array(#"{"open": true}"#.utf8))
        await control.close()
    }

    @Test func `a report is explained at another time by a second body`() async throws {
        let broker = try await FakeBroker.start()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let answer = control.explain(Array("{}".utf8), at: Timestamp(milliseconds: 0))
        let said = await broker.next()
        #expect(said.words == ["EXPLAIN", said.subject])
        #expect(said.bodies == [Array("{}".utf8), Array(#"{"at":"1970-01-01T00:00:00.000Z"}"#.utf8)])
        broker.say(to: said, "OK \(said.subject)", "{}")
        let result = try await answer
        #expect(result == Array("{}".utf8))
        async let now = control.explain(Array("{}".utf8))
        let again = await broker.next()
        #expect(again.bodies == [Array("{}".utf8)])
        broker.say(to: again, "OK \(again.subject)", "{}")
        _ = try await now
        await control.close()
    }

    @Test func `an answer without a body is empty`() async throws {
        let broker = try await FakeBroker.start()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let answer = control.request(.close, arguments: Array("{}".utf8))
        let said = await broker.next()
        broker.say(to: said, "OK \(said.subject)")
        let result = try await answer
        #expect(result.isEmpty)
    }

    @Test func `a refusal is thrown`() async throws {
        let broker = try await FakeBroker.start()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await control.request(.reload) }
        let said = await broker.next()
        broker.say(to: said, "REFUSED \(said.subject) invalid", #"{"message":"rules.yaml:3:5: no"}"#)
        let result = await error
        #expect(result == .refused(Refusal(.invalid, "rules.yaml:3:5: no")))
    }

    @Test func `a request that nobody answers ends`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        await broker.stop()
        let control = try Operator(endpoint: broker.endpoint, options: .impatient)
        let error = await clientError { try await control.request(.info) }
        #expect(error == .timedOut)
    }

    @Test func `a question is asked of the broker that comes after`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let answer = control.request(.info)
        _ = await broker.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let said = await next.next()
        #expect(said.command == "INFO")
        next.say(to: said, "OK \(said.subject)", "{}")
        _ = try await answer
    }

    @Test func `a command that may have been carried out is not said twice`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        async let error = clientError { try await control.request(.close) }
        _ = await broker.next()
        await broker.stop()
        let result = await error
        #expect(result == .connection("it was lost before CLOSE was answered."))
    }

    @Test func `a task that is cancelled waits no more`() async throws {
        let broker = try await FakeBroker.start()
        let control = try Operator(endpoint: broker.endpoint, options: .test)
        let task = Task { try await control.request(.info) }
        _ = await broker.next()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
