import Testing
import TocsinModel
import TocsinSimulator

@testable import TocsinRouting

/// `near` and `during` in rules.
struct PlaceAndTimeConditionTests {
    private static let belfry = "near: { point: [39.9408, 116.3897], radius: 500m }"

    private func ruleset(_ when: String, head: String = "time-zone: Asia/Shanghai\n", holidays: String? = nil) throws
        -> Ruleset
    {
        try Ruleset(
            yaml: "fallback: desk\n\(head)rules:\n  - { name: r, when: { \(when) }, inform: fire }\n", file: "r",
            directory: makeDirectory(), holidays: holidays.map { try Holidays(yaml: $0, file: "h", today: nil) },
            zones: .system)
    }

    private func problems(_ when: String, head: String = "") -> [String] {
        TocsinRoutingTests.problems { _ = try ruleset(when, head: head) }
    }

    private func report(_ latitude: Double, _ longitude: Double) -> Report {
        var report = makeReport()
        report.point = Point(latitude: latitude, longitude: longitude)
        return report
    }

    private func verdict(_ ruleset: Ruleset, _ report: Report, at time: String = "2026-11-27T09:00:00+08:00") throws
        -> Explanation.Verdict?
    {
        let subject = Case(report, at: try #require(Timestamp(time)), body: [])
        let explanation = ruleset.explain(subject)
        #expect(ruleset.route(subject) == explanation.routing)
        return explanation.verdicts.first?.verdict
    }

    @Test func `near is explained with the distance`() throws {
        let rules = try ruleset(Self.belfry)
        #expect(
            try verdict(rules, report(39.9441, 116.3897))
                == .matched(["point 39.9441, 116.3897, 366.9 m away, is within 500 m of 39.9408, 116.3897"]))
        #expect(
            try verdict(rules, report(39.9461, 116.3897))
                == .failed(
                    condition: "near", wanted: "within 500 m of 39.9408, 116.3897",
                    found: "39.9461, 116.3897, 589.3 m away"))
        #expect(
            try verdict(rules, makeReport())
                == .failed(condition: "near", wanted: "within 500 m of 39.9408, 116.3897", found: "no point"))
    }

    @Test func `during is judged at the time of storing, and explained with what clocks show`() throws {
        let rules = try ruleset(
            "during: [Mon-Fri 08:00-18:00, holidays]", holidays: "off: [2026-10-01]\nwork: [2026-10-10]")
        #expect(
            try verdict(rules, makeReport())
                == .matched([
                    "Fri 2026-11-27 09:00 Asia/Shanghai is during Mon-Fri 08:00-18:00 Asia/Shanghai"
                ]))
        #expect(
            try verdict(rules, makeReport(), at: "2026-10-01T21:00:00+08:00")
                == .matched(["Thu 2026-10-01 21:00 Asia/Shanghai, a day off is during holidays Asia/Shanghai"]))
        #expect(
            try verdict(rules, makeReport(), at: "2026-11-28T09:00:00+08:00")
                == .failed(
                    condition: "during", wanted: "Mon-Fri 08:00-18:00 Asia/Shanghai, holidays Asia/Shanghai",
                    found: "Sat 2026-11-28 09:00 Asia/Shanghai"))
    }

    @Test func `a file's time zone is that of hours without one`() throws {
        let nine = "2026-11-27T09:00:00Z"
        let london = try ruleset("during: 09:00-10:00", head: "time-zone: Europe/London\n")
        guard case .matched = try verdict(london, makeReport(), at: nine) else {
            Issue.record("It is nine in London.")
            return
        }
        let berlin = try ruleset("during: 09:00-10:00 UTC", head: "time-zone: Europe/Berlin\n")
        guard case .matched = try verdict(berlin, makeReport(), at: nine) else {
            Issue.record("Hours have their own zone.")
            return
        }
        #expect(
            problems("during: 09:00-10:00", head: "time-zone: Europe/Berln\n") == [
                "r:2:12: 'Europe/Berln' is not a time zone; valid are the names of the IANA such as Asia/Shanghai, and UTC; "
                    + "did you mean 'Europe/Berlin'?"
            ])
    }

    @Test(arguments: [
        ("near: { point: [39.94, 116.38] }", "r:3:30: near needs 'radius', which is missing"),
        ("near: { radius: 5m }", "r:3:30: near needs 'point', which is missing"),
        ("near: [39.94, 116.38]", "r:3:30: near is a list; a mapping is expected, with point, radius"),
        (
            "near: { point: [116.38, 39.94], radius: 5m }",
            "r:3:40: the latitude 116.38 is not between -90 and 90; a point is [latitude, longitude] in degrees"
        ),
        ("near: { point: [39.94, 200], radius: 5m }", "r:3:47: the longitude 200 is not between -180 and 180"),
        ("near: { point: [39.94], radius: 5m }", "r:3:39: point is not a point; a point is [latitude, longitude]"),
        (
            "near: { point: [1, 2], radius: 500 }",
            "r:3:55: '500' is not a radius; valid are m or km such as 500m and 1.5km, more than 0 and at most 20015km, which"
        ),
        ("near: { point: [1, 2], radius: 0m }", "r:3:55: '0m' is not a radius"),
        ("near: { point: [1, 2], radius: -5m }", "r:3:55: '-5m' is not a radius"),
        ("near: { point: [1, 2], radius: 20016km }", "r:3:55: '20016km' is not a radius"),
        ("near: { point: [1, 2], radius: infm }", "r:3:55: 'infm' is not a radius"),
        (
            "near: { point: [1, 2], radius: 5m, units: m }",
            "r:3:59: 'units' is not a key of near; valid are point, radius"
        ),
        ("during: []", "r:3:32: during is an empty list"),
        ("during: holidays", "r:3:32: 'holidays' needs the file of holidays, and there is none"),
        ("during: Mon-Fri 08:00-18:00 Asia/Beijing", "r:3:32: 'Asia/Beijing' is not a time zone"),
    ]) func `a wrong place or time says what is right`(when: String, problem: String) {
        let found = problems(when)
        #expect(found.contains { $0.hasPrefix(problem) }, "\(found)")
    }

    @Test func `hours have a bound`() {
        let hours = (0...Limits.hoursPerRule).map { _ in "Mon" }.joined(separator: ", ")
        #expect(problems("during: [\(hours)]") == ["r:3:32: during has 65 hours; at most 64 are allowed"])
    }

    @Test func `of ten thousand circles a report looks at those around it`() throws {
        var random = SplitMix64(seed: 12)
        // A district of seven kilometres by seven, where each point lies in some seventy of them.
        let rules = (0..<10_000).map { number in
            let latitude = Double.random(in: 39.88...39.94, using: &random)
            let longitude = Double.random(in: 116.38...116.46, using: &random)
            return
                "  - { name: n\(number), when: { near: { point: [\(latitude), \(longitude)], radius: 300m } }, inform: gas }\n"
        }
        let ruleset = try makeRuleset(rules.joined())
        for _ in 0..<4 {
            let report = report(
                .random(in: 39.89...39.93, using: &random), .random(in: 116.39...116.45, using: &random))
            let subject = makeCase(report)
            let right = ruleset.explain(subject).verdicts.count {
                if case .matched = $0.verdict { true } else { false }
            }
            #expect(ruleset.candidateCount(for: subject) < 6 * right + 100)
        }
        let elsewhere = report(31.2, 121.5)
        #expect(ruleset.candidateCount(for: makeCase(elsewhere)) == 0)
        #expect(ruleset.candidateCount(for: makeCase()) == 0)
    }
}
