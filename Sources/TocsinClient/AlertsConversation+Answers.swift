import TocsinModel
import TocsinWire
import ZeroMQ

/// The broker's messages to a terminal.
extension AlertsConversation {
    mutating func hear(
        _ answer: AlertsAnswer, _ message: borrowing Incoming, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        switch answer {
        case .alert(let recipient, let number): alert(recipient, number, message)
        case .joined(let recipient): try joined(recipient, message, &line, now)
        case .confirmed(let recipient, let number, let state): try confirmed(recipient, number, state, &line, now)
        case .taken(let recipient, let number): taken(recipient, number, message)
        case .ok(let recipient):
            // Otherwise it is the answer to LEAVE.
            if try !answered(recipient, message, &line, now), let index = index(of: recipient) {
                members[index].hasLeft = true
            }
        case .refused(let recipient, let code): try refused(recipient, code, message, &line, now)
        case .ping(let payload):
            try line.sendPong(payload)
        case .pong: break
        }
    }

    private func index(of recipient: Recipient) -> Int? {
        members.firstIndex { $0.recipient == recipient }
    }

    private mutating func alert(_ recipient: Recipient, _ number: AlertNumber, _ message: borrowing Incoming) {
        guard let index = index(of: recipient) else { return }
        do throws(ClientError) {
            guard message.bodies >= 2 else { throw .malformedAnswer("ALERT without an envelope or a report.") }
            let envelope = try bodies.read(message.first) { try Envelope(json: $0) }
            // The member's own recipient gives all alerts one string, rather than one each.
            let alert = Alert(
                recipient: members[index].recipient, number: number, envelope: envelope, report: message.second.bytes,
                epoch: members[index].epoch)
            arrive(alert, at: index)
        } catch {
            events.yield(.malformed("ALERT \(recipient) \(number): \(error)"))
        }
    }

    private mutating func joined(
        _ recipient: Recipient, _ message: borrowing Incoming, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        guard let index = index(of: recipient) else { return }
        let joined = message.bodies > 0 ? try? bodies.read(message.first) { try Joined(json: $0) } : nil
        members[index].state = .joined
        members[index].attempts = 0
        members[index].heartbeat = joined.flatMap { joined in
            joined.heartbeatMilliseconds > 0 ? .milliseconds(joined.heartbeatMilliseconds) : nil
        }
        if let epoch = joined?.epoch {
            let known = members[index].epoch
            members[index].epoch = epoch
            if let known, known != epoch { forget(index) }
        }
        events.yield(.joined(recipient, pending: joined?.pending ?? 0, unanswered: joined?.unanswered ?? 0))
        guard members[index].mustRepeatWords else { return }
        members[index].mustRepeatWords = false
        for reference in words.references where words[reference]?.alert.recipient == index {
            try say(reference, &line, now)
        }
    }

    /// Forgets everything known by the numbers of another epoch, as the same numbers may now mean other alerts.
    private mutating func forget(_ index: Int) {
        arrivals.removeAll { $0.recipient == index }
        queue.forget(index)
        for reference in words.references {
            guard let word = words[reference], word.alert.recipient == index else { continue }
            wordsOfAlert[word.alert] = nil
            words.remove(reference)?.completion(.failure(ClientError.restored))
        }
        events.yield(.newEpoch(members[index].recipient))
    }

    /// True if a word is about an alert of another epoch, whose number may now mean another alert.
    func isOfAnotherEpoch(_ word: Word) -> Bool {
        guard let known = members[word.alert.recipient].epoch, let epoch = word.epoch else { return false }
        return epoch != known
    }

    private mutating func taken(_ recipient: Recipient, _ number: AlertNumber, _ message: borrowing Incoming) {
        do throws(ClientError) {
            guard message.bodies > 0 else { throw .malformedAnswer("TAKEN without a person.") }
            let word = try bodies.read(message.first) { try PersonalWord(json: $0, for: .taken) }
            events.yield(.taken(recipient, number, word))
        } catch {
            events.yield(.malformed("TAKEN \(recipient) \(number): \(error)"))
        }
    }

    private mutating func confirmed(
        _ recipient: Recipient, _ number: AlertNumber, _ state: AlertState, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        guard let reference = firstWord(recipient, number), let word = words[reference] else { return }
        // A word that was said twice is confirmed twice. The second confirmation is not the next word's.
        guard word.state.map({ $0 == state }) ?? state.isTaken else { return }
        try answer(reference, .success(state), &line, now)
    }

    private mutating func refused(
        _ recipient: Recipient?, _ code: RefusalCode, _ message: borrowing Incoming, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        let refused = bodies.refusal(code, message)
        guard try !askRefused(recipient, refused, &line, now) else { return }
        guard let recipient, let index = index(of: recipient) else {
            // A broker that does not know JOIN has no terminals at this endpoint, and will not get any.
            if code == .unsupported, members.contains(where: \.isWaiting) { return fail(refused.refusal) }
            events.yield(.refused(recipient, refused.refusal))
            return
        }
        switch refused.command {
        case .acknowledge, .decline, .status:
            try wordRefused(refused, index, &line, now)
        case .leave:
            members[index].hasLeft = true
        case .join:
            joinRefused(refused.refusal, index, now)
        default:
            if case .asked = members[index].state, refused.command == nil {
                joinRefused(refused.refusal, index, now)
            } else if code == .notJoined {
                try joinAgain(index, &line, now)
            } else {
                events.yield(.refused(recipient, refused.refusal))
            }
        }
    }

    private mutating func joinRefused(_ refusal: Refusal, _ index: Int, _ now: Instant) {
        events.yield(.refused(members[index].recipient, refusal))
        // `notJoined` as an answer to JOIN means that another program has joined under this terminal's name. Joining
        // again would throw that program out, and so on for ever.
        guard refusal.isPassing else { return fail(index, refusal) }
        members[index].attempts += 1
        members[index].state = .asked(again: now + refusal.wait(attempt: members[index].attempts, options))
    }

    /// Joins again, as the broker has lost this terminal. Asks only once.
    private mutating func joinAgain(_ index: Int, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard case .joined = members[index].state else { return }
        try join(index, &line, now)
    }
}

// MARK: - The words of people

extension AlertsConversation {
    /// Sends a word, unless an earlier one about the same alert has no answer yet.
    mutating func say(_ reference: Int64, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard let word = words[reference] else { return }
        guard case .joined = members[word.alert.recipient].state else {
            // Only after JOINED has told the epoch is it certain which alert the number means.
            members[word.alert.recipient].mustRepeatWords = true
            return words.noteSent(reference, again: nil)
        }
        guard wordsOfAlert[word.alert]?.first == reference else { return words.noteSent(reference, again: nil) }
        words.noteSent(reference, again: now + options.answerTimeout)
        line.header.begin(word.command)
        line.header.add(members[word.alert.recipient].recipient.name)
        line.header.add(word.alert.number.value)
        try line.send(word.person)
    }

    /// Gives the caller of a word its result, and sends the next word about the same alert.
    mutating func answer(
        _ reference: Int64, _ result: Result<AlertState, any Error>, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        guard let word = words.remove(reference) else { return }
        word.completion(result)
        let wasFirst = wordsOfAlert[word.alert]?.first == reference
        wordsOfAlert[word.alert]?.removeAll { $0 == reference }
        guard let next = wordsOfAlert[word.alert]?.first else {
            wordsOfAlert[word.alert] = nil
            return
        }
        if wasFirst { try say(next, &line, now) }
    }

    private func firstWord(_ recipient: Recipient, _ number: AlertNumber) -> Int64? {
        index(of: recipient).flatMap { wordsOfAlert[AlertName(recipient: $0, number: number)]?.first }
    }

    private mutating func wordRefused(
        _ refused: RefusedCommand, _ index: Int, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) {
        let recipient = members[index].recipient
        guard let number = refused.number, let reference = firstWord(recipient, number),
            words[reference]?.command == refused.command
        else {
            events.yield(.refused(recipient, refused.refusal))
            return
        }
        if refused.refusal.code == .notJoined {
            members[index].mustRepeatWords = true
            try joinAgain(index, &line, now)
        } else if refused.refusal.isPassing {
            words.postpone(reference, now: now) { [options] in refused.refusal.wait(attempt: $0, options) }
        } else {
            try answer(reference, .failure(ClientError.refused(refused.refusal)), &line, now)
        }
    }
}

extension ClientError {
    /// The refusal of a word about an alert of another epoch.
    static let restored = ClientError.refused(
        Refusal(.unknownAlert, "The broker's journal was restored from a backup. Say it of the alert that comes again.")
    )
}
