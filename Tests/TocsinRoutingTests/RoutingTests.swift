import Testing
import TocsinModel
import TocsinRouting

struct RoutingTests {
    static let designExample = """
          - name: structure fire
            when:
              category: Fire
              event: [structure-fire, vehicle-fire]
              severity: at least Moderate
              within: "110101"
              parameter: { trapped: "true" }
            notify: [fire, police@street]
            inform: [grid-officer@grid, leader@district]
            acknowledge-within: 60s
            escalate:
              - { after: 60s, to: leader@street }
              - { after: 3m,  to: leader@district }
        """

    @Test func `a matching rule tells its recipients in order and plans its steps`() throws {
        let ruleset = try makeRuleset(Self.designExample)
        let routing = ruleset.route(makeReport(parameters: ["trapped": "true"]))
        #expect(
            routing.told == [
                "fire action", "police@110101005 action", "grid-officer@110101005003002 information",
                "leader@110101 information",
            ])
        #expect(routing.addressees.allSatisfy { $0.rule == "structure fire" && $0.note == nil })
        let plan = try #require(routing.plans.first)
        #expect(routing.plans.count == 1)
        #expect(plan.acknowledgeWithin == .seconds(60))
        #expect(plan.watched == [0, 1])
        #expect(plan.steps.map(\.after) == [.seconds(60), .seconds(180)])
        #expect(plan.steps.map(\.to.name) == ["leader@110101005", "leader@110101"])
    }

    @Test func `every condition must hold`() throws {
        let ruleset = try makeRuleset(Self.designExample)
        let trapped = ["trapped": "true"]
        let others = [
            makeReport(category: .rescue, parameters: trapped), makeReport(event: "bin-fire", parameters: trapped),
            makeReport(severity: .minor, parameters: trapped), makeReport(severity: .unknown, parameters: trapped),
            makeReport(grid: "110102001", parameters: trapped), makeReport(grid: nil, parameters: trapped),
            makeReport(parameters: ["trapped": "false"]), makeReport(),
        ]
        for report in others {
            #expect(ruleset.route(report).told == ["desk action"])
        }
    }

    @Test func `a report that no rule matches goes to the fallback and must be acknowledged`() throws {
        let routing = try makeRuleset("  []").route(makeReport())
        #expect(routing.told == ["desk action"])
        #expect(routing.addressees.first?.rule == "fallback")
        #expect(routing.plans.map(\.rule) == ["fallback"])
        #expect(routing.plans.first?.watched == [0])
        #expect(routing.plans.first?.acknowledgeWithin == .seconds(300))
    }

    @Test func `an event code counts as the event`() throws {
        let ruleset = try makeRuleset("  - { name: leak, when: { event: gas-leak }, notify: gas }")
        #expect(ruleset.route(makeReport(event: "燃气味", codes: ["x", "gas-leak"])).told == ["gas action"])
    }

    @Test func `a recipient is told once and action wins over information`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, inform: [fire, police] }
              - { name: b, notify: [gas, fire], inform: gas }
              - { name: c, notify: fire }
            """)
        let routing = ruleset.route(makeReport())
        #expect(routing.told == ["fire action", "police information", "gas action"])
        #expect(routing.addressees.map(\.rule) == ["b", "a", "b"])
        #expect(routing.plans.map(\.rule) == ["b", "c"])
        #expect(routing.plans.map(\.watched) == [[2, 0], [0]])
    }

    @Test func `stop ends the list only where its rule matches`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, notify: fire }
              - { name: b, when: { event: small }, notify: gas, stop: true }
              - { name: c, notify: police }
            """)
        #expect(ruleset.route(makeReport(event: "small")).told == ["fire action", "gas action"])
        #expect(ruleset.route(makeReport(event: "large")).told == ["fire action", "police action"])
    }

    @Test func `at least never includes Unknown and a list is taken at its word`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, when: { severity: at least Minor }, notify: fire }
              - { name: b, when: { severity: [Unknown, Extreme] }, notify: gas }
            """)
        #expect(ruleset.route(makeReport(severity: .minor)).told == ["fire action"])
        #expect(ruleset.route(makeReport(severity: .unknown)).told == ["gas action"])
        #expect(ruleset.route(makeReport(severity: .extreme)).told == ["fire action", "gas action"])
    }

    @Test func `a rule without acknowledge-within gives five minutes and one that only informs has no plan`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, notify: fire }
              - { name: b, inform: gas }
            """)
        let plans = ruleset.route(makeReport()).plans
        #expect(plans.map(\.rule) == ["a"])
        #expect(plans.first?.acknowledgeWithin == .seconds(300))
    }

    @Test func `the fallback may be the only district's role`() throws {
        let ruleset = try Ruleset(
            yaml: "fallback: leader@district\nrules: []", file: "rules.yaml", directory: makeDirectory())
        #expect(ruleset.fallback.name == "leader@110101")
    }
}

struct ResolutionTests {
    private static let rules = """
          - name: a
            notify: [police@street, fire]
            inform: leader@district
            escalate: [{ after: 1m, to: grid-officer@grid }]
        """

    @Test func `a role resolves by the report's grid`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport())
        #expect(routing.told == ["police@110101005 action", "fire action", "leader@110101 information"])
        #expect(routing.plans.first?.steps.map(\.to.name) == ["grid-officer@110101005003002"])
    }

    @Test func `without a grid the district is the only one and the rest goes to the fallback with a note`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(grid: nil))
        #expect(routing.told == ["desk action", "fire action", "leader@110101 information"])
        #expect(routing.addressees.first?.rule == "a")
        #expect(
            routing.addressees.first?.note == "the fallback stands in for police@street: the report has no grid")
        #expect(routing.plans.first?.watched == [0, 1])
        #expect(routing.plans.first?.steps.map(\.to.name) == ["desk"])
    }

    @Test func `a place that is larger than the role's goes to the fallback with a note`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(grid: "110101"))
        #expect(routing.told == ["desk action", "fire action", "leader@110101 information"])
        #expect(routing.addressees.first?.note?.contains("110101 is larger than a street") == true)
    }

    @Test func `a place that the directory does not know goes to the fallback with a note`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(grid: "110102001001001"))
        #expect(routing.told == ["desk action", "fire action"])
        #expect(routing.addressees.first?.note?.contains("the directory has no police@110102001") == true)
    }

    @Test func `a grid that is not known still lies in a street that is`() throws {
        let routing = try makeRuleset(Self.rules).route(makeReport(grid: "110101005099099"))
        #expect(routing.told == ["police@110101005 action", "fire action", "leader@110101 information"])
        #expect(routing.plans.first?.steps.map(\.to.name) == ["desk"])
    }

    @Test func `the fallback standing in for two roles is told once`() throws {
        let ruleset = try makeRuleset(
            "  - { name: a, notify: [police@grid, police@street], inform: grid-officer@grid }")
        let routing = ruleset.route(makeReport(grid: nil))
        #expect(routing.told == ["desk action"])
        #expect(routing.plans.first?.watched == [0])
    }
}
