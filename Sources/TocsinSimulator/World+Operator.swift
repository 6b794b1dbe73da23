import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The operator, who closes incidents and rewrites the files.
struct SimulatedOperator {
    var connection = Connection(actor: .operator)
    /// The number of requests so far.
    var asked = 0
    /// The edition of the files at the time of each RELOAD, by reference.
    var editions: [String: Int] = [:]

    /// Returns the incident that a CLOSE with this reference names.
    static func closed(_ reference: String) -> IncidentNumber? { number(in: reference, of: "close") }

    /// Returns the incident that a REOPEN with this reference names.
    static func reopened(_ reference: String) -> IncidentNumber? { number(in: reference, of: "reopen") }

    private static func number(in reference: String, of command: Substring) -> IncidentNumber? {
        let parts = reference.split(separator: "-")
        return parts.count == 3 && parts[0] == command ? Int64(parts[1]).map { IncidentNumber($0) } : nil
    }
}

extension World {
    /// Closes an open incident, or one by a number that may not exist.
    mutating func closeSomething() {
        if random.chance(40), reopenSomething() { return }
        let open = ledger.incidents.values.filter(\.life.isOpen).map(\.life.number).sorted()
        var number = open.isEmpty ? nil : open[Int(random.pick(0...Int64(open.count - 1)))]
        if profile.happens(.strangeNumbers, 30, using: &random) { number = anyNumber() }
        guard let number else { return }
        superintendent.asked += 1
        note("the operator closes \(number)")
        guard let reference = Reference("close-\(number)-\(superintendent.asked)") else { return }
        let person = Person(by: "operator", note: "It is over.")
        let connection = superintendent.connection
        sendToBroker(.close(connection.peer, reference, number, person), over: connection)
        if random.chance(50) { ping(.control, connection) }
        // What is said meanwhile is handled in one turn with it.
        if profile.happens(.pauses, 50, using: &random) { ledger.pauses.add(random.pick(20...200), from: now) }
        // The people at the terminals may know it, too.
        for terminal in terminals.indices where random.chance(50) {
            events.add(.finish(terminal: terminal), at: now + random.pick(0...10))
        }
    }

    /// Opens an incident again that has closed, if there is one; now and then one that is open.
    private mutating func reopenSomething() -> Bool {
        let isAny = random.chance(10)
        let numbers = ledger.incidents.values.filter { isAny || !$0.life.isOpen }.map(\.life.number).sorted()
        guard !numbers.isEmpty else { return false }
        let number = numbers[Int(random.pick(0...Int64(numbers.count - 1)))]
        guard let life = ledger.incidents[number]?.life else { return false }
        superintendent.asked += 1
        note("the operator opens \(number) again")
        guard let reference = Reference("reopen-\(number)-\(superintendent.asked)") else { return false }
        let connection = superintendent.connection
        sendToBroker(
            .reopen(connection.peer, reference, life, Person(by: "operator", note: "It is not over.")),
            over: connection)
        return true
    }

    /// Returns a number that an incident may have, may get soon, or will never have.
    mutating func anyNumber() -> IncidentNumber {
        IncidentNumber(random.pick(1...ledger.lastPosition.value + 4))
    }

    /// Returns a number that may belong to an incident whose record is being written.
    mutating func nextNumber() -> IncidentNumber { IncidentNumber(ledger.lastPosition.value + random.pick(1...3)) }

    /// Writes the next edition of the files, perhaps with a mistake, and has it read. In the calm it asks again until
    /// the files are in force.
    mutating func writeFiles() {
        if !isCalm {
            edition += Int(random.pick(1...4))
            if Town.files(edition: edition) != nil { goodEdition = edition }
        }
        note("the operator has edition \(edition) read")
        if random.chance(20), !isCalm { return deliver(.signal) }
        askForReload()
        if random.chance(30) { askForReload() }
    }

    private mutating func askForReload() {
        superintendent.asked += 1
        guard let reference = Reference("reload-\(superintendent.asked)") else { return }
        superintendent.editions[reference.text] = edition
        sendToBroker(.reload(superintendent.connection.peer, reference), over: superintendent.connection)
    }

    mutating func hearOperator(_ message: Message) {
        switch message {
        case .immediate(.refused(_, _, let subject, let refusal, let command, _)):
            note("the operator is refused \(subject) \(refusal.code.rawValue)")
            if refusal.code == .unavailable { observer.counts.refusedUnavailable += 1 }
            if refusal.code == .invalid, command == .reload { observer.counts.refusedFiles += 1 }
            if isCalm, command == .reload { events.add(.reload, at: now + 2000) }
        case .immediate, .committed: break
        }
    }

    /// Asks for a sign of life. The answer says that all earlier messages have been dealt with.
    mutating func ping(_ endpoint: Endpoint, _ connection: Connection) {
        observer.counts.pings += 1
        sendToBroker(.ping(endpoint, connection.peer, "ping-\(observer.counts.pings)"), over: connection)
    }
}

// MARK: - Reading the files

extension World {
    /// Begins to read the current files.
    mutating func readFiles() {
        note("edition \(edition) is being read")
        if let daemon { daemon.subscriptionsAtReading = daemon.pipeline.broker.subscriptions }
        events.add(.daemon(.filesRead(edition: edition), incarnation: incarnation), at: now + random.pick(5...3000))
    }

    /// Hands over the files that have been read. They go on their way into force, or are refused.
    mutating func finishReadingFiles(_ edition: Int) {
        let refusal = Refusal(.invalid, "There is a mistake in it.")
        var files = Town.files(edition: edition)
        // The subscriptions are read with the files, or when they come into force.
        if let rules = files?.rules, let daemon, random.chance(70) {
            daemon.subscriptionsAtReading.read(by: rules)
            files?.subscriptions = daemon.subscriptionsAtReading
        }
        let result: Result<RuleFiles, Refusal> = files.map { .success($0) } ?? .failure(refusal)
        var end: ReloadEnd?
        takeTurn { daemon, turn in end = daemon.pipeline.filesRead(result, into: &turn) }
        if end?.readAgain == true { readFiles() }
    }

    /// Ends a reload, and answers everybody who asked before the files were read, once their record is on disk.
    mutating func finish(_ end: ReloadEnd?, into turn: inout Turn) {
        guard let end else { return }
        if let (now, before) = end.adopted {
            note("edition \(Town.edition(of: now)) is in force in place of \(Town.edition(of: before))")
            observer.counts.reloads += 1
            for (peer, reference, _) in end.askers {
                turn.send(.reloaded(peer, reference, []))
                let wanted = superintendent.editions[reference.text] ?? 0
                observer.expect(
                    Town.edition(of: now) >= wanted, .reloaded,
                    "\(reference) is answered OK with edition \(Town.edition(of: now)), and asked for \(wanted).")
            }
        }
        if end.readAgain { readFiles() }
    }
}
