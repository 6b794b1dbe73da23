import TocsinJournal
public import TocsinModel
import TocsinWire

/// The handling of journal failures.
///
/// The outcome of the write under way is unknown, so nothing is answered as done. Waiting peers are refused. The state
/// is dropped and built again from the disk. A peer that sends again learns the outcome.
extension CommitPipeline {
    /// Notes that an append, a probe or a read of the journal has failed.
    ///
    /// - Returns: True if the journal was well before, so that the operator hears of it once.
    public mutating func failed(into turn: inout Turn) -> Bool {
        // A second failure of a failed journal changes nothing.
        guard broker.standing != .recovering else { return false }
        let wasWell = broker.isJournalAvailable
        giveUpState(for: .closed(until: turn.now.uptime), into: &turn)
        return wasWell
    }

    /// Notes that another process writes the journal now. It is not opened again, and requests are refused.
    ///
    /// - Returns: True if this is new, so that the operator hears of it once.
    public mutating func fenced(into turn: inout Turn) -> Bool {
        guard !isFenced else { return false }
        giveUpState(for: .fenced, into: &turn)
        return true
    }

    /// True if another process writes the journal now.
    public var isFenced: Bool {
        switch journal {
        case .out(.fenced): true
        case .out: false
        case .idle: false
        case .writing: false
        case .between: false
        }
    }

    private mutating func giveUpState(for outage: Outage, into turn: inout Turn) {
        var presence = broker.presence
        var state = JournalState.out(outage)
        swap(&state, &journal)
        // The gathered commit comes after the one being written, and its peers are refused in that order.
        let gathered = turn.takeCommit()
        switch consume state {
        case .writing(let parts): refuse(parts.commit.outputs, keeping: &presence, into: &turn)
        case .between(let parts): refuse(parts.commit.outputs, keeping: &presence, into: &turn)
        case .idle: break
        case .out: break
        }
        refuse(gathered.outputs, keeping: &presence, into: &turn)
        broker = Broker(recoveringFor: presence, files, broker.settings)
        snapshots.drop()
        giveUpReload(into: &turn)
    }

    /// Notes that the journal has been opened again and read. The state is what is on disk, and no records are taken
    /// before a probe.
    public mutating func reopened(_ recovered: Broker, snapshotPosition: Position, into turn: inout Turn) {
        let presence = broker.presence
        broker = recovered
        broker.standing = .refusing
        committedPosition = recovered.lastPosition
        snapshots = SnapshotSchedule(keptUpTo: snapshotPosition, interval: snapshots.interval)
        broker.attach(presence, into: &turn)
        journal = .out(.failing(until: turn.now.uptime + Self.restAfterFailure))
    }

    /// Notes that the journal could not be opened. It is tried again, and the state is unknown until then.
    public mutating func notReopened(now: Int64) {
        journal = .out(.closed(until: now + Self.restAfterFailure))
    }

    /// Notes that the journal writes again.
    public mutating func probed(into turn: inout Turn) {
        journal = .idle
        broker.standing = .serving
        // The record of the rules in force may have been in the commit that failed.
        adoptFiles(into: &turn)
    }

    /// Begins without taking records, because the journal could only be opened for reading. It must be called before the
    /// first turn. The journal is probed from time to time.
    public mutating func beginRefusing(now: Int64) {
        broker.standing = .refusing
        journal = .out(.failing(until: now + Self.restAfterFailure))
    }

    /// Notes whether the journal has room for new reports, or only its reserve for people's words.
    ///
    /// - Returns: True if that is new, so that the operator hears of it once.
    public mutating func noteRoom(isScarce: Bool) -> Bool {
        switch (broker.standing, isScarce) {
        case (.serving, true): broker.standing = .sparing
        case (.sparing, false): broker.standing = .serving
        case (.serving, false), (.sparing, true), (.refusing, _), (.recovering, _): return false
        }
        return true
    }

    /// Notes that there is still no room. Nothing has been written, so the state stands.
    public mutating func foundNoRoom(now: Int64) {
        journal = .out(.failing(until: now + Self.restAfterFailure))
    }

    /// Tells waiting peers that nothing of theirs is known to be stored: it may be, where it was being written.
    ///
    /// A follower of an incident that would have closed still follows it. An answer on the alerts endpoint that
    /// confirms earlier messages is sent when the state is known.
    private func refuse(_ outputs: [CommittedOutput], keeping presence: inout Presence, into turn: inout Turn) {
        for output in outputs {
            switch output {
            case .receipt(let peer, let reference, _):
                turn.refuse(.reports, peer, subject: reference.text, .notConfirmed, .report)
            case .confirmed(let peer, let recipient, let number, _, let command):
                turn.refuse(.alerts, peer, subject: recipient.name, .notConfirmed, command, number: number)
            case .rated(let peer, let reference, _):
                turn.refuse(.reports, peer, subject: reference.text, .notConfirmed, .rate)
            case .ok(.alerts, _, _), .pong(.alerts, _, _): presence.answers.append(output)
            case .ok(let endpoint, let peer, let subject):
                turn.refuse(endpoint, peer, subject: subject, .notConfirmed, endpoint == .control ? .close : .follow)
            case .reloaded(let peer, let reference, _):
                turn.refuse(.control, peer, subject: reference.text, .notConfirmed, .reload)
            case .silenced(let peer, let reference, _):
                turn.refuse(.control, peer, subject: reference.text, .notConfirmed, .silence)
            case .unsilenced(let peer, let reference):
                turn.refuse(.control, peer, subject: reference.text, .notConfirmed, .unsilence)
            case .reopened(let peer, let reference):
                turn.refuse(.control, peer, subject: reference.text, .notConfirmed, .reopen)
            case .split(let peer, let reference, _):
                turn.refuse(.control, peer, subject: reference.text, .notConfirmed, .split)
            case .subscribed(let peer, let recipient, let command):
                turn.refuse(.alerts, peer, subject: recipient.name, .notConfirmed, command)
            case .subscriptions(let peer, let recipient, _):
                turn.refuse(.alerts, peer, subject: recipient.name, .stateUnknown, .subscriptions)
            // On the other endpoints PONG says that earlier messages have been answered, and now they have.
            case .pong: turn.send(output)
            case .progress(let peer, let incident, let progress):
                if case .closed = progress.event { presence.addFollow(incident, peer) }
            case .alert, .joined, .publish, .taken: break
            }
        }
    }
}
