import TocsinJournal
import TocsinModel
import TocsinSQLite
import TocsinWire

/// What somebody did, as a line or an object.
enum AuditView {
    /// The width in which the principal stands; a longer one moves the rest.
    private static let principalWidth = 16

    /// `2026-11-29 16:10:00  fire-desk         ACKNOWLEDGE fire 1, by Wang, desk 2`
    static func line(_ operation: JournalHistory.Operation, style: Style) -> String {
        let principal = (operation.entry.record.principal ?? "–").padded(to: principalWidth)
        return "\(style.dim(Clock.date(operation.entry.at)))  \(style.bold(principal))  \(words(operation))"
    }

    private static func words(_ operation: JournalHistory.Operation) -> String {
        switch operation.entry.record {
        case .incident(let incident):
            "REPORT, incident \(operation.entry.position): \(incident.severity.rawValue) \(incident.event.printable) "
                + "by \(incident.name.sender.printable), \(incident.name.identifier.printable)"
        case .received(let received): "RECEIVED \(received.recipient) \(NumberList(received.numbers))"
        case .personal(let personal):
            command(personal.state) + " \(personal.recipient) \(NumberList(personal.numbers))" + words(personal.person)
        case .closed(let closed): "CLOSE incident \(closed.incident)" + words(closed.person)
        case .rules(let record): words(record, operation.rules.map { RulesChange(from: $0.before, to: $0.now) })
        case .subscribed(let subscription):
            "SUBSCRIBE \(subscription.key.recipient) \(subscription.key.name.text.printable), for "
                + "\(subscription.purpose.rawValue)" + words(by: subscription.by) + ": \(subscription.when.printable)"
        case .unsubscribed(let unsubscribed):
            "UNSUBSCRIBE \(unsubscribed.key.recipient) \(unsubscribed.key.name.text.printable)"
                + words(by: unsubscribed.by)
        case .escalated: ""
        }
    }

    private static func command(_ state: AlertState) -> String {
        switch state {
        case .acknowledged: "ACKNOWLEDGE"
        case .declined: "DECLINE"
        default: "STATUS \(state.rawValue)"
        }
    }

    private static func words(by name: String?) -> String { name.map { ", by \($0.printable)" } ?? "" }

    private static func words(_ person: Person) -> String {
        ", by \(person.by.printable)" + (person.note.map { ": “\($0.printable)”" } ?? "")
    }

    private static func words(_ record: RulesRecord, _ change: RulesChange?) -> String {
        let closed = record.connectionsClosed.map { "; \(counted($0, "connection")) closed" } ?? ""
        guard let change else { return "RELOAD" + closed }
        return (change.isFirst ? "RELOAD, the first" : "RELOAD: " + change.phrase) + closed
    }

    /// `{"position":7,"at":T,"principal":"fire-desk","operation":"acknowledged","recipient":"fire","numbers":"1",…}`
    static func write(_ operation: JournalHistory.Operation, to json: inout JSONWriter) {
        let record = operation.entry.record
        json.object { json in
            json.member("position", operation.entry.position.value)
            json.member("at", operation.entry.at)
            json.member("principal", ifPresent: record.principal)
            json.member("operation", record.operation ?? "")
            switch record {
            case .incident(let incident):
                json.member("incident", operation.entry.position.value)
                json.member("sender", incident.name.sender)
                json.member("identifier", incident.name.identifier)
                json.member("event", incident.event)
                json.member("severity", incident.severity)
                json.member("status", incident.status)
            case .received(let received):
                json.member("recipient", received.recipient)
                json.member("numbers", "\(NumberList(received.numbers))")
            case .personal(let personal):
                json.member("recipient", personal.recipient)
                json.member("numbers", "\(NumberList(personal.numbers))")
                json.member("by", personal.person.by)
                json.member("note", ifPresent: personal.person.note)
            case .closed(let closed):
                json.member("incident", closed.incident.value)
                json.member("by", closed.person.by)
                json.member("note", ifPresent: closed.person.note)
            case .rules(let rules):
                if let change = operation.rules.map({ RulesChange(from: $0.before, to: $0.now) }) {
                    change.write(to: &json)
                }
                if let closed = rules.connectionsClosed { json.member("connectionsClosed", closed) }
            case .subscribed(let subscription):
                json.member("recipient", subscription.key.recipient)
                json.member("subscription", subscription.key.name.text)
                json.member("when", raw: [UInt8](subscription.when.utf8))
                json.member("purpose", subscription.purpose)
                json.member("by", ifPresent: subscription.by)
            case .unsubscribed(let unsubscribed):
                json.member("recipient", unsubscribed.key.recipient)
                json.member("subscription", unsubscribed.key.name.text)
                json.member("by", ifPresent: unsubscribed.by)
            case .escalated: break
            }
        }
    }
}
