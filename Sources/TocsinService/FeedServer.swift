import Dispatch
import Synchronization
import Threads
import TocsinAccess
import TocsinCore
import TocsinModel
import ZeroMQ

/// Serves the feed to clients with keys, on a thread of its own: each gets what it may see.
///
/// A PUB cannot tell its subscribers apart. So each has a ``FeedSubscriber`` to itself, to which its connection is handed,
/// and whose name tells the ``Gatekeeper`` which connection it lets in:
///
///     porter → the subscriber in waiting → handshake → gatekeeper → admissions → what its client may see
///     broker's loop → PAIR → every subscriber that may see the topic
///
/// A connection that ends is found by a look at all of them each second. To cut off a client the loop ends its
/// connections by its number (``ZeroMQ/ConnectionBounds``).
final class FeedServer: Sendable {
    /// The way from the loop.
    static let items = "inproc://feed"

    private struct State {
        var failure: ServiceError?
        var isStopped = false
    }

    private let gatekeeper: Gatekeeper
    private let settings: BrokerSettings
    private let done: WakeUp
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - gatekeeper: Who lets in the subscribers.
    ///   - settings: The bounds of their connections.
    ///   - done: Signalled if the thread ends by itself.
    init(_ gatekeeper: Gatekeeper, settings: BrokerSettings, done: WakeUp) {
        self.gatekeeper = gatekeeper
        self.settings = settings
        self.done = done
    }

    /// Starts the thread.
    ///
    /// - Throws: If the system has no thread to give.
    func open(context: Context, key: CurveSecretKey) throws {
        try OwnThread.start("tocsin-feed") { [self] in
            do {
                var room = try FeedRoom(gatekeeper, context: context, key: key, settings: settings)
                while !state.withLock({ $0.isStopped }) { try room.runTurn() }
                try room.end()
            } catch {
                state.withLock { $0.failure = .feed("\(error)") }
                done.signal()
            }
            ended.signal()
        }
    }

    /// Sends what has been published, and ends the thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        gatekeeper.feed.wakeUp.signal()
        ended.wait()
    }

    /// The error that ended the thread; nil while it works.
    var failure: ServiceError? { state.withLock { $0.failure } }

    /// The number of subscribers.
    var count: Int { gatekeeper.feed.count }
}

/// The subscribers, and all that their thread waits for.
private struct FeedRoom: ~Copyable {
    private let gatekeeper: Gatekeeper
    private let context: Context
    private let key: CurveSecretKey
    private let settings: BrokerSettings

    private let items: Socket
    private var topic = Message()
    private var body = Message()

    private var subscribers: [FeedAdmissions.Serial: FeedSubscriber] = [:]
    /// The one that the next connection is handed to; nil while there are no descriptors or sockets for one.
    private var inWaiting: FeedSubscriber?
    private var lastSerial: FeedAdmissions.Serial = 0
    /// The uptime at which all are looked at again.
    private var nextLook: Int64 = 0
    /// The uptime at which a newcomer who waits for others is looked at again; nil if there is none.
    private var nextNewcomer: Int64?

    private var poll: PollSet
    private let onItems: PollSet.Index
    private let onWakeUp: PollSet.Index

    private static let timeBetweenLooks: Int64 = 1_000
    private static let pause: Int64 = 100
    /// The time that a handshake may take, in milliseconds, while others wait for theirs.
    private static let patience: Int64 = 1_000
    private static let mostSubscribers = Limits.feedSubscribers + Limits.feedHandshakes
    private static let itemsPerTurn = 256

    init(
        _ gatekeeper: Gatekeeper, context: Context, key: CurveSecretKey, settings: BrokerSettings
    ) throws {
        let items = try Socket(.pair, in: context)
        try items.setReceiveHighWaterMark(Int(Limits.feedQueueMessages) / 2)
        try items.connect(to: FeedServer.items)
        var poll = PollSet()
        onItems = poll.add(items, for: .readable)
        onWakeUp = poll.add(fileDescriptor: gatekeeper.feed.wakeUp.fileDescriptor, for: .readable)
        self.items = items
        self.poll = poll
        self.gatekeeper = gatekeeper
        self.context = context
        self.key = key
        self.settings = settings
        prepare()
    }

    /// Waits for something to do, and does it.
    mutating func runTurn() throws {
        let before = SystemClock.now.uptime
        let times = [nextNewcomer, subscribers.isEmpty ? nil : nextLook].compactMap { $0 }
        _ = try poll.poll(timeout: times.min().map { .milliseconds(max(0, $0 - before)) })
        if !poll[onWakeUp].isEmpty { gatekeeper.feed.wakeUp.clear() }
        let now = SystemClock.now.uptime
        // Whoever has been let in gets what is published from then on.
        admit()
        if !poll[onItems].isEmpty { try publish(atMost: Self.itemsPerTurn) }
        if now >= nextNewcomer ?? .min { takeNewcomer(at: now) }
        if now >= nextLook { try look(at: now) }
    }

    /// Sends what has been published, and ends. Connections that take it have a time to do so.
    mutating func end() throws {
        try publish(atMost: Int(Limits.feedQueueMessages))
        for subscriber in subscribers.values { try subscriber.linger(Feed.linger) }
        for serial in subscribers.keys { gatekeeper.feed.forget(serial) }
        gatekeeper.feed.takeNewcomer()?.close()
    }

    private mutating func publish(atMost count: Int) throws {
        for _ in 0..<count {
            guard try items.receive(into: &topic, wait: false) else { return }
            guard topic.isMore, try items.receive(into: &body, wait: false) else { continue }
            for subscriber in subscribers.values { try subscriber.send(&topic, &body) }
        }
    }

    private mutating func admit() {
        for (serial, principal) in gatekeeper.feed.take() {
            guard let subscriber = subscribers[serial], let entry = gatekeeper.principals[principal] else { continue }
            subscriber.admit(principal, entry.name, entry.rights)
            // Whoever is out since it was let in may not have been found by its number yet.
            if gatekeeper.principals[principal]?.isIn(at: SystemClock.now.wall) != true { remove(subscriber) }
        }
    }

    private mutating func takeNewcomer(at uptime: Int64) {
        nextNewcomer = nil
        guard gatekeeper.feed.hasNewcomer else { return }
        guard makeRoom(at: uptime) else {
            nextNewcomer = uptime + Self.pause
            return
        }
        prepare()
        guard let connection = gatekeeper.feed.takeNewcomer() else { return }
        guard subscribers.count < Self.mostSubscribers, let subscriber = inWaiting else { return connection.refuse() }
        inWaiting = nil
        gatekeeper.feed.expect(subscriber.serial)
        subscribers[subscriber.serial] = subscriber
        subscriber.take(connection, at: uptime)
    }

    /// Makes the subscriber that the next connection is handed to, if there is none.
    private mutating func prepare() {
        guard inWaiting == nil else { return }
        lastSerial += 1
        // Connections are refused as long as there is none.
        inWaiting = try? FeedSubscriber(lastSerial, in: context, key: key, settings: settings)
    }

    /// Sees to it that one more connection may shake hands. False if it must wait for others.
    private mutating func makeRoom(at uptime: Int64) -> Bool {
        let strangers = subscribers.values.filter { !$0.isIn }
        guard strangers.count >= Limits.feedHandshakes else { return true }
        let gone = strangers.filter { !$0.isOpen }
        for subscriber in gone { remove(subscriber) }
        guard gone.isEmpty else { return true }
        guard let oldest = strangers.min(by: { $0.serial < $1.serial }), uptime - oldest.acceptedAt >= Self.patience
        else { return false }
        remove(oldest)
        return true
    }

    /// Looks after all subscribers: who has gone, who does not say who it is, and who subscribes to what.
    private mutating func look(at uptime: Int64) throws {
        nextLook = uptime + Self.timeBetweenLooks
        let shaking = Int64(Limits.handshakeSeconds + 1) * 1_000
        for subscriber in subscribers.values {
            if !subscriber.isOpen || !subscriber.isIn && uptime - subscriber.acceptedAt > shaking {
                remove(subscriber)
            } else {
                try subscriber.readSubscriptions()
            }
        }
        prepare()
    }

    private mutating func remove(_ subscriber: FeedSubscriber) {
        if subscriber.isCut, let principal = subscriber.principal {
            gatekeeper.feed.noteRefusal(of: principal, .subscribesToTooMuch)
        }
        subscriber.end()
        subscribers[subscriber.serial] = nil
        gatekeeper.feed.forget(subscriber.serial)
    }
}
