import Testing
import TocsinModel
import TocsinWire

@testable import tocsin

@Suite struct FollowBeginningTests {
    private func progress(_ event: Progress.Event, _ recipient: String? = nil) -> Progress {
        Progress(
            event: event, at: Timestamp(milliseconds: 0), recipient: recipient.flatMap { Recipient($0) },
            number: AlertNumber(1))
    }

    @Test func `where all alerts stand is one line, and what happens then stands for itself`() {
        var beginning = FollowBeginning(expected: 3)
        #expect(beginning.take(progress(.alert(.queued), "fire"), style: .plain) == [])
        #expect(!beginning.isOver)
        #expect(beginning.take(progress(.alert(.received), "gas"), style: .plain) == [])
        let line = beginning.take(progress(.alert(.queued), "ems"), style: .plain)
        #expect(line.map { $0.dropFirst(14) } == ["3 alerts: 2 queued, 1 received"])
        #expect(!beginning.isOver)
        #expect(beginning.take(progress(.alert(.received), "fire"), style: .plain) == [])
        #expect(beginning.isOver)
    }

    @Test(arguments: [Progress.Event.closed, .escalated, .alert(.acknowledged)])
    func `what happens meanwhile ends the beginning`(event: Progress.Event) {
        var beginning = FollowBeginning(expected: 3)
        _ = beginning.take(progress(.alert(.queued), "fire"), style: .plain)
        let line = beginning.take(progress(event, "fire"), style: .plain)
        #expect(line.map { $0.dropFirst(14) } == ["1 alert: 1 queued"])
        #expect(beginning.isOver)
    }

    @Test func `an incident that is closed already has no beginning`() {
        var beginning = FollowBeginning(expected: 2)
        #expect(beginning.take(progress(.closed), style: .plain) == [])
        #expect(beginning.isOver)
    }

    @Test func `what is said of an incident that a report has joined is shown at once, however many the report told`() {
        let told = ["fire", "gas", "ems"].compactMap { Recipient($0) }.map {
            Receipt.Told(recipient: $0, purpose: .information, rule: "r", terminals: 1)
        }
        var receipt = Receipt(
            incident: IncidentNumber(2), isDuplicate: false, storedAt: Timestamp(milliseconds: 0), recipients: told)
        var beginning = FollowBeginning(after: receipt)
        _ = beginning.take(progress(.alert(.queued), "fire"), style: .plain)
        #expect(!beginning.isOver)
        receipt.joined = 2
        beginning = FollowBeginning(after: receipt)
        #expect(beginning.take(progress(.alert(.queued), "fire"), style: .plain) == [])
        #expect(beginning.isOver)
    }
}
