import TocsinModel
import TocsinRouting

/// What follows a report that nobody answers, for people: a table of times to its end.
enum TimetableView {
    /// The most recipients that one line names; a rule may notify a thousand.
    private static let named = 12

    /// Returns the lines of an explanation's timetable after the first moment; none where nobody has to answer.
    static func lines(_ explanation: Explanation, style: Style) -> [String] {
        let timetable = explanation.timetable
        guard !timetable.unanswered.isEmpty else { return [] }
        let isDated = explanation.start != nil
        var table = Table(["after"] + (isDated ? ["at"] : []) + ["who", "", "why"])
        for moment in timetable.moments where moment.afterMilliseconds > 0 {
            let at = explanation.start.map { [Clock.near($0 + moment.after, now: explanation.at ?? Clock.now)] } ?? []
            let time = [Clock.exact(moment.after)] + at
            if !moment.overdue.isEmpty {
                table.add(cells: time + [names(moment.overdue), "should have acknowledged"])
            }
            for telling in moment.told {
                table.add(
                    cells: time + [
                        telling.recipient.name, style.accent(telling.isAgain ? "is told again" : "is told"),
                        reason(telling, explanation.routing),
                    ])
            }
        }
        let end = "then nobody else is told: still open, unanswered: \(names(timetable.unanswered))"
        let again = timetable.repetitions.map { repetition in
            "  from then on everybody of rule \(repetition.rule.printable) who has not answered is rung again every "
                + Clock.exact(repetition.every)
        }
        let title = "If nobody answers" + (explanation.silenced == nil ? "" : " when the silence is over")
        return ["", style.bold(title)] + table.lines(style: style, indent: 2) + again
            + explanation.routing.plans.compactMap(promise) + ["  " + style.dim(end)]
    }

    private static func promise(_ plan: Plan) -> String? {
        guard let within = plan.feedbackWithinMilliseconds, let again = plan.feedbackAgainMilliseconds else {
            return nil
        }
        return "  rule \(plan.rule.printable) promises whoever reported an answer within "
            + "\(Clock.exact(.milliseconds(within))): who has not resolved it then is rung again, and every "
            + "\(Clock.exact(.milliseconds(again))) after that"
    }

    private static func reason(_ telling: Timetable.Telling, _ routing: Routing) -> String {
        let watched = telling.plan.map { routing.plans[$0].watched.map { routing.addressees[$0].recipient } } ?? []
        return "step \(telling.step) of rule \(telling.rule.printable), which waits for \(names(watched))"
    }

    /// Returns the names of recipients, as far as one line has room for them.
    static func names(_ recipients: [Recipient]) -> String {
        let rest = recipients.count - named
        return recipients.prefix(named).map(\.name).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}
