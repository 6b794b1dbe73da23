import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// The followers of each incident, and the changes that each has been told.
struct Followings {
    private struct Key: Hashable {
        let peer: Peer
        let incident: IncidentNumber
    }

    private struct Following {
        /// The bounds of the changes: those after `from` may be told, and those after `until` must be.
        var (from, until): (Position, Position)
        var told: [Ledger.Change: Int] = [:]
        /// True if OK has been said. A journal that fails takes it back, and the broker may go on telling.
        var isConfirmed = true
        /// True if changes may have been missed, because the journal has failed since.
        var hasGap = false
    }

    private var all: [Key: Following] = [:]
    /// The connections that the broker knows to be gone, perhaps before the answer to their FOLLOW has left.
    private var gone: Set<PeerIdentity> = []
    /// The answer to a FOLLOW whose first lines, with the states of all alerts, are still to come.
    private var listing: (key: Key, states: [AlertName: AlertState])?

    /// Notes that FOLLOW is answered OK.
    mutating func begin(_ peer: Peer, _ incident: IncidentNumber, _ release: Release) {
        let key = Key(peer: peer, incident: incident)
        listing = (key, [:])
        if all[key]?.isConfirmed ?? false { return }
        all[key] = Following(from: release.before, until: release.last)
    }

    /// Notes that FOLLOW is refused because the journal has failed.
    mutating func refuse(_ peer: Peer, _ incident: IncidentNumber) {
        let key = Key(peer: peer, incident: incident)
        if all[key] != nil { return }
        all[key] = Following(from: .zero, until: .zero, isConfirmed: false, hasGap: true)
    }

    /// Notes that a connection is gone and the broker knows it.
    mutating func leave(_ identity: PeerIdentity) {
        gone.insert(identity)
    }

    /// Notes that the journal has failed. Nobody is told of the changes under way.
    mutating func noteFailure() {
        for key in all.keys { all[key]?.hasGap = true }
    }

    /// Notes that the daemon is gone, and with it every connection.
    mutating func forgetAll() {
        all = [:]
        gone = []
        listing = nil
    }

    /// Checks a change that a follower is told.
    mutating func hear(
        _ peer: Peer, _ number: IncidentNumber, _ progress: Progress, _ release: Release, _ ledger: Ledger,
        _ observer: inout Observer
    ) {
        let key = Key(peer: peer, incident: number)
        let alert = progress.recipient.flatMap { recipient in
            progress.number.map { AlertName(recipient: recipient, number: $0) }
        }
        let what = "\(progress.event.word) of incident \(number)" + (alert.map { ", \($0)" } ?? "")
        guard let incident = ledger.incidents[number] else {
            return observer.violate(.followed, "Somebody is told \(what), which is not on disk.")
        }
        if isListed(key, progress, alert) {
            return checkListed(alert, progress, incident, release, ledger, &observer)
        }
        guard let following = all[key] else {
            return observer.violate(.followed, "Somebody is told \(what) and does not follow it, or no more.")
        }
        let change = Ledger.Change(event: progress.event, alert: alert)
        let told = (following.told[change] ?? 0) + 1
        all[key]?.told[change] = told
        switch progress.event {
        case .alert(.queued): observer.violate(.followed, "Somebody is told \(what), which is no change.")
        case .alert(.sent):
            observer.expect(
                alert.map { ledger.owners[$0] == number } ?? false, .followed, "Somebody is told \(what).")
        case .alert(.received):
            let isReceived = alert.flatMap { ledger.alert($0) }?.isReceived ?? false
            let rings = alert.flatMap { ledger.alert($0) }?.rings ?? 0
            observer.expect(
                isReceived && told <= 1 + rings, .followed, "Somebody is told \(what), \(told) times.")
        case .closed:
            observer.expect(!incident.life.isOpen, .followed, "Somebody is told \(what), and it is open.")
            checkComplete(key, incident, &observer)
            all[key] = nil
        case .alert, .escalated, .rung, .updated, .reopened, .split, .rated:
            let happened = incident.count(of: change, after: following.from)
            observer.expect(
                told <= happened, .followed, "Somebody is told \(what) \(told) times; it happened \(happened) times.")
        }
    }

    /// True if the change is one of the first lines after OK.
    private mutating func isListed(_ key: Key, _ progress: Progress, _ alert: AlertName?) -> Bool {
        guard case .alert(let state) = progress.event, let alert, progress.person == nil, let listing,
            listing.key == key, listing.states[alert] == nil
        else {
            if listing?.key.peer == key.peer { listing = nil }
            return false
        }
        self.listing?.states[alert] = state
        return true
    }

    /// Checks one of the first lines. If nothing was written meanwhile, the alert's state is the one on disk.
    private func checkListed(
        _ alert: AlertName?, _ progress: Progress, _ incident: Ledger.Incident, _ release: Release, _ ledger: Ledger,
        _ observer: inout Observer
    ) {
        guard release.before == release.last, let known = alert.flatMap({ ledger.alert($0) })?.state,
            case .alert(let state) = progress.event
        else { return }
        let isSame = state == known || !state.isDelivered && !known.isDelivered
        observer.expect(
            isSame, .followed,
            "Incident \(incident.life.number): \(alert?.description ?? "?") is said to be \(state.rawValue), and is "
                + "\(known.rawValue).")
    }

    /// Checks that a follower without a gap has been told every change.
    private func checkComplete(_ key: Key, _ incident: Ledger.Incident, _ observer: inout Observer) {
        guard let following = all[key], !following.hasGap, !gone.contains(key.peer.identity) else { return }
        // What is news of a closed incident is no change of it any more.
        let end = incident.life.isOpen ? nil : incident.changes.last { $0.change.event == .closed }?.position
        for change in Set(incident.changes.map(\.change)) where change.event != .closed {
            let happened = incident.count(of: change, after: following.until, through: end)
            let told = following.told[change] ?? 0
            observer.expect(
                told >= happened, .followed,
                "\(change.event.word) of incident \(key.incident), \(change.alert?.description ?? "-"), happened "
                    + "\(happened) times and was told \(told) times.")
        }
    }

    /// Checks, at rest, that every follower has been told every change, including the end of a closed incident.
    func checkAll(_ ledger: Ledger, _ observer: inout Observer) {
        for (key, following) in all where following.isConfirmed && !gone.contains(key.peer.identity) {
            guard let incident = ledger.incidents[key.incident] else { continue }
            observer.expect(
                incident.life.isOpen, .followed, "Incident \(key.incident) is closed, and a follower was not told.")
            checkComplete(key, incident, &observer)
        }
    }
}
