public import TocsinJournal
public import TocsinModel
import TocsinWire

extension JournalEntry {
    /// Writes what somebody did as an object, for a record with an ``TocsinJournal/JournalRecord/operation``. Members that
    /// do not apply are missing.
    ///
    ///     {"position":7,"at":T,"principal":"fire-desk","operation":"acknowledged","recipient":"fire","numbers":"1",…}
    ///
    /// - Parameters:
    ///   - change: What a reload has changed; nil for anything else, and where that is not known.
    ///   - json: What it is written to.
    public func writeOperation(_ change: RulesChange?, to json: inout JSONWriter) {
        json.object { json in
            json.member("position", position.value)
            json.member("at", at)
            json.member("principal", ifPresent: record.principal)
            json.member("operation", record.operation ?? "")
            switch record {
            case .incident(let incident), .joined(let incident):
                json.member("incident", incident.news?.joinedReport?.incident.value ?? position.value)
                if let split = incident.split {
                    json.member("from", split.incident.value)
                    json.member("by", split.person.by)
                    json.member("note", ifPresent: split.person.note)
                }
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
            case .reopened(let reopened):
                json.member("incident", reopened.incident.value)
                json.member("by", reopened.person.by)
                json.member("note", ifPresent: reopened.person.note)
            case .rules(let rules):
                change?.write(to: &json)
                if let closed = rules.connectionsClosed { json.member("connectionsClosed", closed) }
                json.member("refusal", ifPresent: rules.refusal)
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
            case .rated(let rated):
                json.member("incident", rated.incident.value)
                json.member("score", rated.rating.score)
                json.member("by", ifPresent: rated.rating.by)
                json.member("note", ifPresent: rated.rating.note)
            case .silenced(let silence):
                json.member("silence", position.value)
                json.member("when", raw: [UInt8](silence.when.utf8))
                json.member("until", silence.until)
                if silence.evenExtreme { json.member("evenExtreme", true) }
                json.member("by", silence.person.by)
                json.member("note", ifPresent: silence.person.note)
            case .unsilenced(let unsilenced):
                json.member("silence", unsilenced.silence.value)
                json.member("by", unsilenced.person.by)
                json.member("note", ifPresent: unsilenced.person.note)
            case .escalated, .rung, .stoodDown, .removed: break
            }
        }
    }
}
