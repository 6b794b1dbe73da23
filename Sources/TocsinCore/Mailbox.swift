import HeapModule
import TocsinModel

/// A mailbox's index in the broker's table; it never changes while the broker lives.
struct MailboxID: Hashable {
    let index: Int
}

/// A recipient's alerts: numbers that are open, and those that wait to be sent, most severe first.
struct Mailbox {
    let recipient: Recipient
    /// The number that the next alert gets.
    private(set) var next = AlertNumber(1)
    /// Terminals joined now.
    var terminals: [TerminalID] = []
    /// Alerts that no terminal has RECEIVED.
    var undelivered = 0

    /// Where the alert of an open number is.
    private var open = NumberWindow()
    /// Numbers to be sent. A number that has been settled meanwhile stays until it comes up.
    private var queue = Heap<QueueKey>()

    init(recipient: Recipient) {
        self.recipient = recipient
    }

    /// Whether anything is owed to this recipient.
    var isEmpty: Bool { open.isEmpty }

    var openCount: Int { open.count }

    func place(of number: AlertNumber) -> AlertPlace? { open[number] }

    /// Whether this number has ever been given.
    func hasGiven(_ number: AlertNumber) -> Bool { number < next }

    mutating func add(_ number: AlertNumber, at place: AlertPlace, severity: Severity) {
        next = max(next, number.advanced(by: 1))
        open.insert(place, at: number)
        undelivered += 1
        enqueue(number, severity: severity)
    }

    /// Puts an open alert back that a snapshot has; its number is below ``next``.
    mutating func restore(_ number: AlertNumber, at place: AlertPlace, severity: Severity, isDelivered: Bool) {
        open.insert(place, at: number)
        guard !isDelivered else { return }
        undelivered += 1
        enqueue(number, severity: severity)
    }

    /// Goes on counting where a snapshot says.
    mutating func restoreNext(_ number: AlertNumber) {
        next = number
    }

    mutating func settle(_ number: AlertNumber) {
        open.remove(number)
        if open.isEmpty { queue = Heap() }
    }

    mutating func enqueue(_ number: AlertNumber, severity: Severity) {
        queue.insert(QueueKey(severity: severity, number: number))
    }

    /// The number to be sent next, most severe first, oldest first within a severity.
    var first: AlertNumber? { queue.min?.number }

    mutating func removeFirst() {
        _ = queue.popMin()
    }
}

/// Which alert of which incident a number means.
struct AlertPlace {
    let slot: IncidentSlot
    private let position: UInt16

    init(slot: IncidentSlot, index: Int) {
        self.slot = slot
        position = UInt16(index)
    }

    /// Index into the incident's alerts.
    var index: Int { Int(position) }
}

/// The order in which a mailbox is emptied, in one word:
///
///     63 … 56            55 … 0
///     severity's rank    number
struct QueueKey: Comparable {
    private let word: UInt64

    init(severity: Severity, number: AlertNumber) {
        word = UInt64(severity.rank) << 56 | UInt64(number.value)
    }

    var number: AlertNumber { AlertNumber(Int64(word & 0x00ff_ffff_ffff_ffff)) }

    static func < (left: QueueKey, right: QueueKey) -> Bool { left.word < right.word }
}
