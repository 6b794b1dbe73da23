import TocsinCore
import TocsinModel
import TocsinWire

/// The operator asks for silence, and ends it.
extension World {
    /// Asks for silence of some reports for a while, or ends one that may stand.
    mutating func askForSilence() {
        superintendent.asked += 1
        let asked = superintendent.asked
        let connection = superintendent.connection
        let person = Person(by: "operator", note: "works")
        let standing = ledger.silences.filter { $0.value.end > wall }.keys.sorted()
        if let number = standing.first, random.chance(40) {
            let isStrange = profile.happens(.strangeNumbers, 30, using: &random)
            return end(isStrange ? Position(Int64(asked)) : number, by: person)
        }
        let when = Town.conditions[Int(random.pick(0...Int64(Town.conditions.count - 1)))]
        let silence = Silence(
            when: when, until: wall + .milliseconds(random.pick(1...40_000)), person: person,
            evenExtreme: random.chance(50))
        note("the operator asks for silence: \(when) until \(silence.until)")
        guard let reference = Reference("silence-\(asked)") else { return }
        sendToBroker(.silence(connection.peer, reference, silence), over: connection)
        // The answer is late, and it is sent again.
        if random.chance(20) { sendToBroker(.silence(connection.peer, reference, silence), over: connection) }
    }

    /// Ends every silence that stands.
    mutating func endSilences() {
        for number in ledger.silences.filter({ $0.value.end > wall }).keys.sorted() {
            end(number, by: Person(by: "operator", note: "It is quiet."))
        }
    }

    private mutating func end(_ number: Position, by person: Person) {
        note("the operator ends silence \(number)")
        superintendent.asked += 1
        guard let reference = Reference("unsilence-\(number)-\(superintendent.asked)") else { return }
        let connection = superintendent.connection
        sendToBroker(.unsilence(connection.peer, reference, number, person), over: connection)
    }
}

extension SimulatedOperator {
    /// Returns the silence that an UNSILENCE with this reference names.
    static func unsilenced(_ reference: String) -> Position? {
        let parts = reference.split(separator: "-")
        return parts.count == 3 && parts[0] == "unsilence" ? Int64(parts[1]).map { Position($0) } : nil
    }
}
