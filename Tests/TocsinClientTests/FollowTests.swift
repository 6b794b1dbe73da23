import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

@Suite(.timeLimit(.minutes(5)))
struct FollowTests {
    private let incident = IncidentNumber(42)

    @Test func `following tells each change and ends when the incident closes`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let progress = reporter.follow(incident)
        let said = await broker.next()
        #expect(said.words == ["FOLLOW", said.subject, "42"])
        broker.say(to: said, "OK \(said.subject)")
        broker.say(to: said, "PROGRESS 42", Text.progress("sent"))
        broker.say(to: said, "PROGRESS 43", Text.progress("resolved"))
        broker.say(to: said, "PROGRESS 42", Text.progress("received"))
        broker.say(to: said, "PROGRESS 42", Text.closed)
        var words: [String] = []
        for try await change in progress { words.append(change.event.word) }
        #expect(words == ["sent", "received", "closed"])
    }

    @Test func `following what does not exist throws`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let progress = reporter.follow(incident)
        let said = await broker.next()
        broker.say(to: said, "REFUSED \(said.subject) unknownIncident", #"{"message":"There is no incident 42."}"#)
        let error = await clientError { for try await _ in progress {} }
        #expect(error == .refused(Refusal(.unknownIncident, "There is no incident 42.")))
    }

    @Test func `following goes on with the broker that comes after, and tells nothing twice`() async throws {
        let broker = try await FakeBroker.startReplaceable()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        var progress = reporter.follow(incident).makeAsyncIterator()
        let before = await broker.next()
        broker.say(to: before, "OK \(before.subject)")
        broker.say(to: before, "PROGRESS 42", Text.progress("received"))
        let first = try await progress.next()
        await broker.stop()
        let next = try await FakeBroker.start(at: broker.endpoint)
        let after = await next.next()
        #expect(after.words == before.words)
        next.say(to: after, "OK \(after.subject)")
        next.say(to: after, "PROGRESS 42", Text.progress("received"))
        next.say(to: after, "PROGRESS 42", Text.progress("acknowledged"))
        let second = try await progress.next()
        #expect(first?.event == .alert(.received))
        #expect(second?.event == .alert(.acknowledged))
    }

    @Test func `following ends with an error when the reporter is closed`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let progress = reporter.follow(incident)
        _ = await broker.next()
        await reporter.close()
        let error = await clientError { for try await _ in progress {} }
        #expect(error == .closed)
    }

    @Test func `who stops listening is told nothing more`() async throws {
        let broker = try await FakeBroker.start()
        let reporter = try Reporter(endpoint: broker.endpoint, options: .test)
        let task = Task { [incident] in for try await _ in reporter.follow(incident) {} }
        let said = await broker.next()
        task.cancel()
        try await task.value
        broker.say(to: said, "OK \(said.subject)")
        broker.say(to: said, "PROGRESS 42", Text.progress("received"))
        await broker.ping(said)
    }
}
