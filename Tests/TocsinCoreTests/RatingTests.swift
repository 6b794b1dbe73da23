import JournalContract
import Testing
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

struct RatingTests {
    private static let rules = Scene.rules.replacing(
        "notify: fire\n    inform: police", with: "notify: fire\n    rated-low: [chief, desk]\n    inform: police")

    /// An incident that has been closed, as the journal has it.
    private func closed() throws -> Harness {
        var harness = try Harness(rules: Self.rules)
        harness.report("r-1", event: "structure-fire")
        harness.close(1)
        harness.forget()
        return harness
    }

    private static func incident(
        _ rules: Set<String> = ["structure fire"], sender: String = "handheld", isToldOf: Bool = false
    ) -> RatedIncident {
        RatedIncident(
            sender: sender, event: "structure-fire", status: .actual, grid: nil, rules: rules, isToldOf: isToldOf)
    }

    private static func rate(_ number: Int64, _ score: Int, _ incident: RatedIncident?) -> Input {
        .rate(
            Scene.peer("phone"), Scene.reference("rate"),
            RatedRecord(incident: IncidentNumber(number), rating: Rating(score: score, note: "太晚", by: "Li")),
            of: incident)
    }

    @Test func `a rating is OK once it is on disk`() throws {
        var harness = try closed()
        harness.commitsAtOnce = false
        harness.handle(Self.rate(1, 3, Self.incident()))
        #expect(harness.oks.isEmpty)
        harness.commit()
        #expect(harness.oks == ["rate"])
        #expect(harness.recorded.suffix(1) == [.rated])
    }

    @Test func `a low rating tells those whom the rule names, once`() throws {
        var harness = try closed()
        harness.join("chief", as: "c1")
        harness.join("desk", as: "d1")
        harness.forget()
        harness.commitsAtOnce = false
        // Twice in one turn, of which the journal knows nothing yet.
        harness.handle(Self.rate(1, 2, Self.incident()), Self.rate(1, 1, Self.incident()))
        harness.commit()
        #expect(harness.alerts.map(\.recipient).sorted() == ["chief", "desk"])
        #expect(harness.alerts.allSatisfy { $0.envelope.purpose == .information && $0.envelope.rule == "rated-low" })
        harness.forget()
        harness.handle(Self.rate(1, 1, Self.incident(isToldOf: true)))
        harness.commit()
        #expect(harness.alerts.isEmpty)
    }

    @Test func `a low rating opens the incident again where its rule says so`() throws {
        let rules = Self.rules.replacing("    rated-low:", with: "    reopen-when-rated-low: true\n    rated-low:")
        var harness = try Harness(rules: rules)
        harness.join("fire", as: "f1")
        harness.report("r-1", event: "structure-fire")
        harness.close(1)
        harness.forget()
        var rated = Self.incident()
        rated.life = try harness.life(of: 1)
        harness.handle(Self.rate(1, 3, rated))
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
        harness.handle(Self.rate(1, 2, rated))
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.recorded.suffix(3) == [.rated, .reopened, .incident])
        #expect(harness.numbers(at: "f1") == [2])
        // The rule of before has gone: no more than the rating is recorded.
        harness.close(1)
        var other = Self.incident(["gas leak"])
        other.life = try harness.life(of: 1)
        harness.handle(Self.rate(1, 1, other))
        #expect(!harness.broker.isOpen(IncidentNumber(1)))
    }

    @Test func `a low rating that opens again what has just ended comes again when the end is on disk`() throws {
        let rules = Self.rules.replacing("    rated-low:", with: "    reopen-when-rated-low: true\n    rated-low:")
        var harness = try Harness(rules: rules)
        harness.report("r-1", event: "structure-fire")
        harness.forget()
        harness.commitsAtOnce = false
        harness.close(1)
        var rated = Self.incident()
        rated.life = try harness.life(of: 1)
        let last = harness.broker.lastPosition
        harness.handle(Self.rate(1, 1, rated))
        #expect(harness.refusals == ["RATE rate busy"])
        #expect(harness.broker.lastPosition == last)
        // Nothing is promised for a good one, nor by other rules.
        var other = Self.incident(["gas leak"])
        other.life = rated.life
        harness.handle(Self.rate(1, 3, rated), Self.rate(1, 1, other))
        #expect(harness.refusals == ["RATE rate busy"])
        harness.commit()
        rated.life = try harness.life(of: 1)
        harness.handle(Self.rate(1, 1, rated))
        harness.commit()
        #expect(harness.broker.isOpen(IncidentNumber(1)))
        #expect(harness.oks.filter { $0.hasPrefix("rate") } == ["rate", "rate", "rate reopened"])
    }

    @Test func `a rating that has opened the incident again and comes once more has its OK again`() throws {
        let rules = Self.rules.replacing("    rated-low:", with: "    reopen-when-rated-low: true\n    rated-low:")
        var harness = try Harness(rules: rules)
        harness.report("r-1", event: "structure-fire")
        harness.close(1)
        var rated = Self.incident()
        rated.life = try harness.life(of: 1)
        harness.commitsAtOnce = false
        harness.forget()
        // Before it is on disk, nobody knows whose doing it is.
        harness.handle(Self.rate(1, 2, rated))
        harness.handle(Self.rate(1, 2, rated))
        #expect(harness.refusals == ["RATE rate busy"])
        harness.commit()
        harness.commitsAtOnce = true
        let last = harness.broker.lastPosition
        rated.life = try harness.life(of: 1)
        harness.handle(Self.rate(1, 2, rated))
        #expect(harness.oks == ["rate reopened", "rate reopened"])
        // Another one is of an open incident, and so is every one of what an operator opened again.
        harness.handle(Self.rate(1, 1, rated))
        #expect(harness.refusals == ["RATE rate busy", "RATE rate invalid"])
        #expect(harness.broker.lastPosition == last)
        harness.close(1)
        try harness.reopen(1)
        rated.life = try harness.life(of: 1)
        harness.handle(Self.rate(1, 2, rated))
        #expect(harness.refusals.last == "RATE rate invalid")
    }

    @Test func `nobody is told of a good rating, nor where no rule names anybody`() throws {
        var harness = try closed()
        harness.join("chief", as: "c1")
        harness.handle(Self.rate(1, 3, Self.incident()), Self.rate(1, 1, Self.incident(["gas leak", "gone"])))
        #expect(harness.alerts.isEmpty)
        #expect(harness.oks == ["rate", "rate"])
    }

    @Test func `what cannot be rated is refused, and nothing is recorded`() throws {
        var harness = try closed()
        harness.report("r-2", event: "structure-fire")
        let open = harness.broker.lastPosition.value
        harness.forget()
        harness.handle(
            Self.rate(open, 1, Self.incident()), Self.rate(99, 1, nil),
            Self.rate(1, 1, Self.incident(sender: "tocsind")))
        #expect(harness.refusals == ["RATE rate invalid", "RATE rate unknownIncident", "RATE rate invalid"])
        #expect(harness.broker.lastPosition.value == open)
    }
}
