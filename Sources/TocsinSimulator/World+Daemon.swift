import TocsinCore
import TocsinJournal
import TocsinModel

/// The shell around the broker, as the daemon has it: turns, batches, and a disk that answers later.
struct SimulatedDaemon {
    /// Records on their way to the disk, and what may be said when they are there.
    struct Batch {
        var records: [JournalEntry] = []
        var outputs: [CommittedOutput] = []

        var isEmpty: Bool { records.isEmpty && outputs.isEmpty }
    }

    var broker: Broker
    /// What this daemon's steady clock shows when the world's shows 0.
    let uptimeAtZero: Int64
    var inbox: [Input] = []
    var gathering = Batch()
    var committing: Batch?
    var nextTick: Int64?
}

extension World {
    private static let wallAtZero: Int64 = 1_795_392_600_000

    /// Starts the daemon: what the journal holds is what it knows.
    mutating func start() {
        guard daemon == nil else { return }
        incarnation += 1
        note("start \(incarnation)")
        let uptimeAtZero = random.pick(0...1_000_000)
        daemon = SimulatedDaemon(broker: recoveredBroker(uptimeAtZero), uptimeAtZero: uptimeAtZero)
        takeTurn()
    }

    /// Kills the daemon: every connection breaks, and what was not on disk is gone.
    mutating func crash() {
        guard daemon != nil else { return }
        note("crash")
        observer.counts.crashes += 1
        daemon = nil
        disk.crash(using: &random)
        for index in reporters.indices { reporters[index].connection.number += 1 }
        for index in terminals.indices { reconnect(terminal: index) }
        events.add(.start, at: min(now + random.pick(100...10_000), Self.storm))
    }

    /// Something has come in: it is handled in the next turn, with whatever else comes until then.
    mutating func deliver(_ input: Input) {
        guard let inbox = daemon?.inbox else { return }
        if inbox.isEmpty { events.add(.turn(incarnation: incarnation), at: now + random.pick(0...5)) }
        daemon?.inbox.append(input)
    }

    mutating func takeTurn() {
        guard var daemon else { return }
        var turn = Turn(now: moment(daemon.uptimeAtZero))
        for input in daemon.inbox { daemon.broker.handle(lookedUp(input), into: &turn) }
        daemon.inbox = []
        finish(turn, of: daemon)
    }

    mutating func tick() {
        guard var daemon else { return }
        daemon.nextTick = nil
        var turn = Turn(now: moment(daemon.uptimeAtZero))
        daemon.broker.handle(.tick, into: &turn)
        finish(turn, of: daemon)
    }

    /// Says what may be said at once, and gives the rest to the disk.
    private mutating func finish(_ turn: borrowing Turn, of daemon: SimulatedDaemon) {
        var daemon = daemon
        daemon.gathering.records += turn.records
        daemon.gathering.outputs += turn.afterCommit
        let due = daemon.broker.nextTick.map { max($0 - daemon.uptimeAtZero, now + 1) }
        if let due, due < daemon.nextTick ?? .max {
            daemon.nextTick = due
            events.add(.tick(incarnation: incarnation), at: due)
        }
        self.daemon = daemon
        for output in turn.immediate { sendToActor(.immediate(output)) }
        write()
    }

    /// Begins to write what has gathered, unless a write is under way. Without records there is nothing to wait for.
    private mutating func write() {
        guard var daemon, daemon.committing == nil, !daemon.gathering.isEmpty else { return }
        let batch = daemon.gathering
        daemon.gathering = SimulatedDaemon.Batch()
        if batch.records.isEmpty {
            self.daemon = daemon
            return release(batch.outputs)
        }
        daemon.committing = batch
        self.daemon = daemon
        disk.begin(batch.records)
        let duration = random.chance(5) ? random.pick(200...2000) : random.pick(1...20)
        events.add(.written(incarnation: incarnation), at: now + duration)
    }

    mutating func finishWriting() {
        guard let batch = daemon?.committing else { return }
        daemon?.committing = nil
        switch disk.finish(using: &random) {
        case .committed:
            note("committed \(batch.records.count)")
            if let last = batch.records.last { daemon?.broker.committed(through: last.position) }
            release(batch.outputs)
            write()
        case .failed:
            note("write failed")
            observer.counts.failedWrites += 1
            rebuild()
        }
    }

    /// The outcome is unknown: answers nothing, drops the state, and builds it again from what is on disk.
    private mutating func rebuild() {
        guard var daemon else { return }
        let attachments = daemon.broker.attachments
        daemon.gathering = SimulatedDaemon.Batch()
        daemon.broker = recoveredBroker(daemon.uptimeAtZero)
        daemon.broker.isJournalAvailable = false
        var turn = Turn(now: moment(daemon.uptimeAtZero))
        daemon.broker.attach(attachments, into: &turn)
        events.add(.probe(incarnation: incarnation), at: now + 1000)
        finish(turn, of: daemon)
    }

    mutating func probe() {
        guard disk.condition == .well else {
            return events.add(.probe(incarnation: incarnation), at: now + 1000)
        }
        note("the journal writes again")
        daemon?.broker.isJournalAvailable = true
        takeTurn()
    }

    private mutating func release(_ outputs: [CommittedOutput]) {
        for output in outputs {
            if case .alert(_, let alert) = output { observer.noteSent(alert) }
            sendToActor(.committed(output))
        }
    }

    private func moment(_ uptimeAtZero: Int64) -> Moment {
        Moment(wall: Timestamp(milliseconds: Self.wallAtZero + now), uptime: uptimeAtZero + now)
    }

    /// A broker that knows what the disk holds: by a snapshot from somewhere on the way, which must make no difference.
    private mutating func recoveredBroker(_ uptimeAtZero: Int64) -> Broker {
        var folded = Broker(rules: Town.rules, directory: Town.directory, settings: Town.settings)
        var restored = folded
        do {
            let entries = try disk.entries()
            let now = moment(uptimeAtZero)
            let place = Int(random.pick(0...Int64(entries.count)))
            for entry in entries[..<place] { folded.apply(entry, now: now) }
            folded.beginSnapshot()
            var snapshot: JournalSnapshot?
            for entry in entries[place...] {
                folded.apply(entry, now: now)
                // A few incidents at a time, while others change.
                if snapshot == nil { snapshot = folded.proceedWithSnapshot(Int(entry.position.value) % 3) }
            }
            if let snapshot = snapshot ?? folded.proceedWithSnapshot(.max) { try restored.restore(snapshot, now: now) }
            for entry in entries[place...] { restored.apply(entry, now: now) }
        } catch {
            observer.violate("The journal cannot be read: \(error)")
        }
        if restored.snapshot() != folded.snapshot() {
            observer.violate("A snapshot and the records after it come to something else than all records.")
        }
        return restored
    }

    /// A report with its incident's entry, where the journal has it.
    private func lookedUp(_ input: Input) -> Input {
        guard case .report(let peer, let reference, let report, let body, _) = input else { return input }
        return .report(peer, reference, report, body: body, stored: disk.entry(named: report.name))
    }
}
