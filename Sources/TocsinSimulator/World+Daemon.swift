import TocsinCore
import TocsinJournal
import TocsinModel

/// The daemon: the pipeline that ships, and a disk that answers later.
final class SimulatedDaemon {
    /// The fewest records between two snapshots.
    static let snapshotInterval: Int64 = 10

    var pipeline: CommitPipeline
    /// What this daemon's steady clock shows when the world's shows 0.
    let uptimeAtZero: Int64
    var inbox: [Input] = []
    /// When the pipeline is looked at next, whatever happens.
    var nextTime: Int64?

    init(recovered broker: Broker, uptimeAtZero: Int64) {
        pipeline = CommitPipeline(
            recovered: broker, snapshotPosition: .zero, files: Town.files, snapshotInterval: Self.snapshotInterval)
        self.uptimeAtZero = uptimeAtZero
    }
}

extension World {
    private static let wallAtZero: Int64 = 1_795_392_600_000

    /// Starts the daemon: what the journal holds is what it knows.
    mutating func start() {
        guard daemon == nil else { return }
        incarnation += 1
        note("start \(incarnation)")
        let uptimeAtZero = random.pick(0...1_000_000)
        daemon = SimulatedDaemon(recovered: recoveredBroker(uptimeAtZero), uptimeAtZero: uptimeAtZero)
        takeTurn { daemon, turn in daemon.pipeline.adoptFiles(into: &turn) }
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
        guard let daemon else { return }
        if daemon.inbox.isEmpty { events.add(.turn(incarnation: incarnation), at: now + random.pick(0...5)) }
        daemon.inbox.append(input)
    }

    /// A turn of what has come in.
    mutating func takeTurn() {
        takeTurn { _, _ in }
    }

    mutating func passTime() {
        daemon?.nextTime = nil
        takeTurn()
    }

    /// A turn: something that has happened, what has come in, and what the time asks for.
    private mutating func takeTurn(_ event: (SimulatedDaemon, inout Turn) -> Void) {
        guard let daemon else { return }
        var turn = daemon.pipeline.beginTurn(now: moment(daemon.uptimeAtZero), feedIsWatched: false)
        event(daemon, &turn)
        for input in daemon.inbox { daemon.pipeline.handle(lookedUp(input), into: &turn) }
        daemon.inbox = []
        _ = daemon.pipeline.passTime(into: &turn, isRead: true)
        for output in daemon.pipeline.endTurn(turn) { sendToActor(.immediate(output)) }
        takeSteps(daemon)
    }

    /// Does what the pipeline says, and looks at it again when it asks for that.
    private mutating func takeSteps(_ daemon: SimulatedDaemon) {
        let uptime = now + daemon.uptimeAtZero
        while let step = daemon.pipeline.nextStep(now: uptime) {
            switch consume step {
            case .append(let records):
                disk.begin(records)
                let duration = random.chance(5) ? random.pick(200...2000) : random.pick(1...20)
                events.add(.written(incarnation: incarnation), at: now + duration)
            case .release(let commit):
                commit.forEachByConnection { output in
                    if case .alert(_, let alert) = output { observer.noteSent(alert) }
                    sendToActor(.committed(output))
                }
                daemon.pipeline.takeBack(commit)
            case .keep(let snapshot): disk.keep(snapshot, using: &random)
            case .probe: events.add(.probed(incarnation: incarnation), at: now + random.pick(1...50))
            case .reopen: events.add(.reopened(incarnation: incarnation), at: now + random.pick(1...3000))
            }
        }
        let due = daemon.pipeline.nextTime(now: uptime).map { max($0 - daemon.uptimeAtZero, now + 1) }
        if let due, due < daemon.nextTime ?? .max {
            daemon.nextTime = due
            events.add(.time(incarnation: incarnation), at: due)
        }
    }

    mutating func finishWriting() {
        guard let daemon else { return }
        switch disk.finish(using: &random) {
        case .committed:
            note("committed")
            daemon.pipeline.appended()
            takeTurn()
        case .failed:
            note("write failed")
            observer.counts.failedWrites += 1
            takeTurn { daemon, turn in _ = daemon.pipeline.failed(into: &turn) }
        }
    }

    mutating func finishProbing() {
        let condition = disk.condition
        note("probe: \(condition.rawValue)")
        takeTurn { daemon, turn in
            switch condition {
            case .well: daemon.pipeline.probed(into: &turn)
            case .full: daemon.pipeline.foundNoRoom(now: turn.now.uptime)
            case .failing: _ = daemon.pipeline.failed(into: &turn)
            }
        }
    }

    mutating func finishReopening() {
        guard let daemon else { return }
        if disk.condition == .failing, random.chance(50) {
            note("not reopened")
            observer.counts.failedOpenings += 1
            daemon.pipeline.notReopened(now: now + daemon.uptimeAtZero)
            return takeTurn()
        }
        let recovered = recoveredBroker(daemon.uptimeAtZero)
        note("reopened")
        takeTurn { daemon, turn in daemon.pipeline.reopened(recovered, snapshotPosition: .zero, into: &turn) }
    }

    private func moment(_ uptimeAtZero: Int64) -> Moment {
        Moment(wall: Timestamp(milliseconds: Self.wallAtZero + now), uptime: uptimeAtZero + now)
    }

    /// A broker that knows what the disk holds: by a snapshot from somewhere on the way, or the one that was kept, which
    /// must make no difference.
    private mutating func recoveredBroker(_ uptimeAtZero: Int64) -> Broker {
        let empty = Broker(rules: Town.rules, directory: Town.directory, settings: Town.settings)
        var (folded, restored) = (empty, empty)
        do {
            let entries = try disk.entries()
            let now = moment(uptimeAtZero)
            let made = snapshot(folding: entries, into: &folded, now: now)
            let snapshot = random.chance(50) ? made : disk.snapshot ?? made
            try restored.restore(snapshot, now: now)
            guard snapshot.position.value <= Int64(entries.count) else {
                observer.violate("A snapshot was kept of \(snapshot.position) records, and there are \(entries.count).")
                return folded
            }
            for entry in entries[Int(snapshot.position.value)...] { restored.apply(entry, now: now) }
        } catch {
            observer.violate("The journal cannot be read: \(error)")
        }
        if owed(restored) != owed(folded) {
            observer.violate("A snapshot and the records after it come to something else than all records.")
        }
        return restored
    }

    /// What is owed. The snapshots of equal states may differ: mailboxes stand in the order in which somebody needed them
    /// first.
    private func owed(_ broker: Broker) -> [String] {
        let mailboxes = broker.mailboxLines.filter { $0.open > 0 }.map {
            "\($0.recipient) \($0.open) \($0.undelivered)"
        }
        let incidents = broker.openIncidents(through: broker.lastPosition).map { "incident \($0)" }
        return mailboxes + incidents + ["record \(broker.lastPosition)"]
    }

    /// Folds everything, and makes a snapshot meanwhile, a few incidents at a time, from a random place on.
    private mutating func snapshot(
        folding entries: [JournalEntry], into broker: inout Broker, now: Moment
    ) -> JournalSnapshot {
        let place = Int(random.pick(0...Int64(entries.count)))
        for entry in entries[..<place] { broker.apply(entry, now: now) }
        broker.beginSnapshot()
        var snapshot: JournalSnapshot?
        for entry in entries[place...] {
            broker.apply(entry, now: now)
            if snapshot == nil { snapshot = broker.proceedWithSnapshot(Int(entry.position.value) % 3) }
        }
        return snapshot ?? broker.proceedWithSnapshot(.max) ?? broker.snapshot()
    }

    /// A report with its incident's entry, where the journal has it.
    private func lookedUp(_ input: Input) -> Input {
        guard case .report(let peer, let reference, let report, let body, _) = input else { return input }
        return .report(peer, reference, report, body: body, stored: disk.entry(named: report.name))
    }
}
