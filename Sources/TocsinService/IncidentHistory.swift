import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The whole timeline of an incident, as the journal has it, for the answer to INCIDENT.
struct IncidentHistory {
    /// A change in the timeline.
    private struct Change {
        let at: Timestamp
        let word: String
        /// The alert's index, or nil for the incident as a whole.
        var alert: Int?
        var person: Person?
        /// Whose connection brought it.
        var principal: String?
        var cause: Cause?
        var rating: Rating?
        /// An Update or a Cancel of the incident.
        var news: (number: IncidentNumber, record: IncidentRecord)?
        /// What keeps the alert still.
        var silencing: Silencing?
    }

    /// Why the broker has told somebody by itself.
    private struct Cause {
        /// The rule; nil where the alert itself has it, or no rule does it.
        var rule: String?
        /// The step, from 1 on; nil for a repetition.
        var step: Int?
        var word: String
        var late: Int64?
    }

    private(set) var life: IncidentLife
    private var changes: [Change] = []
    /// When the answer was given that whoever reported was promised.
    private var feedbackAt: Timestamp?

    /// Folds a timeline. Nil unless it begins with the incident itself.
    init?(_ timeline: [JournalEntry]) {
        guard let first = timeline.first, let life = IncidentLife(first) else { return nil }
        self.life = life
        changes.append(Change(at: first.at, word: "stored", principal: life.record.principal))
        for entry in timeline.dropFirst() { add(entry) }
    }

    private mutating func add(_ entry: JournalEntry) {
        let (wasOpen, owedFeedback) = (life.isOpen, life.owesFeedback)
        guard let named = life.apply(entry) else { return }
        if owedFeedback != life.owesFeedback { feedbackAt = owedFeedback ? entry.at : nil }
        switch entry.record {
        case .incident(let record):
            return changes.append(
                Change(
                    at: entry.at, word: record.split == nil ? "updated" : "split", person: record.split?.person,
                    principal: record.split.map(\.person.principal) ?? record.principal,
                    news: (IncidentNumber(entry.position), record)))
        // They are counted, and stand in a list of their own.
        case .joined: return
        case .rules, .subscribed, .unsubscribed, .silenced, .unsilenced, .removed: break
        case .received(let received):
            changes += named.map {
                Change(
                    at: entry.at, word: AlertState.received.rawValue, alert: $0, principal: received.principal)
            }
        case .personal(let personal):
            changes += named.map {
                Change(
                    at: entry.at, word: personal.state.rawValue, alert: $0, person: personal.person,
                    principal: personal.person.principal)
            }
        case .escalated(let escalated):
            let cause = Cause(
                rule: rule(escalated.plan), step: escalated.step + 1, word: escalated.cause.rawValue,
                late: escalated.lateMilliseconds)
            changes += named.map { Change(at: entry.at, word: "escalated", alert: $0, cause: cause) }
        case .rung(let rung):
            let cause = Cause(
                rule: rung.plan.flatMap(rule), step: rung.step.map { $0 + 1 }, word: rung.cause.rawValue,
                late: rung.lateMilliseconds)
            changes += named.map { Change(at: entry.at, word: "rung", alert: $0, cause: cause) }
        case .stoodDown(let stoodDown):
            changes += named.map { index in
                var change = Change(at: entry.at, word: stoodDown.state.rawValue, alert: index)
                switch stoodDown.cause {
                case .answered(let recipient, let by): change.person = Person(by: by, note: recipient.name)
                case .silenced(let silencing): change.silencing = silencing
                }
                return change
            }
        case .reopened(let reopened):
            return changes.append(
                Change(
                    at: entry.at, word: "reopened", person: reopened.person, principal: reopened.person.principal))
        case .closed(let closed):
            return changes.append(
                Change(at: entry.at, word: "closed", person: closed.person, principal: closed.person.principal))
        case .rated(let rated):
            return changes.append(
                Change(at: entry.at, word: "rated", principal: rated.rating.principal, rating: rated.rating))
        }
        // Without an operator it closes by the last word that was owed.
        if wasOpen, !life.isOpen { changes.append(Change(at: entry.at, word: "closed")) }
    }

    private func rule(_ plan: Int) -> String? {
        life.record.plans.indices.contains(plan) ? life.record.plans[plan].rule : nil
    }

    /// Writes the answer to INCIDENT. `duty` gives who is on duty for a mailbox now, who stands beside each alert that
    /// waits for somebody's word, and `label` gives a mailbox's name for people.
    func write(
        to json: inout JSONWriter, isOpen: Bool, explanation: Explanation?, duty: (Recipient) -> Duty?,
        label: (Recipient) -> String?
    ) {
        json.object { json in
            json.member("incident", life.number.value)
            json.member("open", isOpen)
            json.member("storedAt", life.storedAt)
            json.member("grid", ifPresent: life.record.grid)
            json.member("feedbackBy", ifPresent: life.feedbackBy)
            json.member("feedbackAt", ifPresent: feedbackAt)
            life.record.news?.writeMembers(to: &json)
            writeJoined(to: &json)
            json.member("report", raw: life.record.report)
            json.array("alerts") { json in
                for alert in life.alerts {
                    let isWaiting = isOpen && alert.state.isUnanswered(for: alert.purpose)
                    write(alert, label(alert.recipient), isWaiting ? duty(alert.recipient) : nil, to: &json)
                }
            }
            json.array("timeline") { json in
                for change in changes { write(change, to: &json) }
            }
            if let explanation {
                json.key("explanation")
                explanation.write(to: &json)
            }
        }
    }

    /// Writes the count of the happening's reports, how many were taken out, and the newest that have joined, newest first.
    private func writeJoined(to json: inout JSONWriter) {
        if let split = life.record.split { json.member("splitFrom", split.incident.value) }
        guard !life.joined.isEmpty else { return }
        json.member("reports", life.reportCount - life.splits.count)
        json.array("joinedReports") { json in
            for joined in life.joined.suffix(Limits.listedReports).reversed() {
                json.object { json in
                    json.member("record", joined.record.value)
                    json.member("count", joined.count)
                    json.member("at", joined.at)
                    json.member("severity", joined.severity)
                    json.member("sender", joined.name.sender)
                    json.member("identifier", joined.name.identifier)
                    if joined.isTold { json.member("update", joined.record.value) }
                    json.member("splitInto", ifPresent: life.splits[joined.record]?.value)
                }
            }
        }
    }

    private func write(
        _ alert: IncidentLife.Alert, _ title: String?, _ duty: Duty?, to json: inout JSONWriter
    ) {
        json.object { json in
            json.member("recipient", alert.recipient)
            json.member("title", ifPresent: title)
            json.member("number", alert.number.value)
            json.member("purpose", alert.purpose)
            json.member("rule", alert.rule)
            json.rules(alert.rule, alert.otherRules)
            json.member("acknowledgeBy", ifPresent: alert.acknowledgeBy)
            json.member("note", ifPresent: alert.note)
            json.member("escalation", alert.escalation)
            if alert.rings > 0 { json.member("rings", alert.rings) }
            json.member("state", alert.state)
            duty?.write(to: &json)
        }
    }

    private func write(_ change: Change, to json: inout JSONWriter) {
        json.object { json in
            json.member("at", change.at)
            json.member("state", change.word)
            if let index = change.alert {
                json.member("recipient", life.alerts[index].recipient)
                json.member("number", life.alerts[index].number.value)
            }
            if let cause = change.cause {
                json.member("rule", ifPresent: cause.rule)
                if let step = cause.step { json.member("step", step) }
                json.member("cause", cause.word)
                json.member("lateMs", ifPresent: cause.late)
            }
            change.silencing?.writeMembers(to: &json)
            if let rating = change.rating { json.member("score", rating.score) }
            if let (number, record) = change.news {
                json.member("news", number.value)
                json.member("msgType", ifPresent: record.news?.type)
                json.member("joined", ifPresent: record.news?.joined.map { Int64($0) })
                json.member("severity", record.severity)
                json.member("sender", record.name.sender)
                json.member("identifier", record.name.identifier)
            }
            json.member("by", ifPresent: change.person?.by ?? change.rating?.by)
            json.member("note", ifPresent: change.person?.note ?? change.rating?.note)
            json.member("principal", ifPresent: change.principal)
        }
    }
}

extension Directory {
    /// Returns a mailbox's name for people, in both languages, or nil if there is no such mailbox.
    func label(of recipient: Recipient) -> String? {
        title(of: recipient).map { "\($0.chinese) \($0.english)" }
    }
}
