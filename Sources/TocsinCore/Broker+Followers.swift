import TocsinJournal
import TocsinModel
import TocsinWire

/// A field client that wants to know how an incident goes on.
struct Follower: Hashable {
    let peer: Peer
}

/// Who is told of changes: followers and the feed.
extension Broker {
    /// FOLLOW: says how every alert stands, then each change until the incident closes.
    mutating func follow(
        _ peer: Peer, _ reference: Reference, _ number: IncidentNumber, isStored: Bool, into turn: inout Turn
    ) {
        guard let incident = incidents[number] else {
            guard isStored else {
                let refusal = Refusal(.unknownIncident, "There is no incident \(number).")
                return refuse(peer, .reports, reference.text, refusal, .follow, into: &turn)
            }
            turn.send(.ok(.reports, peer, subject: reference.text))
            return turn.send(.progress(peer, number, Progress(event: .closed, at: turn.now.wall)))
        }
        guard followerCount < settings.limits.followers else {
            let refusal = Refusal(.busy, "Too many incidents are followed.", retryAfterMilliseconds: 1000)
            return refuse(peer, .reports, reference.text, refusal, .follow, into: &turn)
        }
        let follower = Follower(peer: peer)
        if !(followers[number]?.contains(follower) ?? false) {
            followers[number, default: []].append(follower)
            followerCount += 1
        }
        turn.send(.ok(.reports, peer, subject: reference.text))
        for alert in incident.alerts {
            let progress = Progress(
                event: .alert(alert.state), at: turn.now.wall, recipient: mailboxes[alert.mailbox.index].recipient,
                number: alert.number)
            turn.send(.progress(peer, number, progress))
        }
    }

    /// Forgets everything that a connection followed.
    mutating func stopFollowing(_ identity: PeerIdentity) {
        for (number, list) in followers {
            let rest = list.filter { $0.peer.identity != identity }
            followerCount -= list.count - rest.count
            followers[number] = rest.isEmpty ? nil : rest
        }
    }

    /// Tells followers and the feed of a change.
    func announce(_ number: IncidentNumber, _ progress: Progress, into turn: inout Turn) {
        if !followers.isEmpty, let list = followers[number] {
            for follower in list { turn.send(.progress(follower.peer, number, progress)) }
        }
        if turn.feedIsWatched { publish(.state(number, progress), into: &turn) }
    }

    /// Whether anybody would hear of a change to this incident.
    func isObserved(_ number: IncidentNumber, in turn: borrowing Turn) -> Bool {
        turn.feedIsWatched || (!followers.isEmpty && followers[number] != nil)
    }

    /// Tells of the incidents that this turn has closed, and forgets their followers.
    mutating func announceClosed(into turn: inout Turn) {
        guard !turn.justClosed.isEmpty else { return }
        for number in turn.justClosed {
            announce(number, Progress(event: .closed, at: turn.now.wall), into: &turn)
            if !followers.isEmpty, let list = followers.removeValue(forKey: number) { followerCount -= list.count }
        }
        turn.justClosed.removeAll(keepingCapacity: true)
    }

    /// Puts a new incident and its alerts on the feed.
    func publishIncident(_ number: IncidentNumber, _ record: IncidentRecord, into turn: inout Turn) {
        guard turn.feedIsWatched else { return }
        let place = FeedItem.Place(
            category: record.category, severity: record.severity, grid: record.grid, storedAt: turn.now.wall)
        publish(.incident(number, place, recipients: record.alerts.map(\.recipient)), into: &turn)
        for alert in record.alerts {
            publish(
                .alert(number, place, alert.recipient, alert.number, alert.purpose, escalation: 0), into: &turn)
        }
    }

    /// Puts an item on the feed.
    func publish(_ item: FeedItem, into turn: inout Turn) {
        turn.sendLazily(.publish(item, at: lastPosition))
    }

    /// CLOSE: an operator ends an incident; what is still owed is cancelled.
    mutating func close(
        _ peer: Peer, _ reference: Reference, _ number: IncidentNumber, _ person: Person, into turn: inout Turn
    ) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .close, into: &turn)
        }
        guard let incident = incidents[number] else {
            let refusal = Refusal(.unknownIncident, "There is no open incident \(number).")
            return refuse(peer, .control, reference.text, refusal, .close, into: &turn)
        }
        record(.closed(ClosedRecord(incident: number, person: person)), into: &turn)
        for alert in incident.alerts where !alert.isSettled {
            let progress = Progress(
                event: .alert(.cancelled), at: turn.now.wall, recipient: mailboxes[alert.mailbox.index].recipient,
                number: alert.number, person: person)
            announce(number, progress, into: &turn)
        }
        announceClosed(into: &turn)
        turn.send(.ok(.control, peer, subject: reference.text))
    }
}
