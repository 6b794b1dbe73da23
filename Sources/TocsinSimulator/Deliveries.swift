import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// The alerts that leave the broker: their contents, their order, and the number that a terminal has at once.
struct Deliveries {
    /// Alerts that leave in the order of their numbers.
    private struct Order: Hashable {
        let recipient: Recipient
        let severity: Severity
        let isExercise: Bool
        /// The terminal that they go to; nil for all of the recipient together, of which each alert leaves once.
        var peer: Peer?

        var ofAllTerminals: Order {
            Order(recipient: recipient, severity: severity, isExercise: isExercise, peer: nil)
        }
    }

    private(set) var sent: Set<AlertName> = []
    private var lastFirstSent: [Order: AlertNumber] = [:]
    /// The connections that have joined, as the broker has them.
    private(set) var joined: [Peer: Recipient] = [:]
    /// The alerts that each connection has been sent and has not said RECEIVED of, with the number of times they had rung.
    private var outstanding: [Peer: [AlertName: UInt8]] = [:]
    /// The time at which the last alert left.
    private(set) var lastTime: Int64 = 0

    /// Checks an alert that leaves. Its incident must be on disk with the same contents, it must not be delivered yet,
    /// and no other alert may be due before it.
    mutating func send(
        _ alert: OutgoingAlert, to peer: Peer, credit: Int, at time: Int64, _ release: Release, _ ledger: Ledger,
        _ heard: Hearsay, _ observer: inout Observer
    ) {
        let name = AlertName(recipient: alert.recipient, number: alert.number)
        // What is owed again rings until the end, and so do the steps of a rule that begins anew.
        if alert.ring == 0, alert.escalation == 0 { lastTime = time }
        guard let known = ledger.alert(name), ledger.owners[name] == alert.incident else {
            return observer.violate(.durable, "\(name) is sent for incident \(alert.incident), and is not on disk so.")
        }
        observer.expect(
            known.purpose == alert.addressee.purpose && known.escalation == Int(alert.escalation)
                && known.rule == alert.addressee.rule, .agreed, "\(name) is sent, and is something else on disk.")
        if let delivered = ledger.deliveries[name], delivered <= release.before {
            observer.violate(.delivered, "\(name) is sent after record \(delivered), by which it was delivered.")
        }
        observer.expect(
            alert.ring > 0 || ledger.hushed[name] == nil, .hushed, "\(name) is sent, and a silence keeps it still.")
        if alert.attempt == 1, alert.ring == 0 { checkOrder(alert, name, to: peer, release, ledger, heard, &observer) }
        let isFirst = alert.attempt > 1 || outstanding[peer]?[name] != alert.ring
        observer.expect(isFirst, .delivered, "\(name) is sent to a terminal for the first time once more.")
        sent.insert(name)
        outstanding[peer, default: [:]][name] = alert.ring
        // An alert that another terminal has does not count.
        let count =
            outstanding[peer]?.keys.count {
                (ledger.alert($0)?.state.awaitsDelivery ?? true) && !heard.received.contains($0)
            }
            ?? 0
        observer.expect(count <= credit, .delivered, "A terminal with credit \(credit) has \(count) alerts.")
    }

    /// Checks the order. Within a severity the oldest alert comes first, at each terminal, and at all together when it has
    /// not been sent before. An alert must not precede a more severe one that has never been sent, and an exercise must
    /// not precede any that is none.
    private mutating func checkOrder(
        _ alert: OutgoingAlert, _ name: AlertName, to peer: Peer, _ release: Release, _ ledger: Ledger,
        _ heard: Hearsay, _ observer: inout Observer
    ) {
        let isExercise = alert.status == .exercise
        let order = Order(recipient: alert.recipient, severity: alert.severity, isExercise: isExercise, peer: peer)
        note(alert.number, in: order, &observer)
        if !sent.contains(name) { note(alert.number, in: order.ofAllTerminals, &observer) }
        for (number, incident) in ledger.incidents where number.position <= release.before {
            let isOtherExercise = incident.life.record.status == .exercise
            let comesFirst =
                isExercise == isOtherExercise ? incident.life.record.severity > alert.severity : isExercise
            guard comesFirst else { continue }
            for other in incident.life.alerts where other.recipient == alert.recipient && other.escalation == 0 {
                let otherName = AlertName(recipient: other.recipient, number: other.number)
                let rung = incident.changes.last { $0.change == Ledger.Change(event: .rung, alert: otherName) }
                guard max(ledger.givenBy[otherName] ?? .zero, rung?.position ?? .zero) <= release.before else {
                    continue
                }
                observer.expect(
                    !other.state.awaitsDelivery || sent.contains(otherName) || heard.received.contains(otherName),
                    isExercise == isOtherExercise ? .delivered : .undelayed,
                    "\(name) is sent before \(otherName), which comes first.")
            }
        }
    }

    /// Checks that an alert leaves after those with smaller numbers.
    private mutating func note(_ number: AlertNumber, in order: Order, _ observer: inout Observer) {
        if let last = lastFirstSent[order], last > number {
            observer.violate(
                .delivered, "\(order.recipient) \(number) is sent after \(last), both \(order.severity.rawValue).")
        }
        lastFirstSent[order] = number
    }

    /// Notes a terminal's RECEIVED.
    mutating func receive(_ peer: Peer, _ recipient: Recipient, _ numbers: NumberList) {
        guard let names = outstanding[peer] else { return }
        outstanding[peer] = names.filter { name, _ in
            name.recipient != recipient || !numbers.ranges.contains { $0.contains(name.number) }
        }
    }

    /// Notes that a connection joins, perhaps again. It owes nothing.
    mutating func join(_ peer: Peer, _ recipient: Recipient) {
        joined[peer] = recipient
        outstanding[peer] = nil
        lastFirstSent = lastFirstSent.filter { $0.key.peer != peer }
    }

    /// Notes that a connection has left, or was told that it has not joined.
    mutating func leave(_ peer: Peer) {
        joined[peer] = nil
        outstanding[peer] = nil
    }

    /// Notes that a connection is gone.
    mutating func lose(_ identity: PeerIdentity) {
        for peer in joined.keys where peer.identity == identity { leave(peer) }
    }

    /// Notes that the broker's state is dropped. The broker joins all connections again when the state is known.
    mutating func forgetJoined() {
        joined = [:]
    }

    /// Notes that the daemon is gone, and with it every connection.
    mutating func forgetAll() {
        joined = [:]
        outstanding = [:]
    }

    /// Checks that no alert waits while a terminal of its recipient has RECEIVED all that it was sent.
    func checkFlow(_ ledger: Ledger, _ heard: Hearsay, _ observer: inout Observer) {
        for (peer, recipient) in joined where outstanding[peer]?.isEmpty ?? true {
            for incident in ledger.incidents.values where incident.life.isOpen {
                for alert in incident.life.alerts where alert.recipient == recipient && alert.state.awaitsDelivery {
                    let name = AlertName(recipient: recipient, number: alert.number)
                    let isUnderWay = joined.keys.contains { outstanding[$0]?[name] != nil }
                    observer.expect(
                        isUnderWay || heard.received.contains(name), .flowing,
                        "\(name) waits, and a terminal of \(recipient) has nothing.")
                }
            }
        }
    }
}
