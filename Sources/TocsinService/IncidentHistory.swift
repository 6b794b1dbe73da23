import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// One incident's whole timeline, as the journal has it.
struct IncidentHistory {
    /// One alert and where it stands.
    private struct Line {
        let recipient: Recipient
        let number: AlertNumber
        let purpose: Purpose
        let rule: String
        let acknowledgeBy: Timestamp?
        let note: String?
        let escalation: Int
        var state: AlertState
    }

    /// One change.
    private struct Change {
        let at: Timestamp
        let word: String
        var line: Int?
        var person: Person?
        var escalated: EscalatedRecord?
    }

    let number: IncidentNumber
    let record: IncidentRecord
    private let storedAt: Timestamp
    private var lines: [Line] = []
    private var changes: [Change] = []

    /// Folds a timeline; nil unless it begins with the incident itself.
    init?(_ number: IncidentNumber, _ timeline: [JournalEntry]) {
        guard let first = timeline.first, case .incident(let record) = first.record else { return nil }
        self.number = number
        self.record = record
        storedAt = first.at
        changes.append(Change(at: first.at, word: "stored"))
        lines = record.alerts.map { alert in
            Line(
                recipient: alert.recipient, number: alert.number, purpose: alert.purpose, rule: alert.rule,
                acknowledgeBy: alert.addressee.acknowledgeWithinMilliseconds.map { first.at + .milliseconds($0) },
                note: alert.addressee.note, escalation: 0, state: .queued)
        }
        for entry in timeline.dropFirst() { add(entry) }
    }

    private mutating func add(_ entry: JournalEntry) {
        switch entry.record {
        case .incident, .rules: break
        case .received(let received):
            change(.received, received.recipient, received.numbers, at: entry.at, person: nil)
        case .personal(let personal):
            change(personal.state, personal.recipient, personal.numbers, at: entry.at, person: personal.person)
        case .escalated(let escalated):
            let plan = record.plans.indices.contains(escalated.plan) ? record.plans[escalated.plan] : nil
            lines.append(
                Line(
                    recipient: escalated.recipient, number: escalated.number, purpose: .action, rule: plan?.rule ?? "",
                    acknowledgeBy: plan.map { entry.at + .milliseconds($0.acknowledgeWithinMilliseconds) }, note: nil,
                    escalation: escalated.step + 1, state: .queued))
            changes.append(Change(at: entry.at, word: "escalated", line: lines.count - 1, escalated: escalated))
        case .closed(let closed):
            for index in lines.indices where !lines[index].state.isFinished { lines[index].state = .cancelled }
            changes.append(Change(at: entry.at, word: "closed", person: closed.person))
        }
    }

    private mutating func change(
        _ state: AlertState, _ recipient: Recipient, _ numbers: [ClosedRange<AlertNumber>], at: Timestamp,
        person: Person?
    ) {
        for index in lines.indices
        where lines[index].recipient == recipient && numbers.contains(where: { $0.contains(lines[index].number) }) {
            // As in the broker: what is finished stays so, and a machine's word never takes back a person's.
            let old = lines[index].state
            if !old.isFinished, state.isPersonal || !old.isDelivered { lines[index].state = state }
            changes.append(Change(at: at, word: state.rawValue, line: index, person: person))
        }
    }

    /// Writes the answer to INCIDENT.
    func write(
        to json: inout JSONWriter, isOpen: Bool, directory: Directory, explanation: Explanation?
    ) {
        json.object { json in
            json.member("incident", number.value)
            json.member("open", isOpen)
            json.member("storedAt", storedAt)
            json.member("report", raw: record.report)
            json.array("alerts") { json in
                for line in lines { write(line, directory.label(of: line.recipient), to: &json) }
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

    private func write(_ line: Line, _ title: String?, to json: inout JSONWriter) {
        json.object { json in
            json.member("recipient", line.recipient)
            json.member("title", ifPresent: title)
            json.member("number", line.number.value)
            json.member("purpose", line.purpose)
            json.member("rule", line.rule)
            json.member("acknowledgeBy", ifPresent: line.acknowledgeBy)
            json.member("note", ifPresent: line.note)
            json.member("escalation", line.escalation)
            json.member("state", line.state)
        }
    }

    private func write(_ change: Change, to json: inout JSONWriter) {
        json.object { json in
            json.member("at", change.at)
            json.member("state", change.word)
            if let line = change.line {
                json.member("recipient", lines[line].recipient)
                json.member("number", lines[line].number.value)
            }
            if let escalated = change.escalated, let line = change.line {
                json.member("rule", lines[line].rule)
                json.member("step", escalated.step + 1)
                json.member("cause", escalated.cause)
            }
            json.member("by", ifPresent: change.person?.by)
            json.member("note", ifPresent: change.person?.note)
        }
    }
}

extension Directory {
    /// What people call a mailbox, in both languages; nil for one that does not exist.
    func label(of recipient: Recipient) -> String? {
        title(of: recipient).map { "\($0.chinese) \($0.english)" }
    }
}
