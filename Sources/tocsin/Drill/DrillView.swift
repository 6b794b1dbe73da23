import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// A drill in words, in a table, and in files.
enum DrillView {
    private static let columns = [
        "report", "incident", "event", "recipient", "purpose", "escalation", "on_duty", "told_ms", "delivered_ms",
        "acknowledged_ms", "state", "by", "expected_within_ms", "reached",
    ]

    /// Returns `东城演练: 4 reports, 12 recipients expected, 1 min 30 s and 30 s for answers`.
    static func summary(of drill: Drill) -> String {
        let expected = drill.entries.map(\.expected.count).reduce(0, +)
        return "\(drill.name.printable): \(counted(drill.entries.count, "report")), "
            + "\(counted(expected, "recipient")) expected, \(Clock.exact(drill.entries.last?.at ?? .zero)) and "
            + "\(Clock.exact(drill.wait)) for answers"
    }

    /// Returns the line about a report that has its receipt.
    static func line(of entry: Drill.Entry, _ receipt: Receipt, after time: Duration) -> String {
        let told = receipt.recipients.map(\.recipient.name).joined(separator: ", ")
        return "\(Clock.lead(time)) incident \(receipt.incident): \(title(of: entry)) → \(told)"
    }

    private static func title(of entry: Drill.Entry) -> String {
        (entry.report.headline ?? entry.report.event).printable
    }

    // MARK: People

    static func lines(_ readiness: Readiness, style: Style) -> [String] {
        var table = Table(
            ["incident", "event", "recipient", "", "on duty", "delivered", "acknowledged", "by", "expected"],
            alignments: [.right, .left, .left, .left, .left, .right, .right, .left, .left])
        var last: IncidentNumber?
        for line in readiness.lines {
            let isNew = line.incident != last
            last = line.incident
            table.add(
                cells: [
                    isNew ? "\(line.incident)" : "",
                    isNew ? readiness.drill.entries[line.index].report.event.printable : "", line.recipient.name,
                    purpose(line, style), onDuty(line, style), time(line.alert?.delivered, style),
                    acknowledged(line, style), person(line, style), expectation(line, style),
                ])
        }
        let verdict =
            readiness.isReached
            ? style.good("ready: all \(readiness.expected) who are expected were reached in time")
            : style.bad(
                "not ready: \(readiness.missed) of \(readiness.expected) who are expected were not reached in time")
        let title = style.bold(readiness.drill.name.printable) + " · exercise, " + Clock.date(readiness.startedAt)
        return ["", title] + table.lines(style: style, indent: 2) + ["  " + verdict]
    }

    private static func purpose(_ line: Readiness.Line, _ style: Style) -> String {
        guard let alert = line.alert else { return style.bad("never told") }
        let step = alert.escalation > 0 ? ", step \(alert.escalation) after \(Clock.duration(alert.told))" : ""
        return style.dim(alert.purpose.rawValue + step)
    }

    private static func onDuty(_ line: Readiness.Line, _ style: Style) -> String {
        guard let persons = line.alert?.onDuty else { return style.dim("–") }
        return persons.isEmpty ? style.bad("nobody") : persons.map(\.printable).joined(separator: ", ")
    }

    private static func time(_ time: Duration?, _ style: Style) -> String {
        time.map { Clock.duration($0) } ?? style.warning("–")
    }

    private static func acknowledged(_ line: Readiness.Line, _ style: Style) -> String {
        guard let alert = line.alert, alert.purpose == .action else { return "" }
        return time(alert.acknowledged, style)
    }

    private static func person(_ line: Readiness.Line, _ style: Style) -> String {
        guard let alert = line.alert, alert.purpose == .action || alert.by != nil else { return "" }
        guard let by = alert.by else {
            return alert.state == .silenced ? style.dim("somebody else has it") : style.warning("nobody")
        }
        return alert.acknowledged == nil ? "declined by \(by.printable)" : by.printable
    }

    private static func expectation(_ line: Readiness.Line, _ style: Style) -> String {
        guard let expected = line.expected, let isReached = line.isReached else { return "" }
        let within = "within \(Clock.exact(expected))"
        return isReached ? style.good("\(within): yes") : style.bad("\(within): no")
    }

    // MARK: Files

    static func csv(_ readiness: Readiness) -> String {
        func milliseconds(_ time: Duration?) -> String { time.map { "\($0.wholeMilliseconds)" } ?? "" }
        return CSV.record(columns)
            + readiness.lines.map { line in
                CSV.record([
                    "\(line.index + 1)", "\(line.incident)", readiness.drill.entries[line.index].report.event,
                    line.recipient.name, line.alert?.purpose.rawValue ?? "",
                    line.alert.map { "\($0.escalation)" } ?? "",
                    line.alert?.onDuty.map { $0.isEmpty ? "nobody" : $0.joined(separator: "; ") } ?? "",
                    milliseconds(line.alert?.told),
                    milliseconds(line.alert?.delivered), milliseconds(line.alert?.acknowledged),
                    line.alert?.state.rawValue ?? "", line.alert?.by ?? "",
                    milliseconds(line.expected), line.isReached.map { $0 ? "yes" : "no" } ?? "",
                ])
            }.joined()
    }

    /// Writes one object. Times are milliseconds after the report was stored; what has not happened is missing.
    ///
    ///     {"drill":"东城演练","startedAt":T,"ready":false,"expected":9,"missed":1,"lines":[
    ///        {"report":1,"incident":12,"event":"structure-fire","recipient":"fire","purpose":"action","escalation":0,
    ///         "onDuty":["Zhao"],"toldMs":0,"deliveredMs":3,"acknowledgedMs":4100,"state":"acknowledged","by":"Zhao",
    ///         "expectedWithinMs":60000,"reached":true}]}
    ///
    /// `onDuty` is empty where nobody is on duty.
    static func json(_ readiness: Readiness) -> [UInt8] {
        makeJSON { json in
            json.member("drill", readiness.drill.name)
            json.member("startedAt", readiness.startedAt)
            json.member("ready", readiness.isReached)
            json.member("expected", readiness.expected)
            json.member("missed", readiness.missed)
            json.array("lines") { json in
                for line in readiness.lines { write(line, readiness.drill.entries[line.index], to: &json) }
            }
        }
    }

    private static func write(_ line: Readiness.Line, _ entry: Drill.Entry, to json: inout JSONWriter) {
        json.object { json in
            json.member("report", line.index + 1)
            json.member("incident", line.incident.value)
            json.member("event", entry.report.event)
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
