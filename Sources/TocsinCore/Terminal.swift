import TocsinModel
import TocsinWire

/// A joined terminal's place in the broker's table; given again after it has left.
struct TerminalID: Hashable {
    let value: Int
}

/// The joined terminals, each in its place.
struct TerminalTable {
    /// A place that is free has ``Terminal/gone``: to look into an optional would be to copy what is in it.
    private var slots: [Terminal] = []
    private var free: [TerminalID] = []

    var count: Int { slots.count - free.count }

    /// The terminal in a place that is in use, lent where it stands.
    subscript(id: TerminalID) -> Terminal {
        _read {
            precondition(!slots[id.value].isGone, "A terminal that has left is not asked.")
            yield slots[id.value]
        }
        _modify {
            precondition(!slots[id.value].isGone, "A terminal that has left is not changed.")
            yield &slots[id.value]
        }
    }

    mutating func add(_ terminal: Terminal) -> TerminalID {
        if let id = free.popLast() {
            slots[id.value] = terminal
            return id
        }
        slots.append(terminal)
        return TerminalID(value: slots.count - 1)
    }

    /// Takes a terminal out.
    mutating func remove(_ id: TerminalID) -> Terminal {
        let terminal = self[id]
        slots[id.value] = .gone
        free.append(id)
        return terminal
    }

    /// Every place in use, in order.
    var inUse: [TerminalID] { slots.indices.filter { !slots[$0].isGone }.map(TerminalID.init) }
}

/// One connected program of a recipient.
struct Terminal {
    let peer: Peer
    /// When it joined, among all that ever did.
    let joined: Int
    let name: String
    let mailbox: MailboxID
    let credit: Int

    /// Numbers sent to this terminal and not yet RECEIVED by it.
    private(set) var outstanding = NumberSet()
    private var outstandingCount = 0
    /// What was outstanding when redelivery last looked.
    private var marked = NumberSet()
    /// Sizes of outstanding reports that are too large for credit alone to bound.
    private var largeReports: [AlertNumber: Int32] = [:]
    private var largeBytes = 0
    /// Whether it says RECEIVED, or people at it speak: false for one that has had something for too long and has said
    /// nothing of any alert since the look before.
    private(set) var isAnswering = true
    private var hasAnswered = false

    /// Stands where no terminal is.
    fileprivate static let gone = Terminal(
        peer: Peer(identity: PeerIdentity([])), joined: -1, name: "", mailbox: MailboxID(index: 0), credit: 0)

    fileprivate var isGone: Bool { joined < 0 }

    /// Below this, credit bounds what a terminal can cost well enough.
    private static let largeReport: Int32 = 4 * 1024

    init(peer: Peer, joined: Int, name: String, mailbox: MailboxID, credit: Int) {
        self.peer = peer
        self.joined = joined
        self.name = name
        self.mailbox = mailbox
        self.credit = credit
    }

    /// Whether one more report of that size may be sent; an idle terminal takes any.
    func hasRoom(for reportBytes: Int32, within limit: Int) -> Bool {
        guard outstandingCount < credit else { return false }
        guard reportBytes >= Self.largeReport else { return true }
        return largeBytes == 0 || largeBytes + Int(reportBytes) <= limit
    }

    func hasOutstanding(_ number: AlertNumber) -> Bool { outstanding.contains(number) }

    /// Notes what it has been sent; false where it had that already.
    mutating func noteSent(_ number: AlertNumber, reportBytes: Int32) -> Bool {
        guard outstanding.insert(number) else { return false }
        outstandingCount += 1
        if reportBytes >= Self.largeReport {
            largeReports[number] = reportBytes
            largeBytes += Int(reportBytes)
        }
        return true
    }

    /// It has said RECEIVED, or a person's word.
    mutating func noteAnswer() {
        (isAnswering, hasAnswered) = (true, true)
    }

    /// Frees the credit of numbers that were outstanding, and returns those that were.
    mutating func noteFreed(_ numbers: ClosedRange<AlertNumber>) -> [ClosedRange<AlertNumber>] {
        let freed = outstanding.remove(numbers)
        for range in freed {
            outstandingCount -= range.count
            guard !largeReports.isEmpty else { continue }
            for number in range { largeBytes -= Int(largeReports.removeValue(forKey: number) ?? 0) }
        }
        return freed
    }

    /// What has been outstanding since the last call, and so for at least the time between two calls.
    mutating func overdue() -> [AlertNumber] {
        let overdue = outstanding.numbers.filter { marked.contains($0) }
        marked = outstanding
        if !overdue.isEmpty, !hasAnswered { isAnswering = false }
        hasAnswered = false
        return overdue
    }
}

/// A connection on the alerts endpoint that has joined something.
struct Session {
    let peer: Peer
    /// Its place in the list of all.
    var index: Int
    var lastHeard: Int64
    var lastPinged: Int64
    /// PINGs since it was last heard.
    var unansweredPings = 0
    var terminals: [TerminalID] = []
}
