import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// A drill in words, in a table, and in files.
enum DrillView {
    private static let columns = [
        "report", "incident", "event", "recipient", "purpose", "escalation", "on_duty", "told_ms", "delivered_ms",
        "acknowledged_ms", "state", "by", "expected_within_ms", "reached", "detail",
    ]

    /// Returns `东城演练: 4 reports, 12 expectations, 1 min 30 s and 30 s for answers`.
    static func summary(of drill: Drill) -> String {
        "\(drill.name.printable): \(counted(drill.entries.count, "report")), "
            + "\(counted(drill.expectations, "expectation")), \(Clock.exact(drill.entries.last?.at ?? .zero)) and "
            + "\(Clock.exact(drill.wait)) for answers"
    }

    /// Returns the line about what has happened.
    static func line(of entry: Drill.Entry, _ outcome: DrillCourse.Outcome, after time: Duration) -> String {
        let title = title(of: entry)
        switch outcome {
        case .stored(let receipt, _):
            let told = receipt.recipients.map(\.recipient.name).joined(separator: ", ")
            let joined = receipt.joined.map { ", joined as report \($0) of it" } ?? ""
            return "\(Clock.lead(time)) incident \(receipt.incident): \(title)\(joined) → "
                + (told.isEmpty ? "nobody anew" : told)
        case .refused(let code): return "\(Clock.lead(time)) refused, \(code.rawValue): \(title)"
        case .lost(let incident?): return "\(Clock.lead(time)) incident \(incident): \(title)"
        case .lost(nil): return "\(Clock.lead(time)) the broker has not noticed that \(title)"
        }
    }

    private static func title(of entry: Drill.Entry) -> String {
        switch entry.happening {
        case .report(let exercise): (exercise.report.headline ?? exercise.report.event).printable
        case .silence(let recipient): "the link to \(recipient) is lost"
        }
    }

    // MARK: Files

    static func csv(_ readiness: Readiness) -> String {
        CSV.record(columns) + readiness.rows.map { CSV.record(record($0)) }.joined()
    }

    private static func record(_ row: Readiness.Row) -> [String] {
        func milliseconds(_ time: Duration?) -> String { time.map { "\($0.wholeMilliseconds)" } ?? "" }
        let beginning = ["\(row.index + 1)", row.incident.map { "\($0)" } ?? "", row.event]
        switch row {
        case .line(let line):
            return beginning + [
                line.recipient.name, line.alert?.purpose.rawValue ?? "", line.alert.map { "\($0.escalation)" } ?? "",
                line.alert?.onDuty.map { $0.isEmpty ? "nobody" : $0.joined(separator: "; ") } ?? "",
                milliseconds(line.alert?.told), milliseconds(line.alert?.delivered),
                milliseconds(line.alert?.acknowledged), line.alert?.state.rawValue ?? "", line.alert?.by ?? "",
                milliseconds(line.expected), line.isReached.map { $0 ? "yes" : "no" } ?? "", "",
            ]
        case .answer(let answer):
            let empty = Array(repeating: "", count: 7)
            let isReached = answer.isReached ? "yes" : "no"
            switch answer.what {
            case .refusal(_, let came):
                return beginning + empty + [came == nil ? "" : "refused", "", "", isReached, came?.rawValue ?? ""]
            case .rating(let rating):
                return beginning + empty
                    + [answer.isReached ? "rated" : "", rating.by ?? "", "", isReached, "\(rating.score)"]
            }
        }
    }

    /// Writes one object. Times are milliseconds after the report was stored, and for whoever is told anew after a rating
    /// they count from it; what has not happened is missing.
    ///
    ///     {"drill":"东城演练","startedAt":T,"ready":false,"expected":9,"missed":1,"lines":[
    ///        {"report":1,"incident":12,"event":"structure-fire","recipient":"fire","purpose":"action","escalation":0,
    ///         "onDuty":["Zhao"],"toldMs":0,"deliveredMs":3,"acknowledgedMs":4100,"state":"acknowledged","by":"Zhao",
    ///         "expectedWithinMs":60000,"reached":true}],
    ///      "refusals":[{"report":2,"event":"smoke-alarm","expected":"busy","code":"busy","reached":true}],
    ///      "ratings":[{"report":1,"incident":12,"event":"structure-fire","score":2,"by":"Li","reached":true}]}
    ///
    /// `onDuty` is empty where nobody is on duty. `refusals` and `ratings` are there where the drill has any.
    static func json(_ readiness: Readiness) -> [UInt8] {
        makeJSON { json in
            json.member("drill", readiness.drill.name)
            json.member("startedAt", readiness.startedAt)
            json.member("ready", readiness.isReached)
            json.member("expected", readiness.expected)
            json.member("missed", readiness.missed)
            json.array("lines") { json in
                for line in readiness.lines { write(line, to: &json) }
            }
            let refusals = readiness.answers.filter(\.isRefusal)
            let ratings = readiness.answers.filter { !$0.isRefusal }
            if !refusals.isEmpty {
                json.array("refusals") { json in
                    for answer in refusals { write(answer, to: &json) }
                }
            }
            if !ratings.isEmpty {
                json.array("ratings") { json in
                    for answer in ratings { write(answer, to: &json) }
                }
            }
        }
    }

    private static func write(_ answer: Readiness.Answer, to json: inout JSONWriter) {
        json.object { json in
            json.member("report", answer.index + 1)
            json.member("incident", ifPresent: answer.incident?.value)
            json.member("event", answer.event)
            switch answer.what {
            case .refusal(let wanted, let came):
                json.member("expected", wanted.rawValue)
                json.member("code", ifPresent: came?.rawValue)
            case .rating(let rating):
                json.member("score", rating.score)
                json.member("by", ifPresent: rating.by)
                json.member("note", ifPresent: rating.note)
            }
            json.member("reached", answer.isReached)
        }
    }

    private static func write(_ line: Readiness.Line, to json: inout JSONWriter) {
        json.object { json in
            json.member("report", line.index + 1)
            json.member("incident", ifPresent: line.incident?.value)
            json.member("event", line.event)
            json.member("recipient", line.recipient)
            if let alert = line.alert {
                json.member("purpose", alert.purpose)
                json.member("escalation", alert.escalation)
                if let onDuty = alert.onDuty {
                    json.array("onDuty") { json in
                        for person in onDuty { json.string(person) }
                    }
                }
                json.member("toldMs", alert.told.wholeMilliseconds)
                json.member("deliveredMs", ifPresent: alert.delivered?.wholeMilliseconds)
                json.member("acknowledgedMs", ifPresent: alert.acknowledged?.wholeMilliseconds)
                json.member("state", alert.state)
                json.member("by", ifPresent: alert.by)
            }
            json.member("expectedWithinMs", ifPresent: line.expected?.wholeMilliseconds)
            if let isReached = line.isReached { json.member("reached", isReached) }
        }
    }
}
