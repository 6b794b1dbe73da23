import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// Cancels of incidents.
@Suite struct CancelTests {
    @Test func `a Cancel ends the incident with its reason, and everyone who was told is informed`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(60))
        harness.follow(1, by: "phone")
        harness.forget()
        try harness.send(.cancel, "r-2", of: "phone,r-1")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        // The end stands before the Cancel, so that a Cancel on disk has ended it.
        #expect(
            harness.store.entries[2].record
                == .closed(
                    ClosedRecord(incident: IncidentNumber(1), person: Person(by: "phone", note: "Cancel r-2"))))
        #expect(harness.told(4) == ["fire information", "police information", "leader information"])
        #expect(harness.receipts.last?.cancels == [IncidentNumber(1)])
        #expect(
            harness.progress == [
                "1 cancelled fire 1", "1 cancelled police 1", "1 cancelled leader 1", "1 updated", "1 closed",
            ])
        harness.advance(.seconds(600))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `a Cancel of an Update ends the whole chain`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "r-2", of: "phone,r-1", severity: .severe)
        try harness.send(.cancel, "r-3", of: "phone,r-2")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        #expect(!harness.broker.isOpen(IncidentNumber(2)))
        #expect(harness.news(5)?.roots.map(\.incident.value) == [1])
    }

    @Test func `a Cancel by another sender silences nobody's fire`() throws {
        var harness = try Harness()
        harness.report("r-1")
        try harness.send(.cancel, "x-1", of: "phone,r-1", sender: "prankster")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.receipts.last?.cancels == [])
        #expect(harness.receipts.last?.astray.map(\.reason) == ["otherSender"])
        #expect(harness.told(2) == ["desk action"])
    }

    @Test func `a Cancel of one's own news of somebody else's incident ends that news alone`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "c-1", of: "phone,r-1", severity: .severe, sender: "centre")
        try harness.send(.cancel, "c-2", of: "centre,c-1", sender: "centre")
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(!harness.broker.isOpen(IncidentNumber(2)))
        #expect(harness.receipts.last?.cancels == [IncidentNumber(2)])
    }

    @Test func `what somebody else has told of it since stays open`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "c-1", of: "phone,r-1", severity: .severe, sender: "centre")
        try harness.send(.cancel, "r-2", of: "phone,r-1")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.broker.isOpen(IncidentNumber(2)))
    }

    @Test func `one's own news of one's own incident ends with it, also by way of another sender's`() throws {
        var harness = try Harness()
        harness.report("r-1", severity: .minor)
        try harness.send(.update, "c-1", of: "phone,r-1", severity: .severe, sender: "centre")
        try harness.send(.update, "r-2", of: "centre,c-1", severity: .extreme)
        try harness.send(.cancel, "r-3", of: "phone,r-2")
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.broker.isOpen(IncidentNumber(2)))
        #expect(!harness.broker.isOpen(IncidentNumber(3)))
    }

    @Test func `a Cancel of what never came, and of an exercise, ends nothing`() throws {
        var harness = try Harness()
        harness.report("r-1")
        try harness.send(.cancel, "r-2", of: "phone,r-9")
        try harness.send(.cancel, "r-3", of: "phone,r-1", status: .exercise)
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.receipts.suffix(2).map { $0.astray.map(\.reason) } == [["unknown"], ["otherStatus"]])
    }

    @Test func `a Cancel of what has closed informs, and the same Cancel again changes nothing`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.close(1)
        try harness.send(.cancel, "r-2", of: "phone,r-1")
        #expect(harness.told(3) == ["fire information", "police information"])
        #expect(harness.receipts.last?.cancels == [IncidentNumber(1)])
        try harness.send(.cancel, "r-2", of: "phone,r-1")
        #expect(harness.store.entries.count == 3)
        #expect(harness.receipts.last?.isDuplicate == true)
    }

    @Test func `an Alert and its Cancel in one turn`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.handle(harness.reportInput("r-1"), try harness.newsInput(.cancel, "r-2", of: ["phone,r-1"]))
        #expect(harness.store.entries.map(\.record.kind) == [.incident, .closed, .incident])
        #expect(harness.broker.openIncidentCount == 1)
        #expect(harness.broker.isOpen(IncidentNumber(3)))
    }
}
