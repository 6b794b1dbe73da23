import TocsinModel
import TocsinWire
import ZeroMQ

/// A terminal's messages: JOIN and LEAVE for each recipient, RECEIVED for alerts that the consumer has safely, and the
/// words of people.
struct AlertsConversation: Conversation {
    typealias Completion = @Sendable (Result<AlertState, any Error>) -> Void

    enum Request: Sendable {
        case word(Int64, Word)
        case ask(AskQueue.Ask)
        /// Withdraws a word or a question, as its caller no longer waits.
        case cancel(Int64)
    }

    /// A person's word about an alert: ACKNOWLEDGE, DECLINE or STATUS.
    struct Word: Sendable {
        let command: CommandWord
        let alert: AlertName
        /// The epoch of the alert's number; nil if it is not known.
        let epoch: JournalEpoch?
        /// The body as JSON.
        let person: [UInt8]
        /// For STATUS and DECLINE, the state in the CONFIRMED that answers the word. nil accepts any state that is
        /// taken.
        let state: AlertState?
        let completion: Completion
    }

    /// An alert, named by its recipient's index among those of the terminal, and its number.
    struct AlertName: Hashable, Sendable {
        let recipient: Int
        let number: AlertNumber
    }

    /// The membership of one recipient.
    struct Membership {
        enum State {
            case out
            /// JOIN was sent and not answered. `again` is the time to send it again.
            case asked(again: Instant)
            case joined
        }

        let recipient: Recipient
        var state = State.out
        var heartbeat: Duration?
        /// The epoch of the known numbers.
        var epoch: JournalEpoch?
        /// The number of times the broker has put off the JOIN.
        var attempts = 0
        /// True if the words of people must be sent again once the broker knows this terminal again.
        var mustRepeatWords = false
        var hasLeft = false

        /// True while JOIN has not been answered.
        var isWaiting: Bool { if case .asked = state { true } else { false } }
    }

    /// The time for which RECEIVED may wait for more numbers. It is short beside the time after which a broker sends
    /// again, and long beside a message's way.
    private static let patience = Duration.milliseconds(20)

    /// The ranges that fit a header of 64 KiB, however large the numbers are: each has at most 38 bytes.
    private static let rangesPerMessage = 1500

    let options: ClientOptions
    let queue: AlertQueue
    let events: AsyncStream<TerminalEvent>.Continuation
    let bodies = BodyReader()
    private let terminal: String
    private let credit: Int

    var members: [Membership]
    var words = RequestTable<Word>()
    /// The waiting words about each alert. The first has been sent, and the others are sent when it is answered.
    var wordsOfAlert: [AlertName: [Int64]] = [:]

    /// The questions about subscriptions.
    var asks = AskQueue()

    var arrivals: [AlertQueue.Arrival] = []
    private var unsaid: [[AlertNumber]]
    private var patienceEnds: Instant?
    private var lastHeard = Instant.now
    private var isLeaving = false
    private(set) var hasFailed = false

    init(
        options: ClientOptions, recipients: [Recipient], terminal: String, credit: Int, queue: AlertQueue,
        events: AsyncStream<TerminalEvent>.Continuation
    ) {
        self.options = options
        self.queue = queue
        self.events = events
        self.terminal = terminal
        self.credit = credit
        members = recipients.map { Membership(recipient: $0) }
        unsaid = Array(repeating: [], count: recipients.count)
    }

    /// The broker would not ping a terminal that speaks, and by its PINGs a terminal knows that it is still joined.
    static let showsLife = false

    func isFinished(_ line: borrowing Line) -> Bool { !line.isUp || members.allSatisfy(\.hasLeft) }

    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError) {
        lastHeard = now
        for index in members.indices { try join(index, &line, now) }
        for reference in words.references { try say(reference, &line, now) }
        for recipient in asks.recipients { try ask(recipient, &line, now) }
    }

    mutating func disconnected() {
        for index in members.indices { members[index].state = .out }
        asks.disconnected()
        events.yield(.disconnected)
    }

    mutating func shutOut(_ absence: Absence) {
        events.yield(.shutOut(absence))
    }

    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        switch request {
        case .word(_, let word) where isOfAnotherEpoch(word): word.completion(.failure(ClientError.restored))
        case .word(let reference, let word):
            words.add(reference, word, giveUpAt: nil)
            wordsOfAlert[word.alert, default: []].append(reference)
            // RECEIVED comes before a word about the alert.
            patienceEnds = now
            _ = try sayReceived(&line, now)
            try say(reference, &line, now)
        case .ask(let ask):
            asks.add(ask)
            try self.ask(ask.recipient, &line, now)
        case .cancel(let reference):
            asks.withdraw(reference)
            try answer(reference, .failure(CancellationError()), &line, now)
        }
    }

    mutating func read(_ message: borrowing Incoming, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        lastHeard = now
        let answer = message.header.withUnsafeBytes { header in
            Result { () throws(Refusal) in try AlertsAnswer(header: header) }
        }
        switch answer {
        case .success(let answer): try hear(answer, message, &line, now)
        case .failure(let refusal): events.yield(.malformed(refusal.message))
        }
    }

    mutating func endTurn(_ line: inout Line, now: Instant) throws(ZeroMQError) -> Instant? {
        queue.deliver(&arrivals)
        let receivedDue = try sayReceived(&line, now)
        let due = words.takeDue(now: now)
        for reference in due.toSend {
            if line.isBlocked {
                words.noteSent(reference, again: now + options.reconnect.minimum)
            } else {
                try say(reference, &line, now)
            }
        }
        let askDue = try askDue(&line, now)
        return earliest(earliest(receivedDue, words.nextCheck), earliest(askDue, try joinDue(&line, now)))
    }

    mutating func leave(_ line: inout Line, now: Instant) throws(ZeroMQError) {
        isLeaving = true
        queue.finish()
        _ = try sayReceived(&line, now)
        for member in members where !member.hasLeft {
            line.header.begin(.leave)
            line.header.add(member.recipient.name)
            try line.send()
        }
    }

    mutating func end(_ error: ClientError) {
        queue.finish(error == .closed ? nil : error)
        events.finish()
        for (_, word) in words.removeAll() { word.completion(.failure(error)) }
        asks.end(error)
    }
}

// MARK: - Joining

extension AlertsConversation {
    /// Sends JOIN for a recipient, for the first time or again. The broker takes a second JOIN as a new beginning.
    mutating func join(_ index: Int, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard line.isUp, !isLeaving, !members[index].hasLeft else { return }
        members[index].state = .asked(again: now + options.answerTimeout)
        line.header.begin(.join)
        line.header.add(members[index].recipient.name)
        line.header.add(terminal)
        line.header.add(Int64(credit))
        try line.send()
    }

    /// Joins again if the broker has not answered, or has been silent for three heartbeats.
    private mutating func joinDue(_ line: inout Line, _ now: Instant) throws(ZeroMQError) -> Instant? {
        guard line.isUp, !isLeaving else { return nil }
        var next: Instant?
        for index in members.indices {
            guard let due = joinDue(members[index]) else { continue }
            if due <= now, !line.isBlocked { try join(index, &line, now) }
            next = earliest(next, joinDue(members[index]).map { max($0, now + options.reconnect.minimum) })
        }
        return next
    }

    private func joinDue(_ member: Membership) -> Instant? {
        switch member.state {
        case .out: nil
        case .asked(let again): again
        // The broker pings a terminal that is silent for one heartbeat, so a living line carries messages.
        case .joined: member.heartbeat.map { lastHeard + $0 * 3 }
        }
    }

    /// Ends the conversation, as the broker refuses this terminal for one of its recipients.
    mutating func fail(_ index: Int, _ refusal: Refusal) {
        members[index].hasLeft = true
        hasFailed = true
        queue.finish(.refused(refusal))
    }

    /// Ends the conversation, as the broker refuses this terminal altogether.
    mutating func fail(_ refusal: Refusal) {
        for index in members.indices { members[index].hasLeft = true }
        hasFailed = true
        queue.finish(.refused(refusal))
    }
}

// MARK: - Receiving

extension AlertsConversation {
    mutating func arrive(_ alert: Alert, at recipient: Int) {
        arrivals.append(AlertQueue.Arrival(alert: alert, recipient: recipient))
    }

    /// Says RECEIVED of the received alerts, if there are enough or time is up.
    private mutating func sayReceived(_ line: inout Line, _ now: Instant) throws(ZeroMQError) -> Instant? {
        let isPatient = !isLeaving && patienceEnds.map { now < $0 } ?? true
        guard !queue.takeUnsaid(isPatient: isPatient, into: &unsaid) else {
            if patienceEnds == nil { patienceEnds = now + Self.patience }
            return patienceEnds
        }
        patienceEnds = nil
        for index in unsaid.indices where !unsaid[index].isEmpty {
            // Before JOINED has told the epoch, the meaning of the numbers is unknown. Alerts that matter come again.
            if case .joined = members[index].state {
                try sayReceived(unsaid[index], members[index].recipient, &line)
            }
            unsaid[index].removeAll(keepingCapacity: true)
        }
        return nil
    }

    private func sayReceived(
        _ numbers: [AlertNumber], _ recipient: Recipient, _ line: inout Line
    ) throws(ZeroMQError) {
        var list = NumberList()
        // Sorting keeps the ranges few, although the most severe alerts came first.
        for number in numbers.sorted() {
            if list.ranges.count == Self.rangesPerMessage, list.ranges.last?.upperBound.value != number.value - 1 {
                try send(list, recipient, &line)
                list = NumberList()
            }
            list.append(number)
        }
        try send(list, recipient, &line)
    }

    private func send(_ list: NumberList, _ recipient: Recipient, _ line: inout Line) throws(ZeroMQError) {
        line.header.begin(.received)
        line.header.add(recipient.name)
        line.header.add(list.description)
        try line.send()
    }
}
