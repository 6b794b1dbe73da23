import Dispatch
import Synchronization
import Threads
import TocsinCore
import TocsinModel
import ZeroMQ

/// The place where a newcomer shakes hands.
protocol Door: Sendable {
    /// Lets a newcomer in, to say who it is. False while others have not gone in yet.
    func open(to newcomer: HandedConnection) -> Bool
}

/// The door to a socket that all who belong share.
final class SocketDoor: Door {
    private let entrance: Entrance

    /// - Throws: As ``ZeroMQ/Entrance``.
    init(to socket: borrowing Socket) throws(ZeroMQError) {
        entrance = try Entrance(to: socket)
    }

    func open(to newcomer: HandedConnection) -> Bool { entrance.hand(newcomer) }
}

/// Takes newcomers at the endpoints that demand keys, and lets so many strangers a second shake hands, on a thread of its own.
///
/// A handshake takes time of libzmq's one thread for input and output, which sends the alerts, too. A crowd of strangers
/// waits here, where each costs no more than a descriptor:
///
///     port → accept → waiting room, an address in turn → door → handshake → gatekeeper
///
/// Whoever goes while it waits, or never says a word, has no handshake. Those who turn out to belong do not count: after a
/// restart all may come as fast as they can.
final class Porter: Sendable {
    /// An endpoint: where newcomers come from, and where they go in.
    struct Endpoint: Sendable {
        let listener: Listener
        let door: any Door
    }

    private struct State {
        var failure: ServiceError?
        var isStopped = false
    }

    private let endpoints: [Endpoint]
    private let done: WakeUp
    private let wakeUp: WakeUp
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - endpoints: The endpoints that demand keys.
    ///   - gatekeeper: Knows how many have been let in.
    ///   - done: Signalled if the thread ends by itself.
    /// - Throws: If the system has no thread or pipe to give.
    init(at endpoints: [Endpoint], _ gatekeeper: Gatekeeper, done: WakeUp) throws {
        self.endpoints = endpoints
        self.done = done
        wakeUp = try WakeUp()
        try OwnThread.start("tocsin-porter") { [self] in
            do {
                var hall = Hall(endpoints, gatekeeper, wakeUp: wakeUp)
                while !state.withLock({ $0.isStopped }) { try hall.runTurn() }
            } catch {
                state.withLock { $0.failure = .gatekeeper("\(error)") }
                done.signal()
            }
            ended.signal()
        }
    }

    /// Ends the thread. Whoever still waits is cut.
    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.signal()
        ended.wait()
    }

    /// The error that ended the thread; nil while it works.
    var failure: ServiceError? { state.withLock { $0.failure } }
}

/// The newcomers, and all that their thread waits for.
private struct Hall: ~Copyable {
    private struct Newcomer {
        let connection: HandedConnection
        let door: any Door
        /// The uptime in milliseconds.
        let acceptedAt: Int64
    }

    private let endpoints: [Porter.Endpoint]
    private let gatekeeper: Gatekeeper
    /// The number of those who had been let in at the last look.
    private var admitted = 0
    private var room = WaitingRoom<Newcomer>(places: Limits.newcomers)
    /// The uptime at which the next newcomer may go in.
    private var nextTurn: Int64 = 0
    /// The uptime at which those who wait are looked at again.
    private var nextLook: Int64 = 0
    /// The uptime until which nobody is accepted; nil while everybody is.
    private var closedUntil: Int64?
    /// Those who may still be accepted into the full room, until the uptime at which there are more.
    private var accepted = (left: 0, until: Int64.min)

    private var poll = PollSet()
    private var onListeners: [PollSet.Index] = []

    /// Milliseconds between two handshakes of strangers.
    private static let interval = Int64(max(1, 1_000 / Limits.handshakesPerSecond))
    /// Handshakes that make up for those who belong, and for time in which this thread did not run.
    private static let arrears: Int64 = 4
    /// Milliseconds until those who have said nothing yet are looked at again.
    private static let patience: Int64 = 2
    private static let pause: Int64 = 100
    private static let connectionsPerTurn = 64
    private static let looksPerTurn = 64
    /// Those who are accepted into the full room in the time of ``patience``, be it to be turned away. A crowd that comes
    /// again and again costs no more than that.
    private static let acceptedWhenFull = 8

    init(_ endpoints: [Porter.Endpoint], _ gatekeeper: Gatekeeper, wakeUp: WakeUp) {
        self.endpoints = endpoints
        self.gatekeeper = gatekeeper
        _ = poll.add(fileDescriptor: wakeUp.fileDescriptor, for: .readable)
        for endpoint in endpoints {
            onListeners.append(poll.add(fileDescriptor: endpoint.listener.fileDescriptor, for: .readable))
        }
    }

    deinit {
        var room = room
        while let (newcomer, _) = room.next() { newcomer.connection.close() }
    }

    /// Waits for something to do, and does it.
    mutating func runTurn() throws {
        let before = SystemClock.now.uptime
        let times = [closedUntil, room.count > 0 ? nextLook : nil].compactMap { $0 }
        _ = try poll.poll(timeout: times.min().map { .milliseconds(max(0, $0 - before)) })
        let now = SystemClock.now.uptime
        if let time = closedUntil, now >= time { open() }
        for (endpoint, index) in zip(endpoints, onListeners) where closedUntil == nil && !poll[index].isEmpty {
            accept(at: endpoint, now)
        }
        if room.count > 0, now >= nextLook { letIn(at: now) }
    }

    private mutating func accept(at endpoint: Porter.Endpoint, _ now: Int64) {
        for _ in 0..<Self.connectionsPerTurn {
            guard !room.isFull || mayAcceptIntoFullRoom(at: now) else { return close(until: now + Self.patience) }
            switch endpoint.listener.accept() {
            case .connection(let connection):
                receive(Newcomer(connection: connection, door: endpoint.door, acceptedAt: now))
            case .nobody: return
            case .notNow: return close(until: now + Self.pause)
            }
        }
    }

    private mutating func mayAcceptIntoFullRoom(at now: Int64) -> Bool {
        if now >= accepted.until { accepted = (Self.acceptedWhenFull, now + Self.patience) }
        accepted.left -= 1
        return accepted.left >= 0
    }

    /// Gives a newcomer a place. In the full room it takes another's, or is turned away: whoever comes from where most come
    /// from.
    private mutating func receive(_ newcomer: Newcomer) {
        let address = newcomer.connection.origin
        if room.isFull {
            guard room.hasLessThanItsShare(address) else { return newcomer.connection.refuse() }
            room.takeFromLongestLine { $0.connection.state == .silent }?.connection.refuse()
        }
        room.add(newcomer, from: address)
    }

    /// Lets in those whose turn it is, if they have something to say.
    private mutating func letIn(at now: Int64) {
        let before = admitted
        admitted = gatekeeper.counts.admitted
        nextTurn = max(nextTurn - Int64(admitted - before) * Self.interval, now - Self.arrears * Self.interval)
        nextLook = now + Self.patience
        for _ in 0..<min(Self.looksPerTurn, room.count) {
            guard nextTurn <= now, let (newcomer, address) = room.next() else { break }
            let hasTime = now - newcomer.acceptedAt < Int64(Limits.handshakeSeconds) * 1_000
            switch newcomer.connection.state {
            case .speaks where newcomer.door.open(to: newcomer.connection):
                nextTurn += Self.interval
                nextLook = nextTurn
            case .silent where hasTime, .speaks:
                room.add(newcomer, from: address)
            case .silent, .gone:
                newcomer.connection.close()
            }
        }
    }

    /// Leaves whoever comes waiting with the system. The listeners' descriptors would stay readable.
    private mutating func close(until time: Int64) {
        closedUntil = time
        for index in onListeners { poll.setEvents([], at: index) }
    }

    private mutating func open() {
        closedUntil = nil
        for index in onListeners { poll.setEvents(.readable, at: index) }
    }
}
