import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// What the broker makes of records that were removed.
@Suite struct RemovedRecordTests {
    private let now = Moment(wall: Sample.start, uptime: 0)

    private func broker(folding entries: [JournalEntry]) throws -> Broker {
        var broker = Broker(
            rules: try Scene.ruleset(Scene.rules), directory: try Scene.directory(), settings: BrokerSettings())
        for entry in entries { broker.apply(entry, now: now) }
        return broker
    }

    @Test func `the state is what it was with the whole records`() throws {
        let whole = Array(Sample.everyKind)
        var left = whole
        for (index, entry) in whole.enumerated() where index > 0 {
            switch entry.record {
            case .incident(let incident):
                left[index].record = .removed(
                    RemovedRecord(of: incident, IncidentNumber(entry.position), keepingName: true))
            case .escalated(let step):
                left[index].record = .removed(RemovedRecord(given: [.init(step.recipient, step.number)]))
            default: left[index].record = .removed(RemovedRecord())
            }
        }
        let snapshot = try broker(folding: whole).snapshot()
        let folded = try broker(folding: left)
        #expect(folded.difference(from: snapshot, now: now) == nil)
        #expect(folded.overview.openIncidents == 0)
    }

    @Test func `a number that no record can have given changes nothing`() throws {
        let wrong = RemovedRecord(given: [.init(Sample.fire, AlertNumber(.max)), .init(Sample.fire, AlertNumber(-1))])
        let folded = try broker(folding: [Sample.entry(1, .removed(wrong))])
        #expect(
            folded.difference(from: try broker(folding: [Sample.entry(1, Sample.closed(9))]).snapshot(), now: now)
                == nil)
    }

    @Test(arguments: [false, true])
    func `a report whose incident was removed is answered as a duplicate, or as another one`(isAnother: Bool) throws {
        var harness = try Harness()
        harness.report("r-1")
        let first = try #require(harness.store.entries.first)
        guard case .incident(let incident) = first.record else { return }
        let left = RemovedRecord(of: incident, IncidentNumber(1), keepingName: true)
        let stored = JournalEntry(position: first.position, at: first.at, record: .removed(left))
        let body = isAnother ? incident.report + [0x20] : incident.report
        harness.forget()
        guard case .report(let peer, let reference, let report, _, _, _, _, _) = harness.reportInput("r-1") else {
            return
        }
        harness.handle(.report(peer, reference, report, body: body, stored: stored))
        let receipt = try #require(harness.receipts.first)
        #expect(receipt.isDuplicate && receipt.isRemoved)
        #expect(receipt.differs == isAnother)
        #expect((receipt.incident, receipt.recipients) == (IncidentNumber(1), []))
        #expect(receipt.storedAt == first.at)
        #expect(harness.recorded == [.incident])
    }

    @Test func `a report that had joined an incident is answered with that one's number, as at first`() throws {
        var harness = try Harness()
        harness.report("r-1")
        let first = try #require(harness.store.entries.first)
        guard case .incident(let incident) = first.record else { return }
        let joined = IncidentRecord(
            name: incident.name, event: incident.event, category: incident.category, severity: incident.severity,
            status: incident.status, grid: nil, alerts: incident.alerts, plans: [], rules: .zero,
            report: incident.report,
            news: ReportNews(.alert, roots: [.init(IncidentNumber(3), sender: "s")], joined: 2))
        let left = RemovedRecord(of: joined, IncidentNumber(5), keepingName: true)
        #expect((left.incident?.number, left.incident?.joined) == (IncidentNumber(5), IncidentNumber(3)))
        let stored = JournalEntry(position: Position(5), at: first.at, record: .removed(left))
        harness.forget()
        guard case .report(let peer, let reference, let report, _, _, _, _, _) = harness.reportInput("r-1") else {
            return
        }
        harness.handle(.report(peer, reference, report, body: incident.report, stored: stored))
        let receipt = try #require(harness.receipts.first)
        #expect((receipt.isDuplicate, receipt.isRemoved, receipt.incident) == (true, true, IncidentNumber(3)))
    }
}
