public import TocsinModel

extension Rating {
    /// Returns the person by whom an incident is opened again that was rated so.
    ///
    /// - Parameter sender: The sender of its report, for a rating that names nobody.
    public func person(orSender sender: String) -> Person {
        let reason = ["rated \(score) of 5", note].compactMap(\.self).joined(separator: ": ")
        return Person(by: by ?? sender, note: reason, principal: principal)
    }
}

/// The answer that rules promise whoever reported (`feedback-within`).
extension IncidentLife {
    /// Returns true if a plan watches an alert, or one of its steps brought it.
    package func concerns(_ plan: Plan, _ alert: Alert) -> Bool {
        watched(by: plan).contains { $0.recipient == alert.recipient && $0.number == alert.number }
            || alert.escalation > 0 && alert.rule.isIdentical(to: plan.rule)
    }

    /// Returns true if a plan has promised an answer, and an alert that it has brought is not resolved or cancelled.
    package func owesFeedback(_ alert: Alert, _ plan: Plan) -> Bool {
        plan.feedbackWithinMilliseconds != nil && alert.purpose == .action && !alert.state.isFinished
            && concerns(plan, alert)
    }

    /// True while an answer that a rule has promised was not given.
    public var owesFeedback: Bool { plans.contains(where: owesFeedback) }

    /// The time by which whoever reported is promised an answer: the earliest of those that are still owed, or of all if
    /// none is. It counts from the report, or from when the incident was opened again. Nil if no rule has promised one.
    public var feedbackBy: Timestamp? {
        let promises = plans.filter { $0.feedbackWithinMilliseconds != nil }
        let owed = promises.filter(owesFeedback)
        let times = (owed.isEmpty ? promises : owed).compactMap(\.feedbackWithinMilliseconds)
        return times.min().map { openedAt + .milliseconds($0) }
    }

    private func owesFeedback(_ plan: Plan) -> Bool { alerts.contains { owesFeedback($0, plan) } }
}
