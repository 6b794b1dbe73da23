import TocsinModel
import TocsinWire

/// A joined terminal's slot in the broker's table. It is reused after the terminal has left.
struct TerminalID: Hashable {
    let value: Int
}

/// The joined terminals, each in its slot.
struct TerminalTable {
    /// The slots. A free slot holds ``Terminal/gone``: looking into an optional would copy its content.
    private var slots: [Terminal] = []
    private var free: [TerminalID] = []

    var count: Int { slots.count - free.count }

    /// The terminal in a used slot. The accessors lend it in place.
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

    /// Removes a terminal and returns it.
    mutating func remove(_ id: TerminalID) -> Terminal {
        let terminal = self[id]
        slots[id.value] = .gone
        free.append(id)
        return terminal
    }

    /// Every used slot, in order.
    var inUse: [TerminalID] { slots.indices.filter { !slots[$0].isGone }.map(TerminalID.init) }
}

/// A connected program of a recipient.
struct Terminal {
    let peer: Peer
    /// The number of the join, in the order of all joins.
    let joined: Int
    let name: String
    let mailbox: MailboxID
    let credit: Int
    /// The principal whose connection it is; nil where the broker asked for no key.
    let principal: String?

    /// Numbers sent to this terminal and not yet RECEIVED by it.
    private(set) var outstanding = NumberSet()
    private var outstandingCount = 0
    /// The numbers that were outstanding at the last redelivery check.
    private var marked = NumberSet()
    /// Sizes of outstanding reports that are too large for credit alone to bound.
    private var largeReports: [AlertNumber: Int32] = [:]
    private var largeBytes = 0
    /// True while the terminal says RECEIVED, or people at it speak. It is false if the terminal has had an alert for
    /// too long and has been silent about all alerts since the last check.
    private(set) var isAnswering = true
    private var hasAnswered = false

    /// The value of a free slot.
    fileprivate static let gone = Terminal(
        peer: Peer(identity: PeerIdentity([])), joined: -1, name: "", mailbox: MailboxID(index: 0), credit: 0,
        principal: nil)

    fileprivate var isGone: Bool { joined < 0 }

    /// The size in bytes from which a report counts as large. Below it, credit bounds the cost of a terminal well
    /// enough.
    private static let largeReport: Int32 = 4 * 1024

    init(peer: Peer, joined: Int, name: String, mailbox: MailboxID, credit: Int, principal: String?) {
        self.peer = peer
        self.joined = joined
        self.name = name
        self.mailbox = mailbox
        self.credit = credit
        self.principal = principal
    }

    /// Returns true if one more report of that size may be sent. A terminal without outstanding large reports takes any
    /// size.
    func hasRoom(for reportBytes: Int32, within limit: Int) -> Bool {
        guard outstandingCount < credit else { return false }
        guard reportBytes >= Self.largeReport else { return true }
        return largeBytes == 0 || largeBytes + Int(reportBytes) <= limit
    }

    func hasOutstanding(_ number: AlertNumber) -> Bool { outstanding.contains(number) }

    /// Notes that an alert has been sent. Returns false if the terminal had it already.
    mutating func noteSent(_ number: AlertNumber, reportBytes: Int32) -> Bool {
        guard outstanding.insert(number) else { return false }
        outstandingCount += 1
        if reportBytes >= Self.largeReport {
            largeReports[number] = reportBytes
            largeBytes += Int(reportBytes)
        }
        return true
    }

    /// Notes that the terminal has said RECEIVED or sent a person's word.
    mutating func noteAnswer() {
        (isAnswering, hasAnswered) = (true, true)
    }

    /// Frees the credit of those numbers that were outstanding, and returns them.
    mutating func noteFreed(_ numbers: ClosedRange<AlertNumber>) -> [ClosedRange<AlertNumber>] {
        let freed = outstanding.remove(numbers)
        for range in freed {
            outstandingCount -= range.count
            guard !largeReports.isEmpty else { continue }
            for number in range { largeBytes -= Int(largeReports.removeValue(forKey: number) ?? 0) }
        }
        return freed
    }

    /// Returns the numbers that have been outstanding since the last call, and so for at least the time between two
    /// calls.
    mutating func overdue() -> [AlertNumber] {
        let overdue = outstanding.numbers.filter { marked.contains($0) }
        marked = outstanding
        if !overdue.isEmpty, !hasAnswered { isAnswering = false }
        hasAnswered = false
        return overdue
    }
}

/// A connection on the alerts endpoint that has joined a recipient.
struct Session {
    let peer: Peer
    /// The index in the list of all sessions.
    var index: Int
    var lastHeard: Int64
    var lastPinged: Int64
    /// The number of PINGs since the connection was last heard.
    var unansweredPings = 0
    var terminals: [TerminalID] = []
}
