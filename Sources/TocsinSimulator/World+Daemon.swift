import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The daemon: the pipeline of the product, and a disk that answers later.
final class SimulatedDaemon {
    /// The fewest records between two snapshots.
    static let snapshotInterval: Int64 = 10

    var pipeline: CommitPipeline
    /// The value of this daemon's steady clock when the world's clock shows 0.
    let uptimeAtZero: Int64
    var inbox: [Request] = []
    /// The time at which the pipeline is looked at next, if nothing happens before.
    var nextTime: Int64?
    /// The subscriptions as they were when the files began to be read.
    var subscriptionsAtReading = SubscriptionTable()

    init(recovered broker: Broker, snapshotPosition: Position, files: RuleFiles, uptimeAtZero: Int64) {
        pipeline = CommitPipeline(
            recovered: broker, snapshotPosition: snapshotPosition, files: files,
            snapshotInterval: Self.snapshotInterval)
        self.uptimeAtZero = uptimeAtZero
    }
}

// MARK: - Its life

extension World {
    /// Starts the daemon, which knows only the journal's contents.
    mutating func start() {
        guard daemon == nil else { return }
        guard isJournalThere, let files = Town.files(edition: edition) ?? Town.files(edition: goodEdition) else {
            // The service manager tries again.
            return events.add(.start, at: now + 1000)
        }
        incarnation += 1
        note("start \(incarnation)")
        ledger.noteStart(at: now, wall: wall)
        ledger.noteServing(at: now)
        let uptimeAtZero = random.pick(0...1_000_000)
        let (broker, snapshotPosition) = recoveredBroker(files, Moment(wall: wall, uptime: now + uptimeAtZero))
        daemon = SimulatedDaemon(
            recovered: broker, snapshotPosition: snapshotPosition, files: files, uptimeAtZero: uptimeAtZero)
        takeTurn { daemon, turn in daemon.pipeline.adoptFiles(into: &turn) }
    }

    /// Kills the daemon. Every connection breaks, and data that was not on disk is lost.
    mutating func crash() {
        guard daemon != nil else { return }
        note("crash")
        observer.counts.crashes += 1
        daemon = nil
        disk.crash(using: &random)
        readDisk()
        questions.forgetAll()
        followings.forgetAll()
        deliveries.forgetAll()
        wallboard.hasAll = false
        for index in reporters.indices { reporters[index].connection.number += 1 }
        for index in terminals.indices { reconnect(terminal: index) }
        superintendent.connection.number += 1
        if profile.happens(.clockChanges, 60, using: &random) { setClock(by: anyClockChange()) }
        events.add(.start, at: min(now + random.pick(100...10_000), Self.storm))
    }

    /// Ends the daemon. It finishes accepted work and takes nothing more.
    mutating func drain() {
        note("drain")
        isDraining = true
        takeTurn { daemon, _ in daemon.pipeline.drain() }
    }

    /// Adds a request to the inbox. The next turn handles it, with the other requests that come until then.
    mutating func deliver(_ request: Request) {
        guard let daemon else { return }
        let turn = max(now + random.pick(0...5), ledger.pauses.end)
        if daemon.inbox.isEmpty { events.add(.daemon(.turn, incarnation: incarnation), at: turn) }
        daemon.inbox.append(request)
    }

    mutating func passTime() {
        daemon?.nextTime = nil
        takeTurn()
    }
}

// MARK: - Turns and steps

extension World {
    /// Takes a turn: handles an event, the inbox, and everything that is due.
    mutating func takeTurn(_ event: (SimulatedDaemon, inout Turn) -> Void = { _, _ in }) {
        guard let daemon else { return }
        let moment = Moment(wall: wall, uptime: now + daemon.uptimeAtZero)
        var turn = daemon.pipeline.beginTurn(now: moment, feedIsWatched: feedIsWatched)
        if !feedIsWatched { wallboard.hasAll = false }
        event(daemon, &turn)
        if daemon.pipeline.noteRoom(isScarce: disk.condition == .scarce) { note("room changes") }
        let inbox = daemon.inbox
        daemon.inbox = []
        for request in inbox { handle(request, daemon, &turn) }
        let end = daemon.pipeline.passTime(into: &turn, isRead: true)
        finish(end, into: &turn)
        for entry in turn.records { ledger.noteMade(entry.position, at: now) }
        checkRoom(turn, daemon)
        ledger.checkWords(in: inbox, leadingTo: turn.records, &observer)
        send(daemon.pipeline.endTurn(turn), isRecovering: daemon.pipeline.broker.standing == .recovering)
        takeSteps(daemon)
        checkState(daemon)
    }

    private mutating func handle(_ request: Request, _ daemon: SimulatedDaemon, _ turn: inout Turn) {
        switch request {
        case .input(let input):
            let input = lookedUp(input, daemon)
            let isRecovering = daemon.pipeline.broker.standing == .recovering
            if let peer = input.peer, let question = Question(request) { questions.ask(peer, question) }
            hearsay.hear(input)
            switch input {
            case .received(let peer, let recipient, let numbers):
                deliveries.receive(peer, recipient, numbers)
                hearsay.noteLies(terminals.filter { $0.recipient == recipient }.map(\.seen), recipient, numbers)
            case .reporterGone(let identity): followings.leave(identity)
            case .unreachable(let identity):
                deliveries.lose(identity)
                if isRecovering { questions.forgetJoins(of: identity) }
            case .subscribe(let peer, _), .unsubscribe(let peer, _): hearWish(of: peer)
            case .leave(let peer, let recipient) where isRecovering:
                questions.forgetJoins(of: peer.identity, to: recipient)
            default: break
            }
            daemon.pipeline.handle(input, into: &turn)
        case .reload(let peer, let reference):
            questions.ask(peer, .reload(reference.text))
            do {
                if try daemon.pipeline.reloadAsked(by: peer, reference) { readFiles() }
            } catch {
                observer.violate(.answered, "\(reference) is refused \(error.code.rawValue).")
            }
        case .signal:
            if daemon.pipeline.reloadAsked() { readFiles() }
        }
    }

    /// Adds the journal's knowledge to an input: the entry of a report's incident, and whether a FOLLOW's incident
    /// exists.
    private func lookedUp(_ input: Input, _ daemon: SimulatedDaemon) -> Input {
        switch input {
        case .report(let peer, let reference, let report, let body, _, _, _, _):
            return .report(
                peer, reference, report, body: body, stored: disk.entry(named: report.name),
                referenced: referenced(by: report, daemon))
        case .reopen(let peer, let reference, let life, let person):
            // With the reports that have joined it, as the journal has them.
            let timeline = Array(ledger.entries.dropFirst(Int(life.number.value) - 1))
            return .reopen(peer, reference, IncidentLife(timeline: timeline) ?? life, person)
        case .follow(let peer, let reference, let incident, _):
            let isStored = daemon.pipeline.broker.isOpen(incident) || ledger.incidents[incident] != nil
            return .follow(peer, reference, incident, isStored: isStored)
        case .split(let peer, let reference, let wish): return .split(peer, reference, found(wish, daemon))
        default: return input
        }
    }

    /// Takes the pipeline's steps, and schedules the next look at it.
    private mutating func takeSteps(_ daemon: SimulatedDaemon) {
        let uptime = now + daemon.uptimeAtZero
        var steps = 0
        while let step = daemon.pipeline.nextStep(now: uptime) {
            steps += 1
            guard steps < 1000 else { return stop("The pipeline says what to do next and comes to no end.") }
            switch consume step {
            case .append(let records): append(records, daemon)
            case .release(let commit):
                send(commit, isRecovering: daemon.pipeline.broker.standing == .recovering)
                daemon.pipeline.takeBack(commit)
            case .keep(let snapshot): keep(snapshot, daemon)
            case .probe: events.add(.daemon(.probed, incarnation: incarnation), at: now + random.pick(1...50))
            case .reopen: events.add(.daemon(.reopened, incarnation: incarnation), at: now + random.pick(1...3000))
            }
        }
        let due = daemon.pipeline.nextTime(now: uptime).map { max($0 - daemon.uptimeAtZero, now + 1) }
        if let due, due < daemon.nextTime ?? .max {
            daemon.nextTime = due
            events.add(.daemon(.time, incarnation: incarnation), at: due)
        }
    }

    /// Writes on a separate thread, or writes a few records on a quick disk on the daemon's own.
    private mutating func append(_ records: [JournalEntry], _ daemon: SimulatedDaemon) {
        let waits = profile.appendsAtOnce && !daemon.pipeline.isReleasing && random.chance(50)
        disk.begin(records)
        guard waits, disk.isWriting, disk.hasRoom(for: records.count) else {
            // A disk that fails takes its time, and so may a part of a long file.
            let isLong = records.contains { if case .rules = $0.record { true } else { false } }
            let isSlow = random.chance(disk.condition == .failing ? 60 : isLong ? 50 : 5)
            let duration = isSlow ? random.pick(200...2000) : random.pick(1...20)
            return events.add(.daemon(.written, incarnation: incarnation), at: now + duration)
        }
        note("committed at once")
        _ = disk.finish(using: &random)
        readDisk()
        daemon.pipeline.appended()
    }
}

// MARK: - The journal

extension World {
    /// Keeps a snapshot, if that succeeds, and checks it against the records on disk.
    private mutating func keep(_ snapshot: JournalSnapshot, _ daemon: SimulatedDaemon) {
        disk.lostSnapshotsPercent = profile.weight(of: .lostSnapshots)
        disk.keep(snapshot, using: &random)
        check(snapshot, daemon.pipeline.files)
    }

    mutating func finishWriting() {
        guard let daemon else { return }
        let ending = disk.finish(using: &random)
        readDisk()
        switch ending {
        case .committed:
            note("committed")
            daemon.pipeline.appended()
            takeTurn()
        case .failed:
            note("write failed")
            observer.counts.failedWrites += 1
            fail()
        }
    }

    /// Notes that the journal has failed. Records that are collected and not written are given up.
    private mutating func fail() {
        followings.noteFailure()
        deliveries.forgetJoined()
        questions.forgetJoinsWithdrawn()
        wallboard.hasAll = false
        takeTurn { daemon, turn in _ = daemon.pipeline.failed(into: &turn) }
    }

    mutating func finishProbing() {
        note("probe: \(disk.condition.rawValue)")
        switch disk.condition {
        case .well where disk.hasRoom(for: 1), .scarce where disk.hasRoom(for: 1):
            ledger.noteServing(at: now)
            takeTurn { daemon, turn in daemon.pipeline.probed(into: &turn) }
        case .well, .scarce, .full:
            takeTurn { daemon, turn in daemon.pipeline.foundNoRoom(now: turn.now.uptime) }
        case .failing: fail()
        }
    }

    mutating func finishReopening() {
        guard let daemon else { return }
        let uptime = now + daemon.uptimeAtZero
        guard isJournalThere, disk.condition != .failing || random.chance(50) else {
            note("not reopened")
            observer.counts.failedOpenings += 1
            daemon.pipeline.notReopened(now: uptime)
            return takeTurn()
        }
        let (broker, snapshotPosition) = recoveredBroker(
            daemon.pipeline.files, Moment(wall: wall, uptime: uptime))
        note("reopened")
        takeTurn { daemon, turn in
            daemon.pipeline.reopened(broker, snapshotPosition: snapshotPosition, into: &turn)
        }
    }
}

extension Input {
    /// The sender of a message; nil for other input.
    fileprivate var peer: Peer? {
        switch self {
        case .report(let peer, _, _, _, _, _, _, _), .follow(let peer, _, _, _), .rate(let peer, _, _, _),
            .join(let peer, _, _, _, _),
            .received(let peer, _, _), .acknowledge(let peer, _, _, _), .decline(let peer, _, _, _),
            .status(let peer, _, _, _, _), .leave(let peer, _), .ping(_, let peer, _), .heard(let peer),
            .close(let peer, _, _, _), .reopen(let peer, _, _, _), .subscribe(let peer, _), .unsubscribe(let peer, _),
            .subscriptions(let peer, _), .silence(let peer, _, _), .split(let peer, _, _),
            .unsilence(let peer, _, _, _):
            peer
        case .clientHeard, .unreachable, .reporterGone, .tick: nil
        }
    }
}
