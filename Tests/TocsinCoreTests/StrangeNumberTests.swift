import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Numbers that no incident and no alert has, whoever names them.
struct StrangeNumberTests {
    /// Around zero, around the places of a page, and at the ends of what a number can be.
    private static let strange: [Int64] = [
        .min, .min + 1, -4096, -65, -64, -63, -2, -1, 0, 1 << 31, 1 << 40, .max - 64, .max - 1, .max,
    ]

    @Test(arguments: 0..<40)
    func `what is said of a number that was never given changes nothing`(seed: UInt64) throws {
        var harness = try Harness()
        // Their mailboxes are there: a JOIN that makes one would change what a snapshot says.
        for recipient in ["fire", "leader"] { harness.join(recipient, as: "t1") }
        var day = RandomDay(seed: seed)
        for _ in 0..<40 {
            day.happen(in: &harness)
            let (state, position) = (harness.broker.snapshot(), harness.broker.lastPosition)
            for input in Self.inputs { harness.handle(input) }
            #expect(harness.broker.lastPosition == position)
            #expect(harness.broker.snapshot() == state)
        }
        harness.commit()
        let rebuilt = try harness.rebuilt()
        #expect(rebuilt.owed == harness.owed)
        #expect(rebuilt.broker.overview.openIncidents == harness.broker.overview.openIncidents)
    }

    private static let inputs: [Input] = strange.flatMap { number -> [Input] in
        let (peer, person) = (Scene.peer("t1"), Person(by: "Wang"))
        let (incident, alert) = (IncidentNumber(number), AlertNumber(number))
        return ["fire", "leader"].flatMap { name -> [Input] in
            let recipient = Scene.recipient(name)
            return [
                .join(peer, recipient, terminal: "t1", credit: 1),
                .acknowledge(peer, recipient, alert, person), .decline(peer, recipient, alert, person),
                .status(peer, recipient, alert, .resolved, person),
                .received(peer, recipient, NumberList([alert...alert])), .leave(peer, recipient),
                .close(peer, Scene.reference("c"), incident, person),
                .follow(peer, Scene.reference("f"), incident, isStored: number % 2 == 0),
            ]
        }
    }

    @Test func `RECEIVED of every number there is settles what was sent, and names one that was not`() throws {
        var harness = try Harness()
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "plain")
        harness.received("fire", 1...Int64.max, by: "f1")
        #expect(harness.refusals == ["RECEIVED fire unknownAlert 2"])
        harness.received("fire", Int64.min...Int64.max, by: "f1")
        #expect(harness.refusals.last == "RECEIVED fire unknownAlert \(Int64.min)")
        #expect(harness.owed == ["fire 1 open 0 undelivered"])
    }

    @Test(arguments: strange)
    func `records of what is not there are folded, and change nothing`(number: Int64) throws {
        var harness = try Harness()
        for index in 0..<70 { harness.report("r-\(index)") }
        let owed = harness.owed
        let incident = IncidentNumber(number)
        func escalated(_ incident: IncidentNumber, plan: Int, step: Int, number: Int64) -> JournalRecord {
            .escalated(
                EscalatedRecord(
                    incident: incident, plan: plan, step: step, recipient: Scene.recipient("leader"),
                    number: AlertNumber(number), cause: .unanswered))
        }
        let one = IncidentNumber(1)
        var records = [
            .closed(ClosedRecord(incident: incident, person: Person(by: "Li"))),
            escalated(incident, plan: 0, step: 0, number: 1), escalated(one, plan: 0, step: 0, number: number),
        ]
        if number != 0 {
            records += [
                escalated(one, plan: Int(number), step: 0, number: 1),
                escalated(one, plan: 0, step: Int(number), number: 1),
            ]
        }
        for record in records {
            let entry = JournalEntry(position: harness.broker.lastPosition.next, at: harness.now.wall, record: record)
            harness.broker.apply(entry, now: harness.now)
        }
        #expect(harness.owed == owed)
    }
}
