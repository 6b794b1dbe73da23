import TocsinCore
import TocsinJournal
import TocsinModel

/// The order of what people say, and of what is written down of it.
extension Ledger {
    /// Returns true if somebody has ended an alert's incident.
    func isEnded(_ name: AlertName, by person: Person) -> Bool {
        guard let owner = owners[name] else { return false }
        return entries.contains { entry in
            guard case .closed(let record) = entry.record else { return false }
            return record.incident == owner && record.person == person
        }
    }

    /// A word that comes after the end of its incident is not written down as if it had come before.
    func checkWords(in inbox: [Request], leadingTo records: ArraySlice<JournalEntry>, _ observer: inout Observer) {
        for end in records {
            guard case .closed(let closed) = end.record, let incident = incidents[closed.incident],
                let close = inbox.firstIndex(where: { $0.closes(closed.incident) })
            else { continue }
            let before = inbox[..<close].compactMap(\.word)
            for case (.personal(let said), let position) in records.lazy.map({ ($0.record, $0.position) })
            where position < end.position {
                for alert in incident.life.alerts where alert.recipient == said.recipient {
                    guard said.numbers.contains(where: { $0.contains(alert.number) }) else { continue }
                    let name = AlertName(recipient: alert.recipient, number: alert.number)
                    observer.expect(
                        before.contains(name), .agreed,
                        "\(said.state.rawValue) of \(name) is written down before the end of \(closed.incident).")
                }
            }
        }
    }
}

extension Request {
    /// The alert that a person speaks of.
    fileprivate var word: AlertName? {
        switch self {
        case .input(.acknowledge(_, let recipient, let number, _)), .input(.decline(_, let recipient, let number, _)),
            .input(.status(_, let recipient, let number, _, _)):
            AlertName(recipient: recipient, number: number)
        case .input, .reload, .signal: nil
        }
    }

    fileprivate func closes(_ incident: IncidentNumber) -> Bool {
        if case .input(.close(_, _, incident, _)) = self { true } else { false }
    }
}
