import TocsinModel
import TocsinRouting
import TocsinSimulator

@testable import TocsinProof

/// Rules and reports by chance, which have much in common.
enum RulesByChance {
    private static let events = ["fire", "flood", "走失", "gas-leak"]
    private static let codes = [
        "110101", "110101005", "110101006", "110101005003", "110101005003001", "110101005003002",
    ]
    private static let hours = [
        "Mon-Fri 08:00-18:00 UTC", "Sat-Sun UTC", "22:00-06:00 Asia/Shanghai", "Thu Europe/Berlin",
        "Mon 01:00-03:00 Europe/Berlin",
    ]
    private static let senders = ["desk-1", "desk-*", "*-7", "h*d-*", "handheld-7"]
    private static let words = ["gas", "Smoke", "毒气"]

    /// Returns the text of some rules.
    static func rules(_ count: Int, _ random: inout SplitMix64) -> String {
        (0..<count).map { number in
            let when = conditions(depth: 1, &random)
            let stop = chance(0.2, &random) ? ", stop: true" : ""
            let notify = pick(["fire", "gas", "police@street", "leader@district", "leader@110101005"], 3, &random)
            return "  - { name: n\(number), when: { \(when) }, notify: [\(notify)], escalate: "
                + "[{ after: 1m, to: \(chance(0.5, &random) ? "leader@street" : "police@grid") }]\(stop) }\n"
        }.joined()
    }

    /// Some conditions of different keys, one at least.
    private static func conditions(depth: Int, _ random: inout SplitMix64) -> String {
        var all: [String] = []
        func add(_ part: Double, _ text: (inout SplitMix64) -> String) {
            if chance(part / Double(depth), &random) { all.append(text(&random)) }
        }
        add(0.3) { "category: [\(pick(["Fire", "Met", "Health"], 2, &$0))]" }
        add(0.4) { "event: [\(pick(events, 2, &$0))]" }
        add(0.15) { "event-code: { \(pick(["SAME", "X"], 1, &$0)): [\(pick(events + ["FRW"], 2, &$0))] }" }
        add(0.3) { "severity: \(pick(["at least Severe", "at most Moderate", "[Minor, Unknown]"], 1, &$0))" }
        add(0.1) { "urgency: \(pick(["at least Expected", "[Past]"], 1, &$0))" }
        add(0.1) { "certainty: \(pick(["at most Likely", "[Unknown]"], 1, &$0))" }
        add(0.25) { "within: [\(pick(codes, 2, &$0))]" }
        add(0.2) { "parameter: { \(pick(["trapped", "floor"], 1, &$0)): [\(pick(["\"true\"", "\"3\""], 2, &$0))] }" }
        add(0.15) { "sender: [\(pick(senders.map { "\"\($0)\"" }, 2, &$0))]" }
        add(0.15) { "during: [\(pick(hours, 2, &$0))]" }
        add(0.1) { "text: { contains: [\(pick(words, 2, &$0))], in: [headline, description] }" }
        add(0.05) { "near: { point: [39.9, 116.4], radius: \(pick(["500m", "3km"], 1, &$0)) }" }
        add(0.1) { "message: [\(pick(["Alert", "Update"], 2, &$0))]" }
        add(0.1) { "status: [\(pick(["Actual", "Test"], 2, &$0))]" }
        if depth < 4 {
            add(0.25) { "not: { \(conditions(depth: depth + 1, &$0)) }" }
            add(0.25) { random in
                "any: [\((0...1).map { _ in "{ \(conditions(depth: depth + 1, &random)) }" }.joined(separator: ", "))]"
            }
        }
        return all.isEmpty ? "event: [\(pick(events, 2, &random))]" : all.joined(separator: ", ")
    }

    /// Returns a report as a client would send it, and the time. It names one event, or as many as three.
    static func report(hasSeveralEvents: Bool = false, _ random: inout SplitMix64) -> Example {
        let isByCode = chance(0.5, &random)
        let time = Timestamp(
            milliseconds: now.milliseconds + .random(in: 0..<31_000_000_000, using: &random) / 60_000 * 60_000)
        var json = JSONWriter()
        json.object { json in
            json.member("identifier", "1")
            json.member("sender", pick(["desk-1", "desk-7", "handheld-7", "somebody"], 1, &random))
            json.member("sent", time)
            json.member("event", pick(isByCode && !hasSeveralEvents ? ["nothing"] : events + ["nothing"], 1, &random))
            json.member("category", pick(["Fire", "Met", "Health", "Other"], 1, &random))
            json.member("severity", pick(Severity.words, 1, &random))
            json.member("urgency", pick(Urgency.words, 1, &random))
            json.member("certainty", pick(Certainty.words, 1, &random))
            json.member("status", chance(0.8, &random) ? "Actual" : pick(ReportStatus.words, 1, &random))
            if chance(0.2, &random) {
                json.member("msgType", pick(["Update", "Cancel"], 1, &random))
                json.member("references", "s,i,2026-01-01T00:00:00Z")
            }
            if chance(0.3, &random) {
                json.member("headline", pick(["gas", "smoke and GAS", "毒气", "nothing"], 1, &random))
            }
            if isByCode {
                json.object("eventCode") { json in
                    json.member("SAME", pick(events + ["FRW", "other"], 1, &random))
                    if hasSeveralEvents { json.member("X", pick(events + ["FRW"], 1, &random)) }
                }
            }
            if chance(0.4, &random) {
                json.object("parameter") { json in
                    json.member("trapped", pick(["true", "3", "false"], 1, &random))
                    if chance(0.5, &random) { json.member("floor", pick(["true", "3"], 1, &random)) }
                }
            }
            if chance(0.8, &random) {
                json.object("area") { json in
                    json.member("grid", pick(codes + ["110101005003009", "330101"], 1, &random))
                    if chance(0.3, &random) {
                        json.array("point") { json in
                            json.double(39.9)
                            json.double(chance(0.5, &random) ? 116.4 : 116.42)
                        }
                    }
                }
            }
        }
        return Example(report: json.bytes, at: time)
    }

    static func chance(_ part: Double, _ random: inout SplitMix64) -> Bool {
        Double.random(in: 0..<1, using: &random) < part
    }

    /// Returns some of the texts, with commas between.
    static func pick(_ texts: [String], _ most: Int, _ random: inout SplitMix64) -> String {
        texts.shuffled(using: &random).prefix(Int.random(in: 1...most, using: &random)).joined(separator: ", ")
    }
}
