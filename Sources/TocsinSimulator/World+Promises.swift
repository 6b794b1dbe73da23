import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// Checks of the daemon at rest, and at the end.
extension World {
    /// Checks the state after each turn. If nothing is under way, it equals the fold of the journal, and everybody has
    /// an answer.
    mutating func checkState(_ daemon: SimulatedDaemon) {
        observer.expect(
            daemon.pipeline.committedPosition <= ledger.lastPosition, .durable,
            "The broker believes \(daemon.pipeline.committedPosition) on disk, and \(ledger.lastPosition) are.")
        guard daemon.pipeline.isDrained, daemon.pipeline.broker.standing != .recovering else { return }
        observer.expect(
            daemon.pipeline.broker.lastPosition == ledger.lastPosition, .agreed,
            "The broker has \(daemon.pipeline.broker.lastPosition) records, the disk \(ledger.lastPosition).")
        observer.expect(
            daemon.pipeline.broker.openIncidentCount == ledger.openIncidents, .agreed,
            "\(daemon.pipeline.broker.openIncidentCount) incidents are open, and \(ledger.openIncidents) by the journal."
        )
        var open = 0
        for line in daemon.pipeline.broker.mailboxesInUse {
            open += line.open
            let known = ledger.mailboxes[line.recipient] ?? Ledger.MailboxLine()
            observer.expect(
                line.open == known.open && line.undelivered == known.undelivered, .agreed,
                "\(line.recipient) has \(line.open) open and \(line.undelivered) undelivered, by the journal "
                    + "\(known.open) and \(known.undelivered).")
        }
        let known = ledger.mailboxes.values.reduce(0) { $0 + $1.open }
        observer.expect(open == known, .agreed, "\(open) alerts are open, by the journal \(known).")
        checkSubscriptions(daemon.pipeline.broker)
        let forgotten = daemon.pipeline.broker.forgotten
        observer.expect(forgotten.isEmpty, .escalated, "Nothing more would happen with the incidents \(forgotten).")
        let unanswered = questions.unanswered { if case .reload = $0 { false } else { true } }
        observer.expect(unanswered.isEmpty, .answered, "There is no answer to \(unanswered).")
        if daemon.pipeline.broker.standing == .refusing { deliveries.checkFlow(ledger, hearsay, &observer) }
    }

    /// Checks that no report takes any of the reserve for people's words.
    mutating func checkRoom(_ turn: borrowing Turn, _ daemon: SimulatedDaemon) {
        guard daemon.pipeline.broker.standing == .sparing else { return }
        for entry in turn.records {
            observer.counts.sparedRecords += 1
            guard case .incident(let incident) = entry.record, incident.name.sender != Town.broker else { continue }
            observer.violate(.spared, "\(incident.name) takes record \(entry.position).")
        }
    }

    /// Checks the promises after the storm and the quiet.
    mutating func checkPromises() {
        observer.counts.unreportedWrites = disk.unreported
        observer.counts.keptSnapshots = disk.keptSnapshots
        observer.counts.lostSnapshots = disk.lostSnapshots
        checkReports()
        checkDelivery()
        checkEnd()
        ledger.checkSteps(&observer)
        // Where the civil clock is set, a start may take any time for the last one.
        if profile.weight(of: .clockChanges) == 0 {
            ledger.checkRings(at: now, &observer)
            ledger.checkFeedback(at: now, &observer)
        }
        followings.checkAll(ledger, &observer)
        wallboard.checkAll(ledger, &observer)
    }

    /// Checks that every report has its receipt, and every receipt its incident.
    private mutating func checkReports() {
        for reporter in reporters {
            for (report, receipt) in zip(reporter.reports, reporter.receipts) {
                let record = receipt.flatMap { ledger.record(at: $0.incident) }
                observer.expect(
                    record?.name == report.name, .durable,
                    "\(report.name) has no receipt, or no incident.")
            }
        }
    }

    /// Checks that every alert has come to a terminal of its recipient, unless an operator closed its incident before.
    /// Every word of a person must be confirmed.
    private mutating func checkDelivery() {
        for incident in ledger.incidents.values {
            for alert in incident.life.alerts where alert.state != .cancelled {
                let isSeen = terminals.contains { $0.recipient == alert.recipient && $0.seen.contains(alert.number) }
                let name = AlertName(recipient: alert.recipient, number: alert.number)
                observer.expect(
                    isSeen || hearsay.lies.contains(name), .delivered,
                    "Nobody at \(alert.recipient) has seen \(alert.number).")
            }
        }
        let undelivered = ledger.incidents.values.reduce(0) { sum, incident in
            sum + incident.life.alerts.count { $0.state.awaitsDelivery && $0.rings == 0 }
        }
        observer.expect(undelivered == 0, .delivered, "\(undelivered) alerts are undelivered after a long quiet.")
        let calm = Self.storm + Self.quiet - Self.drain - 40_000
        observer.expect(
            deliveries.lastTime < calm, .settled, "An alert was sent at \(deliveries.lastTime), after a long quiet.")
        for terminal in terminals {
            for (number, word) in terminal.words {
                observer.expect(
                    word.isConfirmed, .answered,
                    "\(terminal.name) has said \(word.state.rawValue) of \(number) and has no answer.")
            }
        }
    }

    /// Checks that the daemon has finished all work, and has the operator's last files in force.
    private mutating func checkEnd() {
        guard let daemon else { return observer.violate(.settled, "The daemon does not run.") }
        // What nobody answers rings until the end, and the last ring may be on its way to the disk.
        let lastMade = ledger.madeAt[daemon.pipeline.broker.lastPosition] ?? 0
        observer.expect(
            daemon.pipeline.broker.standing == .serving
                && (daemon.pipeline.isDrained || now - lastMade < Self.drain), .settled, "The daemon is not drained.")
        observer.expect(!daemon.pipeline.isReloading, .settled, "The daemon still reads its files.")
        observer.expect(
            Town.edition(of: daemon.pipeline.files) == edition, .reloaded,
            "Edition \(Town.edition(of: daemon.pipeline.files)) is in force, and \(edition) is what the files say.")
        observer.expect(
            ledger.rules.texts == daemon.pipeline.files.texts, .reloaded,
            "The journal has other rules than those in force.")
        let unanswered = questions.unanswered { _ in true }
        observer.expect(unanswered.isEmpty, .answered, "There is no answer to \(unanswered).")
        let joined = daemon.pipeline.broker.overview.terminals
        observer.expect(
            joined >= terminals.count, .settled, "\(joined) of \(terminals.count) terminals have joined.")
        let hushed = daemon.pipeline.broker.hushedIncidents(at: wall)
        observer.expect(hushed == 0, .hushed, "\(hushed) incidents are kept still, and no silence stands.")
        checkLinks(daemon)
        if let snapshot = daemon.pipeline.lastSnapshot() { check(snapshot, daemon.pipeline.files) }
    }
}
