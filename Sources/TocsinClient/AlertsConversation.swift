import TocsinModel
import TocsinWire
import ZeroMQ

/// What a terminal says: JOIN and LEAVE for each recipient, RECEIVED for what the consumer has safely, and what people say.
struct AlertsConversation: Conversation {
    typealias Completion = @Sendable (Result<AlertState, any Error>) -> Void

    enum Request: Sendable {
        case word(Int64, Word)
        /// The caller does not wait any more.
        case cancel(Int64)
    }

    /// A person's word about an alert: ACKNOWLEDGE, DECLINE or STATUS.
    struct Word: Sendable {
        let command: CommandWord
        let alert: AlertName
        /// The body, JSON.
        let person: [UInt8]
        /// STATUS and DECLINE: what a CONFIRMED must say to be the answer; nil: any state that is taken.
        let state: AlertState?
        let completion: Completion
    }

    /// An alert, by its recipient's place among those of the terminal.
    struct AlertName: Hashable, Sendable {
        let recipient: Int
        let number: AlertNumber
    }

    /// How it stands with a recipient.
    struct Membership {
        enum State {
            case out
            /// Asked, and not answered: when to ask again.
            case asked(again: Instant)
            case joined
        }

        let recipient: Recipient
        var state = State.out
        var heartbeat: Duration?
        /// Within which the numbers are those that are known.
        var epoch: JournalEpoch?
        /// How often the broker has put off the JOIN.
        var attempts = 0
        /// Whether what people said must be said again once the broker knows this terminal again.
        var mustRepeatWords = false
        var hasLeft = false

        /// Whether JOIN has not been answered.
        var isWaiting: Bool { if case .asked = state { true } else { false } }
    }

    /// How long RECEIVED may wait for more numbers to go with it. Short beside the time after which a broker sends again,
    /// long beside a message's way.
    private static let patience = Duration.milliseconds(20)

    /// A header has room for these, however large the numbers are: 38 bytes each, and 64 KiB.
    private static let rangesPerMessage = 1500

    let options: ClientOptions
    let queue: AlertQueue
    let events: AsyncStream<TerminalEvent>.Continuation
    let bodies = BodyReader()
    private let terminal: String
    private let credit: Int

    var members: [Membership]
    var words = RequestTable<Word>()
    /// What waits to be said of each alert; the first of them is said, the others when it is answered.
    var wordsOfAlert: [AlertName: [Int64]] = [:]

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

    func isFinished(_ line: borrowing Line) -> Bool { !line.isUp || members.allSatisfy(\.hasLeft) }

    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError) {
        lastHeard = now
        for index in members.indices { try join(index, &line, now) }
        for reference in words.references { try say(reference, &line, now) }
    }

    mutating func disconnected() {
        for index in members.indices { members[index].state = .out }
        events.yield(.disconnected)
    }

    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        switch request {
        case .word(let reference, let word):
            words.add(reference, word, giveUpAt: nil)
            wordsOfAlert[word.alert, default: []].append(reference)
            // RECEIVED comes before what is said of the alert.
            patienceEnds = now
            _ = try sayReceived(&line, now)
            try say(reference, &line, now)
        case .cancel(let reference):
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
        return earliest(earliest(receivedDue, words.nextCheck), try joinDue(&line, now))
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
    }
}

// MARK: - Joining

extension AlertsConversation {
    /// Asks to join a recipient, for the first time or again: the broker takes a second JOIN as a new beginning.
    mutating func join(_ index: Int, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard line.isUp, !isLeaving, !members[index].hasLeft else { return }
        members[index].state = .asked(again: now + options.answerTimeout)
        line.header.begin(.join)
        line.header.add(members[index].recipient.name)
        line.header.add(terminal)
        line.header.add(Int64(credit))
        try line.send()
    }

    /// Joins again where the broker has not answered, or has been silent for three heartbeats.
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
        // The broker pings a terminal that is silent for one heartbeat, so on a living line something comes.
        case .joined: member.heartbeat.map { lastHeard + $0 * 3 }
        }
    }

    /// Ends everything: the broker will not have this terminal for one of its recipients.
    mutating func fail(_ index: Int, _ refusal: Refusal) {
        members[index].hasLeft = true
        hasFailed = true
        queue.finish(.refused(refusal))
    }

    /// Ends everything: the broker will not have this terminal at all.
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

    /// Says RECEIVED of what was received, when enough has come together or time is up.
    private mutating func sayReceived(_ line: inout Line, _ now: Instant) throws(ZeroMQError) -> Instant? {
        let isPatient = !isLeaving && patienceEnds.map { now < $0 } ?? true
        guard !queue.takeUnsaid(isPatient: isPatient, into: &unsaid) else {
            if patienceEnds == nil { patienceEnds = now + Self.patience }
            return patienceEnds
        }
        patienceEnds = nil
        for index in unsaid.indices where !unsaid[index].isEmpty {
            // Before JOINED has told the epoch, nobody knows what the numbers mean: what counts comes again.
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
        // In order, so that ranges are few although the most severe came first.
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
