import DequeModule
import HeapModule
import TocsinJournal
public import TocsinModel
public import TocsinRouting
import TocsinWire

/// The broker as a deterministic state machine: inputs and the time go in, records and messages come out.
///
/// It has no sockets, files, clocks, randomness, threads or logs. Its durable state is the fold of the journal's
/// records by ``apply(_:now:)``, which recovery and normal work share. Sessions and followers live and die with the
/// broker.
///
///     var broker = Broker(rules: rules, directory: directory, settings: settings)
///     try journal.replay(after: .zero) { broker.apply($0, now: now) }
///
///     var turn = Turn(now: now)
///     broker.handle(.report(peer, reference, report, body: body, stored: nil), into: &turn)
///     // send turn.immediate, append turn.records, then send turn.afterCommit
///
/// A broker belongs to one thread.
public struct Broker {
    public internal(set) var rules: Ruleset
    public internal(set) var directory: Directory
    public let settings: BrokerSettings

    // Durable: the fold of the journal.
    public internal(set) var lastPosition = Position.zero
    var incidents = IncidentTable()
    var mailboxes: [Mailbox] = []
    var mailboxIDs: [Recipient: MailboxID] = [:]
    var deadlines = Heap<Deadline>()
    var unanswered = UnansweredAlerts()
    /// The subscriptions, which are durable, and how they stand by the rules in force.
    public internal(set) var subscriptions = SubscriptionTable()
    /// The Updates and Cancels of incidents.
    var news = NewsTable()
    /// The incidents that further reports of their happening can join.
    var correlations = CorrelationTable()
    /// Operators' silences, and the open incidents that one of them, or of the rules, keeps still.
    public internal(set) var silences = SilenceTable()
    var hushed = HushedIncidents()
    /// The digest of the files in force, or nil before the first ones.
    var rulesDigest: RulesDigest?
    /// The recorded parts of unfinished files, and the position of the last one.
    var rulesSoFar: (digest: RulesDigestParts, last: Position)?
    /// The position of the rules record in force.
    public internal(set) var rulesPosition = Position.zero
    /// True if records were folded of which little is left. Whoever was told of news by those is not known any more.
    var hasGaps = false

    /// The snapshot in the making, and the number of snapshots begun.
    var snapshotWriter: SnapshotWriter?
    var snapshotsBegun: UInt32 = 0

    // Volatile: connections, and work under way.
    var sessions: [PeerIdentity: Session] = [:]
    var terminals = TerminalTable()
    var joinedSoFar = 0
    var followers = FollowerTable()
    var nextFollowerCheck: Int64 = 0
    var uncommitted = UncommittedReports()
    var uncommittedEnds = UncommittedEnds()
    var gathered = GatheredReceived()
    var mailboxCache = AddressCache<Addressee, MailboxID>(size: 256)
    /// Every connection in ``sessions``, each at its session's index, and the index where the next check begins.
    var sessionList: [PeerIdentity] = []
    var nextSession = 0
    var nextHeartbeatCheck: Int64 = 0
    var nextRedeliveryCheck: Int64 = 0
    /// The uptime from which an empty mailbox counts as unattended, when everybody has had time to join again; nil before
    /// the broker serves.
    var attendedFrom: Int64?
    /// True if some incident had a plan that goes on early where nobody has joined.
    var watchesAttendance = false
    var patrol = Patrol()
    var duty = DutyInForce()
    var dutyGaps = DutyGaps()
    var links = LinkSupervision()
    var nextLinkCheck: Int64 = 0
    var nextHushCheck: Int64 = 0
    var silenceEnds = SilenceEnds()

    /// The promises that the broker can make at present.
    public internal(set) var standing = Standing.serving
    /// The presence that outlives the state, while the state is unknown.
    var awaited = Presence()

    public init(rules: Ruleset, directory: Directory, settings: BrokerSettings) {
        self.rules = rules
        self.directory = directory
        self.settings = settings
    }

    /// Handles one input. Every event enters the broker here.
    public mutating func handle(_ input: Input, into turn: inout Turn) {
        guard standing != .recovering else { return answerWhileRecovering(input, into: &turn) }
        if !gathered.isEmpty, input.dependsOnReceived { recordReceived(into: &turn) }
        switch input {
        case .report(
            let peer, let reference, let report, let body, let stored, let referenced, let principal, let within):
            let subject = Case(report, at: turn.now.wall, body: body, in: directory)
            self.report(
                peer, reference, subject, stored: stored, referenced: referenced, by: principal, within: within,
                into: &turn)
        case .follow(let peer, let reference, let incident, let isStored):
            follow(peer, reference, incident, isStored: isStored, into: &turn)
        case .rate(let peer, let reference, let rated, let incident):
            rate(peer, reference, rated, of: incident, into: &turn)
        case .join(let peer, let recipient, let terminal, let credit, let principal):
            join(peer, recipient, terminal: terminal, credit: credit, by: principal, into: &turn)
        case .received(let peer, let recipient, let numbers):
            received(peer, recipient, numbers, into: &turn)
        case .acknowledge(let peer, let recipient, let number, let person):
            personal(peer, .acknowledge, recipient, number, .acknowledged, person, into: &turn)
        case .decline(let peer, let recipient, let number, let person):
            personal(peer, .decline, recipient, number, .declined, person, into: &turn)
        case .status(let peer, let recipient, let number, let state, let person):
            personal(peer, .status, recipient, number, state, person, into: &turn)
        case .leave(let peer, let recipient):
            leave(peer, recipient, into: &turn)
        case .subscribe(let peer, let subscription):
            subscribe(peer, subscription, into: &turn)
        case .unsubscribe(let peer, let unsubscribed):
            unsubscribe(peer, unsubscribed, into: &turn)
        case .subscriptions(let peer, let recipient):
            listSubscriptions(peer, recipient, into: &turn)
        case .ping(let endpoint, let peer, let payload):
            if endpoint == .alerts { heard(peer, now: turn.now) }
            turn.send(.pong(endpoint, peer, payload))
        case .heard(let peer):
            heard(peer, now: turn.now)
        case .unreachable(let identity):
            end(identity, into: &turn)
        case .reporterGone(let identity):
            followers.remove(identity)
        case .close(let peer, let reference, let incident, let person):
            close(peer, reference, incident, person, into: &turn)
        case .silence(let peer, let reference, let silence):
            self.silence(peer, reference, silence, into: &turn)
        case .split(let peer, let reference, let wish): split(peer, reference, wish, into: &turn)
        case .unsilence(let peer, let reference, let number, let person):
            unsilence(peer, reference, number, person, into: &turn)
        case .reopen(let peer, let reference, let life, let person):
            reopen(peer, reference, life, person, into: &turn)
        case .clientHeard(let name): links.heard(name, now: turn.now.uptime)
        case .tick:
            tick(into: &turn)
        }
    }

    /// Notes that the records up to `position` are on disk.
    public mutating func committed(through position: Position) {
        uncommitted.removeAll(through: position)
        uncommittedEnds.removeAll(through: position)
    }

    /// True while the journal takes records, perhaps without new reports. Otherwise a request that needs a record is
    /// refused `unavailable`.
    var isJournalAvailable: Bool { standing == .serving || standing == .sparing }

    /// The uptime in milliseconds at which ``Input/tick`` is due next.
    public var nextTick: Int64? {
        var next = isJournalAvailable ? deadlines.min?.due : nil
        if isJournalAvailable, !links.isEmpty { next = min(next ?? .max, nextLinkCheck) }
        if isJournalAvailable, dutyGaps.isOn { next = min(next ?? .max, dutyGaps.nextCheck) }
        if isJournalAvailable, hasSilences { next = min(next ?? .max, nextHushCheck) }
        if let record = nextReceivedRecord { next = min(next ?? .max, record) }
        if !followers.isEmpty { next = min(next ?? .max, nextFollowerCheck) }
        if !sessions.isEmpty { next = min(next ?? .max, nextHeartbeatCheck, nextRedeliveryCheck) }
        return next
    }
}

extension Broker {
    /// Appends a record to the turn and folds it into the state.
    mutating func record(_ record: JournalRecord, into turn: inout Turn) {
        let entry = JournalEntry(position: lastPosition.next, at: turn.now.wall, record: record)
        turn.add(entry)
        apply(entry, now: turn.now, into: &turn)
    }

    func refuse(
        _ peer: Peer, _ endpoint: Endpoint, _ subject: String, _ refusal: Refusal, _ command: CommandWord,
        number: AlertNumber? = nil, into turn: inout Turn
    ) {
        turn.refuse(endpoint, peer, subject: subject, refusal, command, number: number)
    }

    mutating func mailboxID(of addressee: Addressee) -> MailboxID {
        if let id = mailboxCache[addressee.address] { return id }
        let id = mailboxID(addressee.recipient)
        mailboxCache.add(id, of: addressee, at: addressee.address)
        return id
    }

    mutating func mailboxID(_ recipient: Recipient) -> MailboxID {
        if let id = mailboxIDs[recipient] { return id }
        let id = MailboxID(index: mailboxes.count)
        mailboxes.append(Mailbox(recipient: recipient))
        mailboxIDs[recipient] = id
        return id
    }
}
