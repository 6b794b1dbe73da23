import TocsinModel
import TocsinRouting

/// What keeps a report's alerts still, and what it joins, for people.
enum OutlookView {
    /// Returns a line for each of both that an explanation has.
    static func lines(_ explanation: Explanation, style: Style) -> [String] {
        let now = explanation.at ?? Clock.now
        return [
            explanation.silenced.map { style.warning(phrase($0, now: now)) },
            explanation.correlates.map(phrase),
        ].compactMap { $0.map { "  " + $0 } }
    }

    private static func phrase(_ silenced: Explanation.Silenced, now: Timestamp) -> String {
        let told = TimetableView.names(silenced.told)
        return "kept still by \(SilenceView.phrase(silenced.silencing, now: now))"
            + (told.isEmpty ? ": nobody is told before" : "; told at once all the same: \(told)")
    }

    private static func phrase(_ correlates: Explanation.Correlates) -> String {
        switch correlates {
        case .happenings(let names, let within):
            let list = names.map { "“\($0.printable)”" }.joined(separator: " or ")
            let time = Clock.exact(.milliseconds(within))
            return "joins an open incident of the happening \(list), if one was reported in the last \(time)"
        case .rule(let correlation, let lacks):
            let rule = "rule \(correlation.rule.printable)"
            guard lacks.isEmpty else {
                let fields = lacks.map { "no \($0.rawValue)" }.joined(separator: " and ")
                return "joins no incident: \(rule) correlates by \(correlation.words), and the report has \(fields)"
            }
            return "joins an open incident of the same \(correlation.words), if \(rule) has told of one"
        }
    }
}
