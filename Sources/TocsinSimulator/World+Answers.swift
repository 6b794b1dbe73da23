import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Checks of the broker's messages against the records on disk when they leave.
extension World {
    /// Sends outputs that promise nothing.
    mutating func send(_ outputs: [ImmediateOutput], isRecovering: Bool) {
        for output in outputs {
            if case .refused(let endpoint, let peer, let subject, let refusal, let command, let number) = output {
                noteRefused(endpoint, peer, subject, refusal, command, number, isRecovering: isRecovering)
            }
            sendToActor(.immediate(output))
        }
    }

    /// Sends the outputs that a commit has promised.
    mutating func send(_ commit: borrowing Commit, isRecovering: Bool) {
        let last = ledger.lastPosition
        let before = commit.records.first.map { Position($0.position.value - 1) } ?? last
        let release = Release(before: before, last: last, isRecovering: isRecovering)
        if let record = commit.records.last {
            observer.expect(
                record.position <= last, .durable,
                "What rests on record \(record.position) is said before it is on disk.")
        }
        commit.forEachByConnection { output in
            check(output, release)
            sendToActor(.committed(output))
        }
    }

    private mutating func check(_ output: CommittedOutput, _ release: Release) {
        if let question = Question(answeredBy: output), let peer = Message.committed(output).peer {
            answer(peer, question)
        }
        if release.isRecovering {
            switch output {
            case .pong: break
            case .receipt, .progress, .ok, .rated, .reloaded, .silenced, .unsilenced, .reopened, .split, .joined,
                .alert, .confirmed, .taken, .subscribed, .subscriptions, .publish:
                observer.violate(.silent, "\(output)")
            }
        }
        switch output {
        case .receipt(_, let reference, let receipt): check(receipt, reference)
        case .progress(let peer, let incident, let progress):
            followings.hear(peer, incident, progress, release, ledger, &observer)
        case .ok(.reports, let peer, let subject):
            if let incident = SimulatedReporter.followed(subject) { followings.begin(peer, incident, release) }
        case .unsilenced(_, let reference):
            let line = SimulatedOperator.unsilenced(reference.text).flatMap { ledger.silences[$0] }
            observer.expect(
                line.map { $0.end < $0.silence.until } ?? false, .durable,
                "\(reference) is answered OK, and its silence stands on disk.")
        case .split(_, let reference, let answer): check(answer, reference)
        case .silenced(_, let reference, let number):
            observer.expect(
                ledger.silences[number] != nil, .durable, "\(reference) is answered \(number), which is not on disk.")
        case .reopened(_, let reference):
            let life = SimulatedOperator.reopened(reference.text).flatMap { ledger.incidents[$0] }?.life
            observer.expect(
                life.map { $0.reopenings > 0 } ?? false, .durable,
                "\(reference) is answered OK, and its incident was not opened again on disk.")
        case .ok(.control, _, let subject):
            let isClosed = SimulatedOperator.closed(subject).flatMap { ledger.incidents[$0] }?.life.isOpen == false
            observer.expect(isClosed, .durable, "\(subject) is answered OK, and its incident is open on disk.")
        case .ok(.alerts, let peer, _): deliveries.leave(peer)
        case .reloaded(_, let reference, _):
            let wanted = superintendent.editions[reference.text] ?? 0
            observer.expect(
                (wanted...max(wanted, edition)).contains { Town.files(edition: $0)?.texts == ledger.rules.texts },
                .durable,
                "\(reference) is answered OK, and no edition from \(wanted) on is on disk.")
        // Nobody rates here.
        case .pong, .rated: break
        case .joined(let peer, let recipient, let joined):
            deliveries.join(peer, recipient)
            guard release.before == release.last else { return }
            let undelivered = ledger.mailboxes[recipient]?.undelivered ?? 0
            observer.expect(
                joined.pending == undelivered, .agreed,
                "\(recipient) joins and has \(joined.pending) pending; there are \(undelivered).")
        case .alert(let peer, let alert):
            deliveries.send(alert, to: peer, credit: credit(of: peer), at: now, release, ledger, hearsay, &observer)
        case .confirmed(_, let recipient, let number, let state, _):
            let name = AlertName(recipient: recipient, number: number)
            let isKnown =
                ledger.words[name]?.contains { $0.state == state } ?? false
                || state == .cancelled && ledger.standDowns[name]?.contains { $0.state == .cancelled } ?? false
            observer.expect(isKnown, .durable, "\(state.rawValue) of \(name) is confirmed and is not on disk.")
        case .taken(_, let recipient, let number, let word):
            let name = AlertName(recipient: recipient, number: number)
            let isKnown = ledger.words[name]?.contains { $0.state.isTaken && $0.person == word.person } ?? false
            let hasStoodDown = ledger.standDowns[name]?.contains { record in
                if case .answered(let recipient, let by) = record.cause {
                    by == word.person.by && recipient.name == word.person.note
                } else {
                    false
                }
            }
            observer.expect(
                isKnown || hasStoodDown ?? false || word.state == .cancelled && ledger.isEnded(name, by: word.person),
                .durable,
                "\(word.person.by) has \(name), and that is not on disk.")
        case .subscribed(let peer, let recipient, _): checkSubscribed(peer, recipient)
        case .subscriptions(_, let recipient, let lines): check(lines, of: recipient)
        case .publish(let item, let position): wallboard.publish(item, at: position, ledger, &observer)
        }
    }

    /// Checks a receipt. Its incident must be on disk, with the same contents.
    private mutating func check(_ receipt: IncidentReceipt, _ reference: Reference) {
        guard let record = ledger.record(at: receipt.incident) else {
            return observer.violate(.durable, "A receipt names incident \(receipt.incident), which is not on disk.")
        }
        observer.expect(
            record == receipt.record && ledger.entries[Int(receipt.incident.value) - 1].at == receipt.storedAt,
            .durable,
            "The receipt of incident \(receipt.incident) says something else than the journal.")
        observer.expect(
            receipt.differs == (SimulatedReporter.body(of: reference, receipt.record.name) != record.report),
            .agreed, "The receipt of incident \(receipt.incident) says that it differs: \(receipt.differs).")
    }

    private mutating func noteRefused(
        _ endpoint: Endpoint, _ peer: Peer, _ subject: String, _ refusal: Refusal, _ command: CommandWord?,
        _ number: AlertNumber?, isRecovering: Bool
    ) {
        if let question = Question(refused: command, endpoint, subject: subject, number) { answer(peer, question) }
        switch refusal.code {
        case .unavailable:
            observer.expect(
                daemon?.pipeline.broker.standing != .sparing
                    || [.report, .reload, .subscribe, .split].contains(command), .spared,
                "\(command?.rawValue ?? "-") \(subject) is refused.")
        case .notJoined: deliveries.leave(peer)
        case .busy, .unknownRecipient, .invalid: break
        case .unknownIncident:
            observer.expect(!isRecovering, .silent, "\(subject) is refused \(refusal.code.rawValue).")
            let followed = SimulatedReporter.followed(subject).flatMap { ledger.incidents[$0] }
            observer.expect(followed == nil, .agreed, "\(subject) is refused, and there is such an incident.")
        case .unknownAlert:
            observer.expect(!isRecovering, .silent, "\(subject) is refused \(refusal.code.rawValue).")
            let name = Recipient(subject).flatMap { recipient in
                number.map { AlertName(recipient: recipient, number: $0) }
            }
            let isSent = name.map { deliveries.sent.contains($0) } ?? false
            observer.expect(!isSent, .agreed, "\(subject) \(number?.value ?? 0) is unknown, and was sent.")
        case .notPermitted where command == .subscribe: break
        case .malformed, .unsupported, .tooLarge, .notPermitted:
            observer.violate(.answered, "\(subject) is refused \(refusal.code.rawValue).")
        }
        if command == .follow, refusal.code == .unavailable, let incident = SimulatedReporter.followed(subject) {
            followings.refuse(peer, incident)
        }
    }

    /// Checks an answer. No question has two answers, and PONG comes after the answers to all earlier questions.
    mutating func answer(_ peer: Peer, _ question: Question) {
        if case .ping(let payload) = question {
            let open = questions.unanswered(peer, before: payload)
            observer.expect(open.isEmpty, .answered, "PONG \(payload) comes before the answers to \(open).")
        }
        let wasAsked = questions.answer(peer, question)
        observer.expect(wasAsked || question.isAnsweredUnasked, .answered, "\(question) has one answer too many.")
    }

    private func credit(of peer: Peer) -> Int {
        switch Connection(peer).actor {
        case .terminal(let index): terminals[index].credit
        case .reporter, .operator: 0
        }
    }
}
