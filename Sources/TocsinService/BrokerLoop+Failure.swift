import Logging
import Systemd
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// What happens when the journal fails: the outcome is unknown, so nothing is answered as done. The state is dropped
/// and built again from what is on disk; then everybody who waited learns what became of it.
extension BrokerLoop {
    /// Between attempts to write again, in milliseconds.
    private static var probeInterval: Int64 { 1000 }

    /// Drops the journal and the state, and builds them again.
    ///
    /// - Throws: ``ServiceError/journal(_:)`` where the journal is damaged: opening it again would not mend that.
    mutating func recover(from error: JournalError, into turn: inout Turn) throws {
        if case .corrupt = error { throw ServiceError.journal(error) }
        if nextProbe == nil {
            logger.error("the journal cannot write; reports are refused until it can", metadata: ["error": "\(error)"])
            notify { try $0.status("The journal cannot write: \(error)") }
        }
        isProbing = false
        snapshot = nil
        let attachments = broker.attachments
        var waiting: [(last: Position, outputs: [CommittedOutput])] = []
        func wait(_ batch: consuming Batch) {
            waiting.append((batch.records.last?.position ?? .zero, batch.outputs))
        }
        if let batch = committing.take() { wait(batch) }
        wait(turn.takeBatch())
        journal?.stop()
        journal = nil
        broker.isJournalAvailable = false
        try giveUpAdoption(into: &turn)
        nextProbe = turn.now.uptime + Self.probeInterval
        guard try reopen(attachments, into: &turn) else {
            enterLimbo(attachments, into: &turn)
            return refuse(waiting.flatMap(\.outputs), into: &turn)
        }
        var isLost = false
        for (last, outputs) in waiting {
            // A batch without records rests on the ones before it: what is lost takes everything later with it.
            isLost = isLost || last > broker.lastPosition
            if isLost { refuse(outputs, into: &turn) } else { try settle(outputs) }
        }
    }

    /// Opens the journal anew after a probe that has failed; false when that is not possible.
    ///
    /// Nothing has been appended since the state was built from the disk, so the state stands: terminals that are
    /// joined are not told anything again each time that there is still no room.
    mutating func replaceJournal() -> Bool {
        journal?.stop()
        journal = nil
        do {
            let opened = try store.open()
            guard opened.lastPosition == broker.lastPosition else { return false }
            reader = try opened.reader()
            questionReader = try opened.reader()
            outbox.use(reader)
            journal = JournalThread(journal: opened, done: wakeUp)
            return true
        } catch {
            // Recovery, which follows, opens it again and logs why it cannot.
            return false
        }
    }

    /// Until the journal can be opened again there is no state: nothing that may be lost is said or sent.
    private mutating func enterLimbo(_ attachments: Attachments, into turn: inout Turn) {
        broker = Broker(rules: files.rules, directory: files.directory, settings: configuration.broker)
        broker.isJournalAvailable = false
        broker.attach(attachments, into: &turn)
    }

    /// Opens the journal and replays it; false when that is not possible yet.
    private mutating func reopen(_ attachments: Attachments, into turn: inout Turn) throws -> Bool {
        do {
            let recovered = try RecoveredJournal(
                RecoveredJournal.open(store), files: files, settings: configuration.broker, done: wakeUp)
            broker = recovered.broker
            broker.isJournalAvailable = false
            reader = recovered.reader
            questionReader = recovered.questionReader
            outbox.use(recovered.reader)
            journal = recovered.thread
            check = recovered.check
            snapshotPosition = recovered.snapshotPosition
            broker.attach(attachments, into: &turn)
            return true
        } catch ServiceError.journal(let error) {
            if case .corrupt = error { throw ServiceError.journal(error) }
            logger.error("the journal cannot be opened again yet", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Answers what waited for a commit that had failed and is on disk all the same.
    private mutating func settle(_ outputs: [CommittedOutput]) throws {
        for output in outputs {
            // The rebuilt broker sends alerts again by itself; what is answered here are the words of those who wait.
            switch output {
            case .alert, .joined, .publish, .progress, .taken: break
            case .receipt, .ok, .pong, .confirmed: try outbox.send(output, through: endpoints)
            }
        }
    }

    /// Tells those who wait that nothing of theirs was stored.
    private func refuse(_ outputs: [CommittedOutput], into turn: inout Turn) {
        for output in outputs {
            switch output {
            case .receipt(let peer, let reference, _):
                turn.refuse(.reports, peer, subject: reference.text, .journalUnavailable, .report)
            case .confirmed(let peer, let recipient, let number, let state):
                let command: CommandWord =
                    state == .acknowledged ? .acknowledge : state == .declined ? .decline : .status
                turn.refuse(.alerts, peer, subject: recipient.name, .journalUnavailable, command, number: number)
            case .ok(let endpoint, let peer, let subject):
                turn.refuse(endpoint, peer, subject: subject, .journalUnavailable, nil)
            case .alert, .joined, .publish, .progress, .taken, .pong: break
            }
        }
    }

    /// Sees whether the journal writes again; the answer comes from its thread.
    mutating func tryJournal(into turn: inout Turn) throws {
        guard !isProbing, committing == nil else { return }
        nextProbe = turn.now.uptime + Self.probeInterval
        if journal == nil { guard try reopen(broker.attachments, into: &turn) else { return } }
        isProbing = true
        journal?.probe()
    }
}
