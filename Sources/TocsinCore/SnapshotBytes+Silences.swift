import TocsinModel

// Silences in a snapshot: see the extension of ``Broker`` that makes them.

extension ByteBuffer {
    mutating func append(_ silences: [SilenceLine]) {
        appendNumber(UInt64(silences.count))
        for line in silences {
            appendSigned(line.number.value)
            appendText(line.silence.when)
            appendSigned(line.silence.until.milliseconds)
            appendText(line.silence.person.by)
            append(ifPresent: line.silence.person.note)
            append(ifPresent: line.silence.person.principal)
            append(line.silence.evenExtreme ? 1 : 0)
        }
    }

    mutating func append(_ hushed: HushedIncidents) {
        appendNumber(UInt64(hushed.count))
        for (incident, silencing) in hushed.sorted {
            appendSigned(incident.value)
            appendSigned(silencing.until.milliseconds)
            switch silencing.source {
            case .silence(let number):
                append(0)
                appendSigned(number.value)
            case .window(let name):
                append(1)
                appendText(name)
            }
        }
    }
}

extension SnapshotReader {
    mutating func silence() throws(SnapshotDamage) -> (number: Position, silence: Silence) {
        let number = Position(try signed())
        let (when, until) = (try text(), Timestamp(milliseconds: try signed()))
        let person = Person(by: try text(), note: try textIfPresent(), principal: try textIfPresent())
        return (number, Silence(when: when, until: until, person: person, evenExtreme: try byte() == 1))
    }

    mutating func hushed() throws(SnapshotDamage) -> (incident: IncidentNumber, silencing: Silencing) {
        let incident = IncidentNumber(try signed(from: 1))
        let until = Timestamp(milliseconds: try signed())
        let source: Silencing.Source = try byte() == 0 ? .silence(Position(try signed())) : .window(try text())
        return (incident, Silencing(source, until: until))
    }
}
