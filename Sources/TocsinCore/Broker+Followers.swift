import TocsinJournal
import TocsinModel
import TocsinWire

/// Telling followers and the feed of changes.
extension Broker {
    /// FOLLOW: sends the state of every alert, then each change until the incident closes.
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
        if !followers.isFollowing(peer, number), let refusal = refusalToFollow(peer, now: turn.now) {
            return refuse(peer, .reports, reference.text, refusal, .follow, into: &turn)
        }
        addFollower(peer, of: number, now: turn.now)
        turn.send(.ok(.reports, peer, subject: reference.text))
        for alert in incident.alerts {
            let progress = Progress(
                event: .alert(alert.state), at: turn.now.wall, recipient: mailboxes[alert.mailbox.index].recipient,
                number: alert.number)
            turn.send(.progress(peer, number, progress))
        }
    }

    /// Returns the reason why a connection cannot follow one more incident, or nil if it can.
    private mutating func refusalToFollow(_ peer: Peer, now: Moment) -> Refusal? {
        guard followers.count(of: peer.identity) < Limits.followsPerConnection else {
            return Refusal(
                .busy, "This connection follows \(Limits.followsPerConnection) incidents; no connection follows more.",
                retryAfterMilliseconds: 1000)
        }
        guard followers.count >= settings.limits.followers else { return nil }
        // Some followers may be gone. The first part of them is checked at once, the last one within a heartbeat.
        nextFollowerCheck = min(nextFollowerCheck, now.uptime)
        return Refusal(
            .busy, "Too many incidents are followed.",
            retryAfterMilliseconds: followerParts == 1 ? 1000 : Int(settings.heartbeatMilliseconds))
    }

    mutating func addFollower(_ peer: Peer, of number: IncidentNumber, now: Moment) {
        if followers.isEmpty { nextFollowerCheck = now.uptime + followerCheckInterval }
        followers.add(peer, number)
    }

    /// The number of followers that are checked together. It is small for the same reason as `sessionsTogether`:
    /// reports wait for all of them.
    private static let followersTogether = 8

    /// The number of parts in which all followers are checked, once in a heartbeat.
    private var followerParts: Int {
        max(1, min(Int(settings.heartbeatMilliseconds), followers.connectionCount / Self.followersTogether))
    }

    /// The time between checking one part of the followers and the next, in milliseconds.
    var followerCheckInterval: Int64 { max(1, settings.heartbeatMilliseconds / Int64(followerParts)) }

    /// Pings the next part of the followers. Nobody need answer: the socket tells which of them cannot be reached, and
    /// those stop following. Otherwise a follower that is gone would stay until its incident changes.
    mutating func checkFollowers(into turn: inout Turn) {
        let count = (followers.connectionCount + followerParts - 1) / followerParts
        for peer in followers.next(count) { turn.send(now: .ping(.reports, peer)) }
    }

    /// Tells followers and the feed of a change.
    func announce(_ number: IncidentNumber, _ progress: Progress, into turn: inout Turn) {
        if !followers.isEmpty {
            for peer in followers.peers(of: number) { turn.send(.progress(peer, number, progress)) }
        }
        if turn.feedIsWatched { publish(.state(number, progress), into: &turn) }
    }

    /// Returns true if anybody would hear of a change to this incident.
    func isObserved(_ number: IncidentNumber, in turn: borrowing Turn) -> Bool {
        turn.feedIsWatched || (!followers.isEmpty && followers.isFollowed(number))
    }

    /// Tells of the incidents that this turn has closed, and forgets their followers.
    mutating func announceClosed(into turn: inout Turn) {
        guard !turn.justClosed.isEmpty else { return }
        for number in turn.justClosed {
            announce(number, Progress(event: .closed, at: turn.now.wall), into: &turn)
            if !followers.isEmpty { followers.remove(number) }
        }
        turn.justClosed.removeAll(keepingCapacity: true)
    }

    /// Puts a new incident and its alerts on the feed.
    func publishIncident(_ number: IncidentNumber, _ record: IncidentRecord, into turn: inout Turn) {
        guard turn.feedIsWatched else { return }
        let facts = FeedItem.Facts(
            category: record.category, severity: record.severity, grid: record.grid, storedAt: turn.now.wall)
        publish(.incident(number, facts, recipients: record.alerts.map(\.recipient)), into: &turn)
        for alert in record.alerts {
            publish(
                .alert(number, facts, alert.recipient, alert.number, alert.purpose, escalation: 0), into: &turn)
        }
    }

    /// Puts an item on the feed.
    func publish(_ item: FeedItem, into turn: inout Turn) {
        turn.sendLazily(.publish(item, at: lastPosition))
    }

    /// CLOSE: an operator ends an incident. Alerts that are still owed are cancelled.
    mutating func close(
        _ peer: Peer, _ reference: Reference, _ number: IncidentNumber, _ person: Person, into turn: inout Turn
    ) {
        guard isJournalAvailable else {
            return refuse(peer, .control, reference.text, .journalUnavailable, .close, into: &turn)
        }
        guard isOpen(number) else {
            let refusal = Refusal(.unknownIncident, "There is no open incident \(number).")
            return refuse(peer, .control, reference.text, refusal, .close, into: &turn)
        }
        end(number, by: person, into: &turn)
        announceClosed(into: &turn)
        turn.send(.ok(.control, peer, subject: reference.text))
    }

    /// Records that somebody ends an incident, and tells of the alerts that are cancelled, also those who have them. ``announceClosed(into:)`` must
    /// follow.
    mutating func end(_ number: IncidentNumber, by person: Person, into turn: inout Turn) {
        guard let incident = incidents[number] else { return }
        // What a silence keeps still nobody has heard of.
        let isKeptStill = hushed[number] != nil
        record(.closed(ClosedRecord(incident: number, person: person)), into: &turn)
        for alert in incident.alerts where !alert.isSettled {
            let progress = Progress(
                event: .alert(.cancelled), at: turn.now.wall, recipient: mailboxes[alert.mailbox.index].recipient,
                number: alert.number, person: person)
            announce(number, progress, into: &turn)
            guard alert.state != .queued, alert.state != .silenced || !isKeptStill else { continue }
            tellOthers(nil, alert.mailbox, alert.number, person, state: .cancelled, into: &turn)
        }
    }
}
