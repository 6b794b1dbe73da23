import Testing
import TocsinModel
import TocsinRouting

struct ExplanationTests {
    private static let rules = """
          - { name: a, when: { category: Fire, event: [x, structure-fire], severity: at least Moderate }, notify: fire }
          - { name: b, when: { category: [Met, Geo] }, notify: gas }
          - { name: c, when: { event: gas-leak }, notify: gas }
          - { name: d, when: { severity: at least Extreme }, notify: gas }
          - { name: e, when: { within: 110101006 }, notify: gas }
          - { name: f, when: { parameter: { trapped: "true" } }, notify: gas }
          - name: g
            when: { parameter: { floor: "3", trapped: "true" }, within: 110101 }
            notify: police@street
            stop: true
          - { name: h, notify: gas }
        """

    @Test func `every rule has a verdict with its reason`() throws {
        let explanation = try makeRuleset(Self.rules).explain(
            makeReport(parameters: ["trapped": "no", "floor": "3"]))
        #expect(explanation.verdicts.map(\.rule) == ["a", "b", "c", "d", "e", "f", "g", "h"])
        #expect(
            explanation.verdicts.map(\.verdict) == [
                .matched(["category is Fire", "event is structure-fire", "severity Severe is at least Moderate"]),
                .failed(condition: "category", wanted: "Met, Geo", found: "Fire"),
                .failed(condition: "event", wanted: "gas-leak", found: "structure-fire"),
                .failed(condition: "severity", wanted: "at least Extreme", found: "Severe"),
                .failed(condition: "within", wanted: "110101006", found: "110101005003002"),
                .failed(condition: "parameter trapped", wanted: "true", found: "no"),
                .failed(condition: "parameter trapped", wanted: "true", found: "no"),
                .matched([]),
            ])
    }

    @Test func `rules after a stop were not reached`() throws {
        let explanation = try makeRuleset(Self.rules).explain(
            makeReport(parameters: ["trapped": "true", "floor": "3"]))
        #expect(
            explanation.verdicts.suffix(2).map(\.verdict) == [
                .matched([
                    "grid 110101005003002 is within 110101", "parameter floor is 3", "parameter trapped is true",
                ]),
                .notReached(stoppedBy: "g"),
            ])
    }

    @Test func `a report without a place or a parameter is told so`() throws {
        let explanation = try makeRuleset(Self.rules).explain(makeReport(grid: nil))
        #expect(
            explanation.verdicts[4...5].map(\.verdict) == [
                .failed(condition: "within", wanted: "110101006", found: "no grid"),
                .failed(condition: "parameter trapped", wanted: "true", found: "no such parameter"),
            ])
    }

    @Test func `of rules that say nothing of the status, it is told only where it is why they do not match`() throws {
        let ruleset = try makeRuleset(
            """
              - { name: a, when: { event: structure-fire }, notify: fire }
              - { name: b, when: { event: gas-leak }, notify: gas }
              - { name: c, when: { status: [Test, Draft] }, inform: gas }
            """)
        #expect(
            ruleset.explain(makeReport(status: .test)).verdicts.map(\.verdict) == [
                .failed(condition: "status", wanted: "Actual, Exercise", found: "Test"),
                .failed(condition: "event", wanted: "gas-leak", found: "structure-fire"),
                .matched(["status is Test"]),
            ])
        #expect(
            ruleset.explain(makeReport(status: .exercise)).verdicts.map(\.verdict) == [
                .matched(["event is structure-fire"]),
                .failed(condition: "event", wanted: "gas-leak", found: "structure-fire"),
                .failed(condition: "status", wanted: "Test, Draft", found: "Exercise"),
            ])
    }

    @Test func `every condition is found again by what it is called`() throws {
        let point = try #require(Point(latitude: 1, longitude: 2))
        let circle = try #require(Circle(center: point, radius: 5))
        let conditions: [Condition] = [
            .category([.fire]), .event(["a"]), .eventCode(name: "a b", values: ["c"]), .severity(.oneOf([.minor])),
            .urgency(.atLeast(.past)), .certainty(.atMost(.likely)), .within([]),
            .near(circle), .parameter(name: "a b", values: ["c"]), .sender([]), .text(TextSearch(["a"])),
            .matches(.headline, try RegularExpression("a")), .during(DutyTimes([], holidays: .none)), .any([]),
            .not([]), .message([.update]),
            .status([.test]),
        ]
        #expect(conditions.map { Condition.Key(name: $0.name) } == Condition.Key.allCases)
        #expect(conditions.map(\.key) == Condition.Key.allCases)
        #expect(Condition.Key(name: "far") == nil)
    }

    @Test func `an explanation survives being written and read as JSON`() throws {
        let ruleset = try makeRuleset(
            Self.rules + "\n  - { name: 末条, notify: leader@street, feedback-within: 7d, "
                + "escalate: [{ after: 90s, to: leader@district }] }")
        let reports = [
            makeReport(), makeReport(grid: nil, parameters: ["trapped": "true", "floor": "3"]),
            makeReport(event: "引号\"和\\", category: .other, severity: .unknown, grid: "110102"),
        ]
        for report in reports {
            let explanation = ruleset.explain(report)
            var json = JSONWriter()
            explanation.write(to: &json)
            let parser = JSONParser(maximumBytes: 65_536)
            #expect(try parser.parse(json.bytes) { try Explanation(json: $0) } == explanation)
        }
    }

    @Test func `the JSON is as documented`() throws {
        let ruleset = try makeRuleset(
            """
              - name: a
                notify: [fire, police@street]
                acknowledge-within: 60s
                escalate: [{ after: 90s, to: gas }]
                stop: true
              - { name: b, notify: fire }
            """)
        var json = JSONWriter()
        ruleset.explain(makeReport(grid: nil)).write(to: &json)
        #expect(
            json.text == """
                {"rules":[{"rule":"a","line":3,"verdict":"matched","conditions":[]},\
                {"rule":"b","line":8,"verdict":"notReached","stoppedBy":"a"}],\
                "addressees":[{"recipient":"fire","purpose":"action","rule":"a"},\
                {"recipient":"desk","purpose":"action","rule":"a",\
                "note":"the fallback stands in for police@street: the report has no grid"}],\
                "plans":[{"rule":"a","acknowledgeWithinMs":60000,"watched":[0,1],\
                "steps":[{"afterMs":90000,"to":"gas"}]}]}
                """)
    }

    @Test(arguments: [
        ("{}", "rules"),
        (#"{"rules":[{"rule":"a","verdict":"perhaps"}],"addressees":[],"plans":[]}"#, "verdict"),
        (#"{"rules":[],"addressees":[{"recipient":"A","purpose":"action","rule":"a"}],"plans":[]}"#, "recipient"),
        (
            #"{"rules":[],"addressees":[],"plans":[{"rule":"a","acknowledgeWithinMs":1,"watched":[0],"steps":[]}]}"#,
            "watched"
        ),
    ])
    func `JSON that is no explanation is refused by its member`(_ text: String, _ field: String) throws {
        let parser = JSONParser(maximumBytes: 65_536)
        let refusal = #expect(throws: Refusal.self) {
            try parser.parse(Array(text.utf8)) { try Explanation(json: $0) }
        }
        #expect(refusal?.field == field)
    }
}
