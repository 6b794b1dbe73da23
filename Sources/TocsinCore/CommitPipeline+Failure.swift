import TocsinJournal
public import TocsinModel
import TocsinWire

/// What happens when the journal fails. The outcome of what was being written is unknown, so nothing is answered as done:
/// whoever waits is refused, the state is dropped and built again from what is on disk, and who sends again learns what
/// became of it.
extension CommitPipeline {
    /// The journal has failed: an append, a probe, or a read.
    ///
    /// - Returns: Whether it was well before, so that the operator hears of it once.
    public mutating func failed(into turn: inout Turn) -> Bool {
        // A second failure of what has failed already changes nothing.
        guard broker.standing != .recovering else { return false }
        let wasWell = broker.standing == .serving
        giveUpState(for: .closed(until: turn.now.uptime), into: &turn)
        return wasWell
    }

    /// Somebody else writes the journal now: nothing of it is opened again, and whoever asks is refused.
    ///
    /// - Returns: Whether that is new, so that the operator hears of it once.
    public mutating func fenced(into turn: inout Turn) -> Bool {
        guard !isFenced else { return false }
        giveUpState(for: .fenced, into: &turn)
        return true
    }

    /// Whether somebody else writes the journal now.
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
        // What has been gathered comes after what was being written, and is told so.
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

    /// The journal has been opened again and read: the state is what is on disk, and no records are taken before a probe.
    public mutating func reopened(_ recovered: Broker, snapshotPosition: Position, into turn: inout Turn) {
        let presence = broker.presence
        broker = recovered
        broker.standing = .refusing
        committedPosition = recovered.lastPosition
        snapshots = SnapshotSchedule(keptUpTo: snapshotPosition, interval: snapshots.interval)
        broker.attach(presence, into: &turn)
        journal = .out(.failing(until: turn.now.uptime + Self.restAfterFailure))
    }

    /// The journal could not be opened: it is tried again, and nothing is known until then.
    public mutating func notReopened(now: Int64) {
        journal = .out(.closed(until: now + Self.restAfterFailure))
    }

    /// The journal writes again.
    public mutating func probed(into turn: inout Turn) {
        journal = .idle
        broker.standing = .serving
        // The record of the rules in force may have been in the commit that failed.
        adoptFiles(into: &turn)
    }

    /// There is still no room. Nothing has been written, so the state stands.
    public mutating func foundNoRoom(now: Int64) {
        journal = .out(.failing(until: now + Self.restAfterFailure))
    }

    /// Tells those who wait that nothing of theirs is known to be stored. Whoever would have heard that an incident has
    /// closed follows it still, and what says that all before it has been dealt with is said when that is known.
    private func refuse(_ outputs: [CommittedOutput], keeping presence: inout Presence, into turn: inout Turn) {
        for output in outputs {
            switch output {
            case .receipt(let peer, let reference, _):
                turn.refuse(.reports, peer, subject: reference.text, .journalUnavailable, .report)
            case .confirmed(let peer, let recipient, let number, let state):
                let command: CommandWord =
                    state == .acknowledged ? .acknowledge : state == .declined ? .decline : .status
                turn.refuse(.alerts, peer, subject: recipient.name, .journalUnavailable, command, number: number)
            case .ok(.alerts, _, _), .pong(.alerts, _, _): presence.answers.append(output)
            case .ok(let endpoint, let peer, let subject):
                turn.refuse(endpoint, peer, subject: subject, .journalUnavailable, nil)
            // There it says that what came before has been answered, and now it has.
            case .pong: turn.send(output)
            case .progress(let peer, let incident, let progress):
                if case .closed = progress.event { presence.addFollow(incident, peer) }
            case .alert, .joined, .publish, .taken: break
            }
        }
    }
}
