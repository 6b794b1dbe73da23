import JournalContract
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

extension Harness {
    /// Joins recipients, each with one terminal of its name.
    mutating func stay(_ recipients: String...) {
        for recipient in recipients { join(recipient, as: recipient) }
    }

    /// Lets time pass while all terminals that have joined give signs of life.
    mutating func stayAwake(_ duration: Duration) {
        var left = duration.wholeMilliseconds
        while left > 0 {
            let part = min(left, 2000)
            advance(.milliseconds(part))
            for name in ["fire", "police", "gas", "leader", "chief"] { handle(.heard(Scene.peer(name))) }
            left -= part
        }
    }

    /// Says RECEIVED of everything that a recipient has been sent.
    mutating func receivedAll(_ recipient: String) {
        let numbers = alerts.filter { $0.recipient == recipient }.map(\.number.value)
        guard let first = numbers.min(), let last = numbers.max() else { return }
        received(recipient, first...last, by: recipient)
    }

    /// What has rung again so far: "fire 1 unanswered".
    var rung: [String] {
        store.entries.compactMap {
            guard case .rung(let ring) = $0.record else { return nil }
            return "\(ring.recipient) \(ring.number) \(ring.cause.rawValue)"
        }
    }

    /// Whom the terminals were told to have it: "police 1 Wang fire".
    var takers: [String] {
        committed.compactMap {
            guard case .taken(_, let recipient, let number, let word) = $0 else { return nil }
            return "\(recipient) \(number) \(word.person.by) \(word.person.note ?? "-")"
        }
    }

    /// The number of the last incident.
    var last: IncidentNumber {
        store.entries.reduce(IncidentNumber(1)) { last, entry in
            if case .incident = entry.record { IncidentNumber(entry.position) } else { last }
        }
    }

    /// The states of the last incident's alerts, by the journal.
    var states: [String] {
        var life: IncidentLife?
        for entry in store.entries {
            if let begun = IncidentLife(entry) { life = begun } else { life?.apply(entry) }
        }
        return life?.alerts.map(\.state.rawValue) ?? []
    }
}
