import TocsinModel

/// A mailbox's index in the broker's table; it never changes while the broker lives.
struct MailboxID: Hashable {
    private let position: Int32

    init(index: Int) {
        position = Int32(index)
    }

    var index: Int { Int(position) }
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

    /// Where each alert of an open incident is.
    private var locations = NumberWindow()
    /// Alerts to which something is owed.
    private(set) var openCount = 0
    /// Numbers to be sent. One that has been settled meanwhile may stay until it comes up.
    private var queue = SeverityQueue()
    /// Numbers that terminals have had for too long which no longer say RECEIVED: for those that do.
    private var overdue = SeverityQueue()
    /// With how many terminals each number is that has been sent and not RECEIVED.
    private var underWay = NumberWindow()

    init(recipient: Recipient) {
        self.recipient = recipient
    }

    /// Whether anything is owed to this recipient.
    var isEmpty: Bool { openCount == 0 }

    /// Where an alert is; nil for one whose incident has closed.
    func location(of number: AlertNumber) -> AlertLocation? {
        locations[number.value].map(AlertLocation.init(packed:))
    }

    /// Whether this number has ever been given.
    func hasGiven(_ number: AlertNumber) -> Bool { number.value > 0 && number < next }

    /// Those numbers of a range that have been given; nil where none has.
    func given(of range: ClosedRange<AlertNumber>) -> ClosedRange<AlertNumber>? {
        let (first, last) = (max(range.lowerBound.value, 1), min(range.upperBound.value, next.value - 1))
        return first <= last ? AlertNumber(first)...AlertNumber(last) : nil
    }

    /// The first number of a range that has not been given; nil where all have.
    func firstNotGiven(of range: ClosedRange<AlertNumber>) -> AlertNumber? {
        if range.lowerBound.value < 1 { return range.lowerBound }
        return range.upperBound < next ? nil : max(range.lowerBound, next)
    }

    mutating func add(_ number: AlertNumber, at location: AlertLocation, severity: Severity) {
        next = max(next, number.advanced(by: 1))
        locations.insert(location.packed, at: number.value)
        openCount += 1
        undelivered += 1
        enqueue(number, severity: severity)
    }

    /// Puts an alert back that a snapshot has; its number is below ``next``.
    mutating func restore(_ alert: OpenAlert, at location: AlertLocation, severity: Severity) {
        locations.insert(location.packed, at: alert.number.value)
        if !alert.isSettled { openCount += 1 }
        guard !alert.state.isDelivered else { return }
        undelivered += 1
        enqueue(alert.number, severity: severity)
    }

    /// Goes on counting where a snapshot says.
    mutating func restoreNext(_ number: AlertNumber) {
        next = number
    }

    /// To one alert nothing more is owed. People may go on to speak of it while its incident is open.
    mutating func settle() {
        openCount -= 1
        guard openCount == 0 else { return }
        queue.removeAll()
        overdue.removeAll()
    }

    /// The incident of an alert has closed.
    mutating func forget(_ number: AlertNumber) {
        locations.remove(number.value)
    }

    mutating func enqueue(_ number: AlertNumber, severity: Severity) {
        queue.insert(number, severity: severity)
    }

    /// Offers a number to the other terminals, those that say RECEIVED.
    mutating func enqueueOverdue(_ number: AlertNumber, severity: Severity) {
        overdue.insert(number, severity: severity)
    }

    /// The number to be sent next, most severe first, oldest first within a severity; and whether it is overdue with others.
    ///
    /// - Parameter considersOverdue: whether such a number may be the next one.
    func first(considersOverdue: Bool) -> (number: AlertNumber, isOverdue: Bool)? {
        let (new, old) = (queue.first, considersOverdue ? overdue.first : nil)
        guard let old else { return new.map { (number: $0.number, isOverdue: false) } }
        if let new, (new.rank, new.number) <= (old.rank, old.number) { return (new.number, false) }
        return (old.number, true)
    }

    mutating func removeFirst(isOverdue: Bool) {
        if isOverdue { overdue.removeFirst() } else { queue.removeFirst() }
    }

    // MARK: - Under way

    /// Whether a terminal has been sent this number and has not RECEIVED it.
    func isUnderWay(_ number: AlertNumber) -> Bool { underWay[number.value] != nil }

    /// Every number that is under way, ascending.
    var numbersUnderWay: [AlertNumber] {
        var numbers: [AlertNumber] = []
        underWay.forEach(after: 0) { number, _ in
            numbers.append(AlertNumber(number))
            return true
        }
        return numbers
    }

    /// One more terminal has been sent a number.
    mutating func noteSent(_ number: AlertNumber) {
        underWay.insert((underWay[number.value] ?? 0) + 1, at: number.value)
    }

    /// One terminal fewer has a number.
    mutating func noteFreed(_ number: AlertNumber) {
        guard let count = underWay[number.value] else { return }
        if count > 1 { underWay.insert(count - 1, at: number.value) } else { underWay.remove(number.value) }
    }
}

/// Which alert of which incident a number means, in one word:
///
///     63 … 32     31 … 0
///     index       slot
struct AlertLocation {
    let packed: UInt64

    init(slot: IncidentSlot, index: Int) {
        packed = UInt64(UInt32(index)) << 32 | UInt64(UInt32(slot.index))
    }

    init(packed: UInt64) {
        self.packed = packed
    }

    var slot: IncidentSlot { IncidentSlot(index: Int32(truncatingIfNeeded: packed)) }

    /// Index into the incident's alerts.
    var index: Int { Int(packed >> 32) }
}
