import TocsinCore
import TocsinModel
import TocsinWire

/// The whole simulation: the clocks, the network, the disk, the daemon, the people around it, and the checks.
struct World {
    /// The milliseconds during which faults happen, and those of the quiet afterwards.
    static let storm: Int64 = 90_000
    static let quiet: Int64 = 240_000
    /// The milliseconds before the end at which the daemon is told to end.
    static let drain: Int64 = 5_000
    /// The value of the civil clock when the world's clock shows 0, while nobody has set it.
    private static let wallAtZero: Int64 = 1_795_392_600_000

    var now: Int64 = 0
    /// The total by which the civil clock has been set.
    private var wallOffset: Int64 = 0
    var random: SplitMix64
    let profile: StormProfile
    var events = EventQueue()
    var trace: Trace

    // The machine.
    var network = SimulatedNetwork()
    var disk = SimulatedDisk()
    /// True if the journal can be opened.
    var isJournalThere = true
    var daemon: SimulatedDaemon?
    var incarnation = 0
    /// The edition of the files on the disk, and the last one without a mistake.
    var (edition, goodEdition) = (0, 0)

    // The people.
    var reporters: [SimulatedReporter]
    var terminals: [SimulatedTerminal]
    var superintendent = SimulatedOperator()
    var feedIsWatched = false
    var isCalm = false
    var isDraining = false

    // The checks.
    var observer = Observer()
    var ledger = Ledger()
    var hearsay = Hearsay()
    var questions = Questions()
    var followings = Followings()
    var deliveries = Deliveries()
    var wallboard = Wallboard()

    init(seed: UInt64, keepsTrace: Bool) {
        var random = SplitMix64(seed: seed)
        profile = StormProfile(using: &random)
        trace = Trace(keepsLines: keepsTrace)
        reporters = (0..<3).map { SimulatedReporter(index: $0, using: &random) }
        // Fire has two desks. The chief comes when the storm is over.
        terminals = (["fire"] + Town.recipients).enumerated().map {
            SimulatedTerminal(index: $0.offset, recipient: Town.recipient($0.element), using: &random)
        }
        self.random = random
    }

    /// Handles events until the quiet is over.
    mutating func run() {
        plan()
        while let (time, event) = events.next(until: Self.storm + Self.quiet) {
            now = time
            handle(event)
        }
        now = Self.storm + Self.quiet
    }

    /// The civil clock.
    var wall: Timestamp { Timestamp(milliseconds: Self.wallAtZero + now + wallOffset) }

    private mutating func handle(_ event: Event) {
        switch event {
        case .report(let reporter, let index): send(reporter, index)
        case .follow(let reporter, let incident): follow(reporter, incident)
        case .look(let terminal): look(terminal)
        case .speak(let terminal, let number): speak(terminal, number)
        case .finish(let terminal): finish(terminal)
        case .close: closeSomething()
        case .reload: writeFiles()
        case .split: splitSomething()
        case .silence: if isCalm { endSilences() } else { askForSilence() }
        case .arriveAtBroker(let connection, let request): arriveAtBroker(connection, request)
        case .arriveAtActor(let connection, let message): arriveAtActor(connection, message)
        case .daemon(let event, let incarnation): if incarnation == self.incarnation { handle(event) }
        case .crash: crash()
        case .start: start()
        case .disk(let condition):
            note("the disk is \(condition.rawValue)")
            disk.condition = condition
        case .opening(let isPossible): isJournalThere = isPossible
        case .mover(let isBlocked):
            note("the mover is \(isBlocked ? "blocked" : "free")")
            disk.isMoverBlocked = isBlocked
        case .setClock(let milliseconds): setClock(by: milliseconds)
        case .pause(let milliseconds):
            note("a pause of \(milliseconds)")
            ledger.pauses.add(milliseconds, from: now)
        case .feed(let isWatched): feedIsWatched = isWatched
        case .calm: calm()
        case .drain: drain()
        }
    }

    /// Handles an event that the daemon has waited for. While the machine stands still, the event waits.
    private mutating func handle(_ event: DaemonEvent) {
        guard now >= ledger.pauses.end else {
            return events.add(.daemon(event, incarnation: incarnation), at: ledger.pauses.end)
        }
        switch event {
        case .turn: takeTurn()
        case .time: passTime()
        case .written: finishWriting()
        case .probed: finishProbing()
        case .reopened: finishReopening()
        case .filesRead(let edition): finishReadingFiles(edition)
        }
    }

    mutating func setClock(by milliseconds: Int64) {
        note("the civil clock is set by \(milliseconds)")
        observer.counts.clockChanges += 1
        wallOffset += milliseconds
    }

    /// Ends the storm, as later events would mean nothing.
    mutating func stop(_ reason: String) {
        observer.violate(.settled, reason)
        events = EventQueue()
    }

    mutating func note(_ text: String) {
        trace.note(now, text)
    }
}

// MARK: - The calendar

extension World {
    /// Adds the events that happen in any case.
    private mutating func plan() {
        note("storm: \(profile)")
        events.add(.start, at: 0)
        events.add(.calm, at: Self.storm)
        events.add(.drain, at: Self.storm + Self.quiet - Self.drain)
        for reporter in reporters.indices {
            for index in reporters[reporter].reports.indices {
                events.add(.report(reporter: reporter, index: index), at: random.pick(100...Self.storm))
            }
        }
        for terminal in terminals.indices {
            let isChief = terminals[terminal].recipient.name == "chief"
            events.add(.look(terminal: terminal), at: isChief ? Self.storm : random.pick(0...20_000))
        }
        planFeed()
        planFaults()
    }

    /// Lets somebody listen to the feed all the time, never, or now and then.
    private mutating func planFeed() {
        let kind = random.pick(0...2)
        feedIsWatched = kind == 0
        wallboard.hasAll = feedIsWatched
        guard kind == 2 else { return }
        for turn in 0..<6 { events.add(.feed(isWatched: turn % 2 == 0), at: random.pick(0...Self.storm)) }
    }

    private mutating func planFaults() {
        let crashes = profile.count(of: .crashes, most: 4, using: &random)
        for _ in 0..<crashes { events.add(.crash, at: anyTime()) }
        let full = profile.count(of: .fullDisk, most: 3, using: &random)
        for _ in 0..<full {
            // The reserve may last, be used up, or not be there.
            let kind = random.pick(0...3)
            let start = plan(.disk(kind < 2 ? .scarce : .full), then: .disk(.well), within: 100...15_000)
            if kind == 0 { events.add(.disk(.full), at: min(start + random.pick(100...8000), Self.storm - 1)) }
            if kind == 0 { events.add(.disk(.well), at: min(start + random.pick(8000...20_000), Self.storm)) }
        }
        let failing = profile.count(of: .failingDisk, most: 3, using: &random)
        for _ in 0..<failing { plan(.disk(.failing), then: .disk(.well), within: 100...15_000) }
        let closed = profile.count(of: .closedJournal, most: 3, using: &random)
        for _ in 0..<closed {
            let start = plan(.opening(isPossible: false), then: .opening(isPossible: true), within: 1000...20_000)
            events.add(.disk(.failing), at: start)
            events.add(.disk(.well), at: min(start + random.pick(500...4000), Self.storm))
        }
        let blocked = profile.count(of: .blockedMover, most: 3, using: &random)
        for _ in 0..<blocked { plan(.mover(isBlocked: true), then: .mover(isBlocked: false), within: 1000...30_000) }
        let clockChanges = profile.count(of: .clockChanges, most: 4, using: &random)
        for _ in 0..<clockChanges { events.add(.setClock(by: anyClockChange()), at: anyTime()) }
        let pauses = profile.count(of: .pauses, most: 8, using: &random)
        for _ in 0..<pauses { events.add(.pause(random.pick(100...2000)), at: anyTime()) }
        let closings = profile.count(of: .closings, most: 6, using: &random)
        for _ in 0..<closings { events.add(.close, at: anyTime()) }
        let reloads = profile.count(of: .reloads, most: 8, using: &random)
        for _ in 0..<reloads { events.add(.reload, at: anyTime()) }
        let silences = profile.count(of: .silences, most: 8, using: &random)
        for _ in 0..<silences { events.add(.silence, at: anyTime()) }
        let splits = profile.count(of: .splits, most: 6, using: &random)
        for _ in 0..<splits { events.add(.split, at: anyTime()) }
        // Where the civil clock is set back, a silence lasts longer than anybody means. Its record may still be on its way.
        for time in [10_000, 20_000, 30_000] where silences > 0 {
            events.add(.silence, at: Self.storm + Int64(time))
        }
    }

    @discardableResult
    private mutating func plan(_ event: Event, then end: Event, within duration: ClosedRange<Int64>) -> Int64 {
        let start = anyTime()
        events.add(event, at: start)
        events.add(end, at: min(start + random.pick(duration), Self.storm))
        return start
    }

    private mutating func anyTime() -> Int64 { random.pick(1000...Self.storm - 1) }

    /// Returns a second and a half, half a minute, ten minutes or a month, forward or back.
    mutating func anyClockChange() -> Int64 {
        let sizes: [Int64] = [1500, 30_000, 600_000, 30 * 86_400_000]
        let size = sizes[Int(random.pick(0...3))]
        return random.chance(50) ? size : -size
    }

    /// Makes everything work, and everybody present, from now on.
    private mutating func calm() {
        note("calm")
        isCalm = true
        disk.condition = .well
        disk.isMoverBlocked = false
        isJournalThere = true
        for index in terminals.indices {
            terminals[index].awayUntil = 0
            if terminals[index].isDeaf { wake(index) }
        }
        edition = Town.usualEdition(from: edition + 1)
        goodEdition = edition
        events.add(.reload, at: now + 5000)
    }
}

// MARK: - The network

extension World {
    mutating func sendToBroker(_ input: Input, over connection: Connection) {
        sendToBroker(.input(input), over: connection)
    }

    mutating func sendToBroker(_ request: Request, over connection: Connection) {
        let time = network.arrival(now, on: connection, towardsBroker: true, profile, using: &random)
        events.add(.arriveAtBroker(connection, request), at: time)
    }

    mutating func sendToActor(_ message: Message) {
        guard let connection = message.peer.map(Connection.init) else { return }
        let time = network.arrival(now, on: connection, towardsBroker: false, profile, using: &random)
        events.add(.arriveAtActor(connection, message), at: time)
    }

    /// A daemon that ends takes no work, and hears all the while that its terminals are alive.
    private mutating func arriveAtBroker(_ connection: Connection, _ request: Request) {
        guard daemon != nil, !isDraining || request.isSignOfLife, isCurrent(connection) else { return }
        deliver(request)
    }

    private mutating func arriveAtActor(_ connection: Connection, _ message: Message) {
        guard isCurrent(connection) else { return }
        switch connection.actor {
        case .reporter(let index): hear(reporter: index, message)
        case .terminal(let index): hear(terminal: index, message)
        case .operator: hearOperator(message)
        }
    }

    private func isCurrent(_ connection: Connection) -> Bool {
        switch connection.actor {
        case .reporter(let index): reporters[index].connection == connection
        case .terminal(let index): terminals[index].connection == connection
        case .operator: superintendent.connection == connection
        }
    }

    /// Breaks the terminal's connection. The broker may learn of it, or has to find out by the silence.
    mutating func reconnect(terminal index: Int) {
        let old = terminals[index].connection
        terminals[index].reconnect()
        if daemon != nil, !isDraining, random.chance(50) { deliver(.input(.unreachable(old.peer.identity))) }
    }

    mutating func reconnect(reporter index: Int) {
        let old = reporters[index].connection
        reporters[index].connection.number += 1
        if daemon != nil, !isDraining, random.chance(50) { deliver(.input(.reporterGone(old.peer.identity))) }
    }
}
