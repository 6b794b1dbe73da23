import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Checks that alerts ring again when they must, and when they may.
extension Ledger {
    mutating func add(_ record: RungRecord, _ entry: JournalEntry, _ observer: inout Observer) {
        observer.counts.rings += 1
        let name = AlertName(recipient: record.recipient, number: record.number)
        guard let incident = incidents[record.incident], owners[name] == record.incident, let alert = alert(name) else {
            return observer.violate(.escalated, "\(name) rings again and is not there.")
        }
        let what = "The ring of \(name), \(record.cause.rawValue),"
        observer.expect(
            incident.life.isOpen && (alert.purpose == .action || record.cause == .lifted) && !alert.state.isFinished,
            .escalated,
            "\(what) comes after the end.")
        check(record, alert, of: incident, entry, what, &observer)
        let made = madeAt[entry.position] ?? 0
        noteChange(name, entry)
        if !alert.state.awaitsDelivery { noteRung(name) }
        update(record.incident, with: entry) { incident in
            incident.changes.append((entry.position, Change(event: .rung, alert: name)))
            for plan in incident.plans.indices {
                let isRinging = record.plan == plan
                if isRinging, let step = record.step { incident.plans[plan].nextStep = step + 1 }
                if isRinging { incident.plans[plan].since = made }
                guard record.beginsAnew, incident.life.concerns(incident.life.plans[plan], alert) else {
                    continue
                }
                incident.plans[plan].nextStep = 0
                incident.plans[plan].begun = made
                incident.plans[plan].since = made
            }
        }
    }

    private func check(
        _ record: RungRecord, _ alert: IncidentLife.Alert, of incident: Incident, _ entry: JournalEntry, _ what: String,
        _ observer: inout Observer
    ) {
        let plans = incident.life.plans
        if let index = record.plan, let step = record.step {
            guard plans.indices.contains(index), step == incident.plans[index].nextStep,
                plans[index].steps.indices.contains(step)
            else { return observer.violate(.escalated, "\(what) is out of turn.") }
            return observer.expect(
                plans[index].steps[step].to == record.recipient, .escalated, "\(what) goes elsewhere.")
        }
        let name = AlertName(recipient: record.recipient, number: record.number)
        let last = changes[name] ?? (0, entry.at)
        let (made, concerned) = (madeAt[entry.position] ?? 0, plans.filter { incident.life.concerns($0, alert) })
        // After a start the broker knows the time by the civil clock alone, which may have been set.
        let passed =
            servingSince > last.at
            ? .max : max(made - last.at, entry.at.milliseconds - last.wall.milliseconds)
        switch record.cause {
        case .unanswered:
            let every =
                record.plan.map { plans[$0].steps.last?.repeatMilliseconds ?? .max }
                ?? Town.settings.remindAfter.wholeMilliseconds
            // A repetition counts from the last one of the plan, which may have found nobody at this alert.
            observer.expect(record.plan != nil || passed >= every, .escalated, "\(what) came after \(passed) ms.")
            observer.expect(
                alert.state == .received || alert.state == .declined, .escalated,
                "\(what) is of an alert that is \(alert.state.rawValue).")
        case .silent:
            let after = concerned.compactMap(\.reopenAfterMilliseconds).min() ?? .max
            let isRecalled = alert.state == .silenced
            observer.expect(
                isRecalled || alert.state.isInHand && passed >= after, .escalated,
                "\(what) came after \(passed) ms, \(alert.state.rawValue).")
        case .declined:
            observer.expect(alert.state == .silenced, .escalated, "\(what) is of one that was not stood down.")
        case .unattended: observer.violate(.escalated, "\(what) is of no step.")
        case .feedback:
            let isRecalled = record.plan == nil && alert.state == .silenced
            let promised = record.plan.flatMap { plans[$0].feedbackWithinMilliseconds } ?? .max
            let age = incident.age.age + made - incident.age.time
            observer.expect(
                isRecalled || alert.state != .silenced && age >= promised, .escalated,
                "\(what) came after \(age) ms, \(alert.state.rawValue).")
        case .lifted:
            observer.expect(alert.state == .silenced, .hushed, "\(what) is of one that was not kept still.")
            checkLifted(name, entry, &observer)
        }
    }

    mutating func add(_ record: StoodDownRecord, _ entry: JournalEntry, _ observer: inout Observer) {
        observer.counts.standDowns += 1
        let name = AlertName(recipient: record.recipient, number: record.number)
        guard let incident = incidents[record.incident], owners[name] == record.incident, let alert = alert(name) else {
            return observer.violate(.escalated, "\(name) is stood down and is not there.")
        }
        if case .silenced(let silencing) = record.cause {
            check(silencing, of: record, entry, &observer)
            return noteStanding(record, name, entry)
        }
        let watching = incident.life.plans.filter { incident.life.watched(by: $0).contains(alert) }
        let isEnough = watching.allSatisfy { plan in
            plan.requirement == .any
                && incident.life.watched(by: plan).contains {
                    record.state == .silenced ? $0.state.isInHand : $0.state == .resolved
                }
        }
        observer.expect(
            isEnough && !watching.isEmpty && alert.purpose == .action, .escalated,
            "\(name) is stood down, and nobody else has answered.")
        noteStanding(record, name, entry)
    }

    private mutating func noteStanding(_ record: StoodDownRecord, _ name: AlertName, _ entry: JournalEntry) {
        noteStoodDown(name, record)
        update(record.incident, with: entry) { incident in
            incident.changes.append((entry.position, Change(event: .alert(record.state), alert: name)))
        }
    }

    /// Checks, after a long quiet, that no alert was left in peace for too long that somebody has and must answer.
    func checkRings(at now: Int64, _ observer: inout Observer) {
        for (number, incident) in incidents where incident.life.isOpen && !incident.life.record.isLoss {
            for alert in incident.life.alerts where alert.purpose == .action {
                let name = AlertName(recipient: alert.recipient, number: alert.number)
                let passed = now - (changes[name]?.at ?? 0)
                let concerned = incident.life.plans.filter { incident.life.concerns($0, alert) }
                let within = concerned.map(\.acknowledgeWithinMilliseconds).max() ?? 300_000
                let longest = max(Town.settings.remindAfter.wholeMilliseconds, within) + Self.roundOfPatrol
                observer.expect(
                    alert.state != .received || passed <= longest, .escalated,
                    "Incident \(number): \(name) is unanswered and did not ring for \(passed) ms.")
                guard let after = concerned.compactMap(\.reopenAfterMilliseconds).min() else { continue }
                observer.expect(
                    !alert.state.isInHand || passed <= after + Self.roundOfPatrol, .escalated,
                    "Incident \(number): \(name) was taken \(passed) ms ago, and nobody has asked since.")
            }
        }
    }

    /// Checks, after a long quiet, that each answer that is promised and due was asked for, not too long ago.
    func checkFeedback(at now: Int64, _ observer: inout Observer) {
        for (number, incident) in incidents where incident.life.isOpen {
            let age = incident.age.age + now - incident.age.time
            for plan in incident.life.plans {
                guard let within = plan.feedbackWithinMilliseconds, let again = plan.feedbackAgainMilliseconds,
                    age > within + Self.roundOfPatrol
                else { continue }
                let owing = incident.life.alerts.filter {
                    incident.life.owesFeedback($0, plan) && $0.state != .silenced && $0.state != .declined
                }
                for alert in owing {
                    let name = AlertName(recipient: alert.recipient, number: alert.number)
                    let passed = now - (changes[name]?.at ?? 0)
                    observer.expect(
                        passed <= again + Self.roundOfPatrol, .escalated,
                        "Incident \(number): \(name) owes a promised answer, and was left in peace for \(passed) ms.")
                }
            }
        }
    }

    /// The patrol comes by within a minute, and a step may be late.
    private static let roundOfPatrol: Int64 = 65_000
}
