import Testing
import TocsinModel
import TocsinRouting

/// Conditions on what a report says of itself in words of closed lists, and on who sent it.
struct ConditionTests {
    /// True if a rule with these conditions matches; routing and explanation must agree.
    private func matches(_ when: String, _ report: Report) throws -> Bool {
        let ruleset = try makeRuleset("  - { name: a, when: { \(when) }, notify: fire }")
        let routing = ruleset.route(report)
        #expect(routing == ruleset.explain(report).routing)
        return routing.told == ["fire action"]
    }

    private func verdict(_ when: String, _ report: Report) throws -> Explanation.Verdict {
        let ruleset = try makeRuleset("  - { name: a, when: { \(when) }, notify: fire }")
        return try #require(ruleset.explain(report).verdicts.first).verdict
    }

    @Test func `every severity but Unknown is at least or at most something`() throws {
        let expected: [(String, [Severity])] = [
            ("at least Extreme", [.extreme]), ("at least Moderate", [.extreme, .severe, .moderate]),
            ("at most Moderate", [.moderate, .minor]), ("at most Extreme", [.extreme, .severe, .moderate, .minor]),
            ("at most Minor", [.minor]), ("[Unknown, Minor]", [.minor, .unknown]),
        ]
        for (words, severities) in expected {
            let held = try Severity.allCases.filter { try matches("severity: \(words)", makeReport(severity: $0)) }
            #expect(held == severities, "\(words)")
        }
    }

    @Test func `urgency goes from Immediate to Past`() throws {
        let expected: [(String, [Urgency])] = [
            ("at least Expected", [.immediate, .expected]), ("at most Future", [.future, .past]),
            ("at least Past", [.immediate, .expected, .future, .past]), ("Unknown", [.unknown]),
        ]
        for (words, urgencies) in expected {
            let held = try Urgency.allCases.filter { try matches("urgency: \(words)", makeReport(urgency: $0)) }
            #expect(held == urgencies, "\(words)")
        }
    }

    @Test func `certainty goes from Observed to Unlikely`() throws {
        let expected: [(String, [Certainty])] = [
            ("at least Likely", [.observed, .likely]), ("at most Likely", [.likely, .possible, .unlikely]),
            ("[Observed, Unknown]", [.observed, .unknown]),
        ]
        for (words, certainties) in expected {
            let held = try Certainty.allCases.filter { try matches("certainty: \(words)", makeReport(certainty: $0)) }
            #expect(held == certainties, "\(words)")
        }
    }

    @Test func `every name of event-code must hold, with any of its values`() throws {
        let when = "event-code: { SAME: [FRW, TOR], NWS: a }"
        let codes: [(String, String)] = [("SAME", "TOR"), ("NWS", "a")]
        #expect(try matches(when, makeReport(eventCodes: codes)))
        #expect(try !matches(when, makeReport(eventCodes: [("SAME", "TOR")])))
        #expect(try !matches(when, makeReport(eventCodes: [("NWS", "TOR"), ("SAME", "a")])))
        // A parameter of the same name and value is no event code.
        #expect(try !matches("event-code: { x: y }", makeReport(parameters: ["x": "y"])))
        #expect(try !matches("parameter: { x: y }", makeReport(eventCodes: [("x", "y")])))
        #expect(
            try verdict(when, makeReport(eventCodes: [("SAME", "SVR")]))
                == .failed(condition: "event-code SAME", wanted: "FRW, TOR", found: "SVR"))
        #expect(
            try verdict(when, makeReport(eventCodes: [("SAME", "TOR")]))
                == .failed(condition: "event-code NWS", wanted: "a", found: "no such event code"))
        #expect(
            try verdict("event-code: { SAME: [FRW, TOR] }", makeReport(eventCodes: codes))
                == .matched(["event-code SAME is TOR"]))
    }

    @Test(arguments: [
        ("call-centre-110", true), ("call-centre-1100", false), ("handheld-7", true), ("handheld-", true),
        ("Handheld-7", false), ("a-handheld-7", false),
    ])
    func `a sender is one of the list, or like one with an asterisk`(_ sender: String, _ expected: Bool) throws {
        let report = makeReport(sender: sender)
        #expect(try matches("sender: [call-centre-110, \"handheld-*\"]", report) == expected)
        #expect(try matches("sender: \(sender)", report))
        #expect(try matches("sender: \"*\"", report))
    }

    @Test func `each condition says in words why it holds and why not`() throws {
        let report = makeReport(sender: "handheld-7", urgency: .past, certainty: .likely)
        #expect(
            try verdict("urgency: at most Future, certainty: [Likely, Observed], sender: \"handheld-*\"", report)
                == .matched([
                    "urgency Past is at most Future", "certainty is Likely", "sender handheld-7 is like handheld-*",
                ]))
        #expect(try verdict("sender: handheld-7", report) == .matched(["sender is handheld-7"]))
        #expect(
            try verdict("urgency: at least Future", report)
                == .failed(condition: "urgency", wanted: "at least Future", found: "Past"))
        #expect(
            try verdict("certainty: Observed", report)
                == .failed(condition: "certainty", wanted: "Observed", found: "Likely"))
        #expect(
            try verdict("sender: [a, \"b*\"]", report)
                == .failed(condition: "sender", wanted: "a, b*", found: "handheld-7"))
    }
}
