import TocsinModel

/// A mailbox's index in the broker's table. It never changes while the broker lives.
struct MailboxID: Hashable {
    private let position: Int32

    init(index: Int) {
        position = Int32(index)
    }

    var index: Int { Int(position) }
}

/// A recipient's alerts: the open numbers, and those that wait to be sent, in the order of their ranks.
struct Mailbox {
    let recipient: Recipient
    /// The number of the next alert.
    private(set) var next = AlertNumber(1)
    /// The terminals that have joined.
    var terminals: [TerminalID] = []
    /// The uptime at which the last terminal left; long ago if none has joined.
    var emptySince = Int64.min
    /// The number of alerts that no terminal has RECEIVED.
    var undelivered = 0
    /// The number of alerts that some terminal has had and nobody has taken.
    var unanswered = 0

    /// The location of each alert of an open incident.
    private var locations = NumberWindow()
    /// The number of alerts to which something is owed.
    private(set) var openCount = 0
    /// Numbers to be sent. A number that has been settled meanwhile may stay until it comes up.
    private var queue = SeverityQueue()
    /// Numbers held for too long by terminals that no longer say RECEIVED. They are offered to the terminals that do.
    private var overdue = SeverityQueue()
    /// The number of terminals that each number has been sent to and that have not RECEIVED it.
    private var underWay = NumberWindow()

    init(recipient: Recipient) {
        self.recipient = recipient
    }

    /// True if nothing is owed to this recipient.
    var isEmpty: Bool { openCount == 0 }

    /// Returns the location of an alert, or nil if its incident has closed.
    func location(of number: AlertNumber) -> AlertLocation? {
        locations[number.value].map(AlertLocation.init(packed:))
    }

    /// The locations of all alerts of open incidents, in the order of their numbers.
    var openLocations: [AlertLocation] {
        var found: [AlertLocation] = []
        locations.forEach(after: 0) { _, value in
            found.append(AlertLocation(packed: value))
            return true
        }
        return found
    }

    /// Returns true if this number has ever been given.
    func hasGiven(_ number: AlertNumber) -> Bool { number.value > 0 && number < next }

    /// Returns the numbers of a range that have been given, or nil if none has.
    func given(of range: ClosedRange<AlertNumber>) -> ClosedRange<AlertNumber>? {
        let (first, last) = (max(range.lowerBound.value, 1), min(range.upperBound.value, next.value - 1))
        return first <= last ? AlertNumber(first)...AlertNumber(last) : nil
    }

    /// Returns the first number of a range that has not been given, or nil if all have.
    func firstNotGiven(of range: ClosedRange<AlertNumber>) -> AlertNumber? {
        if range.lowerBound.value < 1 { return range.lowerBound }
        return range.upperBound < next ? nil : max(range.lowerBound, next)
    }

    mutating func add(_ number: AlertNumber, at location: AlertLocation, rank: DeliveryRank) {
        next = max(next, number.advanced(by: 1))
        locations.insert(location.packed, at: number.value)
        openCount += 1
        undelivered += 1
        enqueue(number, rank: rank)
    }

    /// Restores an alert from a snapshot. Its number is below ``next``.
    mutating func restore(_ alert: OpenAlert, at location: AlertLocation, rank: DeliveryRank) {
        locations.insert(location.packed, at: alert.number.value)
        if !alert.isSettled { openCount += 1 }
        if alert.state.awaitsPerson(for: alert.purpose) { unanswered += 1 }
        guard alert.state.awaitsDelivery else { return }
        undelivered += 1
        enqueue(alert.number, rank: rank)
    }

    /// Restores the next number from a snapshot, or behind one that was given and removed since.
    mutating func restoreNext(_ number: AlertNumber) {
        next = number
    }

    /// Notes that nothing more is owed to one alert. People may go on to speak of it while its incident is open.
    mutating func settle() {
        openCount -= 1
        guard openCount == 0 else { return }
        queue.removeAll()
        overdue.removeAll()
    }

    /// Forgets an alert whose incident has closed.
    mutating func forget(_ number: AlertNumber) {
        locations.remove(number.value)
    }

    mutating func enqueue(_ number: AlertNumber, rank: DeliveryRank) {
        queue.insert(number, rank: rank)
    }

    /// Offers an overdue number to the other terminals that say RECEIVED.
    mutating func enqueueOverdue(_ number: AlertNumber, rank: DeliveryRank) {
        overdue.insert(number, rank: rank)
    }

    /// Returns the number to send next, by its rank, oldest first within a rank, and whether it is overdue at other
    /// terminals.
    ///
    /// - Parameter considersOverdue: True if an overdue number may be the next one.
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

    /// Returns true if a terminal has been sent this number and has not RECEIVED it.
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

    /// Notes that one more terminal has been sent a number.
    mutating func noteSent(_ number: AlertNumber) {
        underWay.insert((underWay[number.value] ?? 0) + 1, at: number.value)
    }

    /// Notes that one terminal fewer has a number.
    mutating func noteFreed(_ number: AlertNumber) {
        guard let count = underWay[number.value] else { return }
        if count > 1 { underWay.insert(count - 1, at: number.value) } else { underWay.remove(number.value) }
    }
}

extension Mailbox {
    /// Returns true if a record at this position may have given this number. The number has not been given, and it is
    /// not greater than so many records can have reached. The span of the numbers takes memory.
    func mayGive(_ number: AlertNumber, by position: Position) -> Bool {
        number >= next && number.value / Self.numbersOfRecord <= position.value
    }

    /// More numbers than one record gives a mailbox.
    static let numbersOfRecord: Int64 = 1024
}

/// The incident and the alert that a number stands for, in one word:
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

    /// The index into the incident's alerts.
    var index: Int { Int(packed >> 32) }
}
