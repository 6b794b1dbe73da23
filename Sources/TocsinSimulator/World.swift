import TocsinCore
import TocsinModel
import TocsinWire

/// Everything in the simulation: the clock, the network, the disk, the daemon, and the people around it.
struct World {
    /// How long faults happen, and how long it is quiet afterwards, in milliseconds.
    static let storm: Int64 = 90_000
    static let quiet: Int64 = 240_000

    var now: Int64 = 0
    var random: SplitMix64
    var events = EventQueue()
    var trace: Trace
    var observer = Observer()

    var network = SimulatedNetwork()
    var disk = SimulatedDisk()
    var daemon: SimulatedDaemon?
    var incarnation = 0
    var reporters: [SimulatedReporter]
    var terminals: [SimulatedTerminal]
    var isCalm = false

    init(seed: UInt64, keepsTrace: Bool) {
        var random = SplitMix64(seed: seed)
        trace = Trace(keepsLines: keepsTrace)
        reporters = (0..<3).map { SimulatedReporter(index: $0, using: &random) }
        // Two desks at fire; the chief comes when the storm is over.
        terminals = (["fire"] + Town.recipients).enumerated().map {
            SimulatedTerminal(index: $0.offset, recipient: Town.recipient($0.element), using: &random)
        }
        self.random = random
    }

    /// Lets everything happen until the quiet is over.
    mutating func run() {
        plan()
        while let (time, event) = events.next(until: Self.storm + Self.quiet) {
            now = time
            handle(event)
        }
        now = Self.storm + Self.quiet
    }

    /// Puts into the calendar what will happen whatever comes.
    private mutating func plan() {
        events.add(.start, at: 0)
        events.add(.calm, at: Self.storm)
        for reporter in reporters.indices {
            for index in reporters[reporter].reports.indices {
                events.add(.report(reporter: reporter, index: index), at: random.pick(100...Self.storm))
            }
        }
        for terminal in terminals.indices {
            let isChief = terminals[terminal].recipient.name == "chief"
            events.add(.look(terminal: terminal), at: isChief ? Self.storm : random.pick(0...20_000))
        }
        for _ in 0..<random.pick(0...3) { events.add(.crash, at: random.pick(1000...Self.storm - 1)) }
        for _ in 0..<random.pick(0...2) {
            let start = random.pick(1000...Self.storm - 1)
            events.add(.disk(random.chance(50) ? .full : .failing), at: start)
            events.add(.disk(.well), at: min(start + random.pick(100...15_000), Self.storm))
        }
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .report(let reporter, let index): send(reporter, index)
        case .look(let terminal): look(terminal)
        case .speak(let terminal, let number): speak(terminal, number)
        case .arriveAtBroker(let connection, let input): arriveAtBroker(connection, input)
        case .arriveAtActor(let connection, let message): arriveAtActor(connection, message)
        case .turn(let incarnation): if incarnation == self.incarnation { takeTurn() }
        case .time(let incarnation): if incarnation == self.incarnation { passTime() }
        case .written(let incarnation): if incarnation == self.incarnation { finishWriting() }
        case .probed(let incarnation): if incarnation == self.incarnation { finishProbing() }
        case .reopened(let incarnation): if incarnation == self.incarnation { finishReopening() }
        case .crash: crash()
        case .start: start()
        case .disk(let condition):
            note("the disk is \(condition.rawValue)")
            disk.condition = condition
        case .calm: calm()
        }
    }

    /// From now on everything works and everybody is there.
    private mutating func calm() {
        note("calm")
        isCalm = true
        disk.condition = .well
        for index in terminals.indices {
            terminals[index].awayUntil = 0
            if terminals[index].isDeaf { wake(index) }
        }
    }

    mutating func note(_ text: String) {
        trace.note(now, text)
    }
}

// MARK: - The network

extension World {
    mutating func sendToBroker(_ input: Input, over connection: Connection) {
        let time = network.arrival(now, on: connection, towardsBroker: true, using: &random)
        events.add(.arriveAtBroker(connection, input), at: time)
    }

    mutating func sendToActor(_ message: Message) {
        guard let connection = message.peer.map(Connection.init) else { return }
        let time = network.arrival(now, on: connection, towardsBroker: false, using: &random)
        events.add(.arriveAtActor(connection, message), at: time)
    }

    private mutating func arriveAtBroker(_ connection: Connection, _ input: Input) {
        guard daemon != nil, isCurrent(connection) else { return }
        deliver(input)
    }

    private mutating func arriveAtActor(_ connection: Connection, _ message: Message) {
        guard isCurrent(connection) else { return }
        switch connection.actor {
        case .reporter(let index): hear(reporter: index, message)
        case .terminal(let index): hear(terminal: index, message)
        }
    }

    private func isCurrent(_ connection: Connection) -> Bool {
        switch connection.actor {
        case .reporter(let index): reporters[index].connection == connection
        case .terminal(let index): terminals[index].connection == connection
        }
    }

    /// The actor's connection breaks. The broker may learn of it, or has to find out by the silence.
    mutating func reconnect(terminal index: Int) {
        let old = terminals[index].connection
        terminals[index].reconnect()
        if daemon != nil, random.chance(50) { deliver(.unreachable(old.peer.identity)) }
    }
}
