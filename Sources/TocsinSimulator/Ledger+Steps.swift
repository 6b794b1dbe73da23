import TocsinJournal
import TocsinModel
import TocsinWire

/// Checks that unanswered alerts take their steps, each in its time.
extension Ledger {
    /// The most milliseconds by which a step may be late while the machine runs. A tick after a pause waits until the
    /// input that the pause left is read.
    private static let slack: Int64 = 2100

    mutating func add(_ record: EscalatedRecord, _ entry: JournalEntry, _ observer: inout Observer) {
        observer.counts.escalations += 1
        guard let incident = incidents[record.incident], incident.plans.indices.contains(record.plan) else {
            return observer.violate(.escalated, "Incident \(record.incident) escalates and is not there.")
        }
        let made = madeAt[entry.position] ?? 0
        check(record, of: incident, madeAt: made, &observer)
        let name = AlertName(recipient: record.recipient, number: record.number)
        own(name, record.incident, &observer)
        noteChange(name, entry)
        update(record.incident, with: entry) { incident in
            incident.plans[record.plan].nextStep += 1
            incident.plans[record.plan].since = made
            incident.changes.append((entry.position, Change(event: .escalated, alert: name)))
        }
    }

    /// Checks a step. It must be taken in its turn and in its time, or after a decline, and not after everybody has
    /// answered.
    private func check(
        _ record: EscalatedRecord, of incident: Incident, madeAt: Int64, _ observer: inout Observer
    ) {
        let (plan, line) = (incident.life.plans[record.plan], incident.plans[record.plan])
        let what = "Incident \(record.incident), step \(record.step + 1)"
        guard record.step == line.nextStep, plan.steps.indices.contains(record.step) else {
            return observer.violate(.escalated, "\(what) is out of turn.")
        }
        observer.expect(incident.life.isOpen, .escalated, "\(what) was taken after the incident was closed.")
        observer.expect(plan.steps[record.step].to == record.recipient, .escalated, "\(what) goes elsewhere.")
        switch record.cause {
        case .unanswered:
            let due =
                (line.begun ?? incident.age.time - incident.age.age) + plan.steps[record.step].afterMilliseconds
            // After a start the time of a lapse, too, is known by the civil clock alone.
            let isTimely = madeAt >= due || line.begun != nil
            observer.expect(isTimely, .escalated, "\(what) was due at \(due) and was taken at \(madeAt).")
            let possible = max(due, line.since, servingSince)
            let latest = possible + Self.slack + pauses.length(from: possible, to: madeAt)
            observer.expect(
                madeAt <= latest || line.begun != nil, .escalated,
                "\(what) was due at \(due) and was taken at \(madeAt).")
            observer.expect(
                incident.life.isUnanswered(plan), .escalated, "\(what) was taken after an answer.")
        case .unattended:
            observer.expect(
                plan.unattendedAfterMilliseconds != nil && incident.life.isUnanswered(plan), .escalated,
                "\(what) was taken early, and no rule says so.")
        case .feedback:
            let age = incident.age.age + madeAt - incident.age.time
            observer.expect(
                age >= plan.feedbackWithinMilliseconds ?? .max && incident.life.owesFeedback, .escalated,
                "\(what) was taken for an answer that nobody owes.")
        case .declined:
            let concerned =
                incident.life.watched(by: plan)
                + incident.life.alerts.filter { $0.escalation > 0 && $0.rule == plan.rule }
            let isDeclined = concerned.contains { alert in
                words[AlertName(recipient: alert.recipient, number: alert.number)]?
                    .contains { $0.state == .declined } ?? false
            }
            observer.expect(isDeclined, .escalated, "\(what) was taken for a decline that nobody spoke.")
        }
    }

    /// Checks that every alert that nobody has taken on has been escalated to the end.
    func checkSteps(_ observer: inout Observer) {
        // The steps of a loss have five minutes, and may not be due.
        for (number, incident) in incidents.sorted(by: { $0.key < $1.key }) where !incident.life.record.isLoss {
            for (plan, line) in zip(incident.life.plans, incident.plans) where line.begun == nil {
                observer.expect(
                    !incident.life.isUnanswered(plan) || line.nextStep == plan.steps.count, .escalated,
                    "Incident \(number) is unanswered, and step \(line.nextStep + 1) was not taken.")
            }
        }
    }
}
