import TocsinClient
import TocsinModel
import TocsinRouting

/// A drill's table for people.
extension DrillView {
    /// Returns the table, and whether everybody was ready.
    ///
    /// Where the table is wider than `width` columns, each recipient has some lines of its own below its incident. They say
    /// the same, and only a recipient's name alone can be wider.
    static func lines(_ readiness: Readiness, style: Style, width: Int) -> [String] {
        let table = table(readiness, style)
        let isNarrow = table.contains { $0.displayWidth > width }
        let verdict =
            readiness.isReached
            ? style.good("ready: all \(counted(readiness.expected, "expectation")) were met in time")
            : style.bad(
                "not ready: \(readiness.missed) of \(counted(readiness.expected, "expectation")) were not met in time")
        let title = style.bold(readiness.drill.name.printable) + " · exercise, " + Clock.date(readiness.startedAt)
        return [""] + title.wrapped(to: width) + (isNarrow ? list(readiness, style, width) : table) + ["  " + verdict]
    }

    // MARK: Wide

    private static func table(_ readiness: Readiness, _ style: Style) -> [String] {
        var table = Table(
            ["incident", "event", "recipient", "", "on duty", "delivered", "acknowledged", "by", "expected"],
            alignments: [.right, .left, .left, .left, .left, .right, .right, .left, .left])
        for (row, isFirst) in beginnings(readiness) {
            let beginning = isFirst ? [row.incident.map { "\($0)" } ?? "–", row.event.printable] : ["", ""]
            switch row {
            case .line(let line):
                let step = step(line).map { style.dim(", \($0)") } ?? ""
                table.add(
                    cells: beginning + [
                        line.recipient.name, purpose(line, style) + step, onDuty(line, style),
                        time(line.alert?.delivered, style), acknowledged(line, style), person(line, style),
                        expectation(line, style),
                    ])
            case .answer(let answer):
                table.add(
                    cells: beginning + [
                        "", style.dim(words(answer)), "", "", "", "", yesOrNo("expected", answer.isReached, style),
                    ])
            }
        }
        return table.lines(style: style, indent: 2)
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

    // MARK: Narrow

    private static func list(_ readiness: Readiness, _ style: Style, _ width: Int) -> [String] {
        func wrapped(_ text: String, indent: Int) -> [String] {
            text.wrapped(to: width - indent).map { String(repeating: " ", count: indent) + $0 }
        }
        var table = Table()
        for line in readiness.lines {
            table.add(line.recipient.name, purpose(line, style), expectation(line, style))
        }
        var heads = table.lines(indent: 4)[...]
        var lines: [String] = []
        for (row, isFirst) in beginnings(readiness) {
            if isFirst {
                let event = row.event.printable
                lines += wrapped(row.incident.map { "incident \($0): \(event)" } ?? event, indent: 2)
            }
            switch row {
            case .line(let line):
                lines.append(heads.removeFirst())
                lines += details(line, style).map { wrapped($0, indent: 6) } ?? []
            case .answer(let answer):
                let outcome = yesOrNo("expected", answer.isReached, style)
                lines += wrapped(style.dim(words(answer)) + "; " + outcome, indent: 4)
            }
        }
        return lines
    }

    /// Returns what became of an alert, in one line: `delivered after 3 ms; acknowledged after 4 s by Zhao; on duty: Zhao`.
    private static func details(_ line: Readiness.Line, _ style: Style) -> String? {
        guard let alert = line.alert else { return nil }
        var parts = step(line).map { [style.dim($0)] } ?? []
        parts.append(
            alert.delivered.map { "delivered after \(Clock.duration($0))" } ?? style.warning("not delivered"))
        if let by = alert.by, let acknowledged = alert.acknowledged {
            parts.append("acknowledged after \(Clock.duration(acknowledged)) by \(by.printable)")
        } else if alert.purpose == .action || alert.by != nil {
            let person = person(line, style)
            parts.append(alert.by == nil && alert.state != .silenced ? "acknowledged by \(person)" : person)
        }
        if let persons = alert.onDuty {
            let names = persons.map(\.printable).joined(separator: ", ")
            parts.append(persons.isEmpty ? style.bad("nobody on duty") : "on duty: \(names)")
        }
        return parts.joined(separator: "; ")
    }

    // MARK: Both

    /// The rows, and of each whether another incident begins with it.
    private static func beginnings(_ readiness: Readiness) -> [(row: Readiness.Row, isFirst: Bool)] {
        var last: IncidentNumber?
        return readiness.rows.map { row in
            defer { last = row.incident }
            return (row, row.incident == nil || row.incident != last)
        }
    }

    private static func purpose(_ line: Readiness.Line, _ style: Style) -> String {
        line.alert.map { style.dim($0.purpose.rawValue) } ?? style.bad("never told")
    }

    /// Returns `step 1 after 3 s`; nil for whoever was told at once.
    private static func step(_ line: Readiness.Line) -> String? {
        guard let alert = line.alert, alert.escalation > 0 else { return nil }
        return "step \(alert.escalation) after \(Clock.duration(alert.told))"
    }

    private static func expectation(_ line: Readiness.Line, _ style: Style) -> String {
        guard let expected = line.expected, let isReached = line.isReached else { return "" }
        return yesOrNo("within \(Clock.exact(expected))", isReached, style)
    }

    private static func yesOrNo(_ what: String, _ isReached: Bool, _ style: Style) -> String {
        isReached ? style.good("\(what): yes") : style.bad("\(what): no")
    }

    /// Returns what whoever reports has come to: `refused, busy`, or `rated 2 of 5 by Li`.
    private static func words(_ answer: Readiness.Answer) -> String {
        switch answer.what {
        case .refusal(_, let came?): "refused, \(came.rawValue)"
        case .refusal(let wanted, nil): "to be refused, \(wanted.rawValue), and was not"
        case .rating(let rating):
            answer.isReached ? words(rating) : "not over, so not \(words(rating))"
        }
    }

    /// Returns `rated 2 of 5 by Li`.
    static func words(_ rating: Rating) -> String {
        "rated \(rating.score) of 5" + (rating.by.map { " by \($0.printable)" } ?? "")
    }
}
