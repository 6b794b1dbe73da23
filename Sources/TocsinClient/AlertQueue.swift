import Synchronization
import TocsinModel
import TocsinWire

/// The queue of alerts between the connection's thread and the consumer, with the alerts that the consumer is done
/// with.
///
/// Credit bounds its size. The broker sends no more than that before RECEIVED, and RECEIVED is said only of alerts that
/// the consumer is done with. If the consumer fails with an alert, the alert comes again, here or at another terminal.
final class AlertQueue: Sendable {
    /// An alert that has come.
    struct Arrival: Sendable {
        let alert: Alert
        /// The recipient's index among those of the terminal.
        let recipient: Int
    }

    /// The most ranges of numbers remembered, 160 kilobytes. Showing an alert twice is allowed; a memory that grows for
    /// ever is not. Gaps last only where other terminals of the recipient got the alerts.
    private static let rememberedRanges = 10_000

    private let waker: Waker
    private let halfCredit: Int
    private let state: Mutex<State>

    fileprivate struct State {
        // A first-in, first-out queue of two stacks. Alerts that come are appended to one; the other holds the older
        // ones in reverse order.
        var incoming: [Arrival] = []
        var outgoing: [Arrival] = []
        var arrived: [NumberSet]
        /// The arrived alerts that the consumer has said it has safely.
        var received: [NumberSet]
        /// The time at which the newest arrived incident was stored.
        var newest: [Timestamp]
        /// The received alerts of which RECEIVED has not been said yet.
        var unsaid: [[AlertNumber]]
        var unsaidCount = 0
        var waiting: [(Int, CheckedContinuation<Void, Never>)] = []
        var nextWaiting = 0
        var end: End?
    }

    fileprivate enum End {
        case finished
        case failed(ClientError)
    }

    init(recipients: Int, credit: Int, waker: Waker) {
        self.waker = waker
        halfCredit = max(1, credit / 2)
        state = Mutex(
            State(
                arrived: Array(repeating: NumberSet(maximumRanges: Self.rememberedRanges), count: recipients),
                received: Array(repeating: NumberSet(maximumRanges: Self.rememberedRanges), count: recipients),
                newest: Array(repeating: Timestamp(milliseconds: 0), count: recipients),
                unsaid: Array(repeating: [], count: recipients)))
    }

    // MARK: For the thread

    /// Adds alerts, except those that are already present. RECEIVED is said again of those that were received before.
    func deliver(_ arrivals: inout [Arrival]) {
        guard !arrivals.isEmpty else { return }
        let waiting = state.withLock { state in
            guard state.end == nil else { return [] as [(Int, CheckedContinuation<Void, Never>)] }
            for arrival in arrivals { state.add(arrival) }
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting
        }
        arrivals.removeAll(keepingCapacity: true)
        for (_, continuation) in waiting { continuation.resume() }
    }

    /// Returns the numbers of which to say RECEIVED now, by recipient. Returns none while more are likely to come soon.
    ///
    /// - Parameters:
    ///   - isPatient: whether there is time to wait for more.
    ///   - unsaid: takes the numbers, in the recipients' order.
    /// - Returns: True if numbers are left for later.
    func takeUnsaid(isPatient: Bool, into unsaid: inout [[AlertNumber]]) -> Bool {
        state.withLock { state in
            guard state.unsaidCount > 0 else { return false }
            let isLate = !isPatient || !state.waiting.isEmpty
            guard isLate || state.unsaid.contains(where: { $0.count >= halfCredit }) else { return true }
            swap(&state.unsaid, &unsaid)
            state.unsaidCount = 0
            return false
        }
    }

    /// Removes a recipient's alerts and their numbers, including alerts that were not taken.
    func forget(_ recipient: Int) {
        state.withLock { state in
            state.incoming.removeAll { $0.recipient == recipient }
            state.outgoing.removeAll { $0.recipient == recipient }
            state.forgetNumbers(of: recipient)
        }
    }

    /// Ends the alerts. Those not taken are dropped; the broker still has them.
    func finish(_ error: ClientError? = nil) {
        let waiting = state.withLock { state in
            guard state.end == nil else { return [] as [(Int, CheckedContinuation<Void, Never>)] }
            state.end = error.map { .failed($0) } ?? .finished
            state.incoming = []
            state.outgoing = []
            defer { state.waiting = [] }
            return state.waiting
        }
        for (_, continuation) in waiting { continuation.resume() }
    }

    // MARK: For the consumer

    /// Takes the next alert, waiting if there is none.
    ///
    /// - Returns: nil at the end, and when the task is cancelled.
    func next(isolation: isolated (any Actor)?) async throws(ClientError) -> Arrival? {
        while true {
            let arrival = try state.withLock { state throws(ClientError) in try state.takeFirst() }
            if let arrival { return arrival }
            guard await waitForMore(isolation: isolation) else { return nil }
        }
    }

    /// Takes all alerts in the queue, at most `limit`, waiting if there are none.
    ///
    /// - Returns: nil at the end, and when the task is cancelled.
    func nextBatch(limit: Int, isolation: isolated (any Actor)?) async throws(ClientError) -> [Arrival]? {
        while true {
            let batch = try state.withLock { state throws(ClientError) in
                var batch: [Arrival] = []
                while batch.count < limit, let arrival = try state.takeFirst() { batch.append(arrival) }
                return batch
            }
            guard batch.isEmpty else { return batch }
            guard await waitForMore(isolation: isolation) else { return nil }
        }
    }

    /// Notes that the consumer has these alerts safely. RECEIVED is said of them soon.
    func receive(_ numbers: some Sequence<(recipient: Int, number: AlertNumber)>) {
        let isDue = state.withLock { state in
            var isDue = false
            for (recipient, number) in numbers where state.receive(number, at: recipient) {
                // The first number starts the thread's patience.
                isDue = isDue || state.unsaidCount == 1 || state.unsaid[recipient].count == halfCredit
            }
            return isDue
        }
        if isDue { waker.wake() }
    }

    /// - Returns: False at the end, and when the task is cancelled.
    private func waitForMore(isolation: isolated (any Actor)?) async -> Bool {
        guard !Task.isCancelled else { return false }
        let number = state.withLock { state in
            state.nextWaiting += 1
            return state.nextWaiting
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(number, continuation)
                // A task cancelled before it was in the list was not found there.
                if Task.isCancelled { stopWaiting(number) }
            }
        } onCancel: {
            stopWaiting(number)
        }
        return !Task.isCancelled
            && state.withLock { state in
                if case .finished = state.end { false } else { true }
            }
    }

    private func enqueue(_ number: Int, _ continuation: CheckedContinuation<Void, Never>) {
        let (mustWait, isDue) = state.withLock { state in
            guard state.end == nil, state.incoming.isEmpty, state.outgoing.isEmpty else { return (false, false) }
            state.waiting.append((number, continuation))
            return (true, state.unsaidCount > 0)
        }
        if !mustWait { continuation.resume() }
        // The consumer is idle, so now is the time to say RECEIVED.
        if isDue { waker.wake() }
    }

    private func stopWaiting(_ number: Int) {
        let continuation = state.withLock { state in
            state.waiting.firstIndex { $0.0 == number }.map { state.waiting.remove(at: $0).1 }
        }
        continuation?.resume()
    }
}

extension AlertQueue.State {
    fileprivate mutating func add(_ arrival: AlertQueue.Arrival) {
        let (recipient, number) = (arrival.recipient, arrival.alert.number)
        let storedAt = arrival.alert.envelope.storedAt
        if storedAt > newest[recipient] {
            newest[recipient] = storedAt
            if arrived[recipient].contains(number) {
                // A known number on an incident newer than all comes from a broker with another journal, which counts
                // from 1 again. None of its alerts may be taken for a known one.
                forgetNumbers(of: recipient)
            }
        }
        if arrived[recipient].insert(number) {
            incoming.append(arrival)
        } else if received[recipient].contains(number) {
            // The broker has not heard that the alert was received.
            unsaid[recipient].append(number)
            unsaidCount += 1
        }
    }

    fileprivate mutating func forgetNumbers(of recipient: Int) {
        arrived[recipient].removeAll()
        received[recipient].removeAll()
        unsaidCount -= unsaid[recipient].count
        unsaid[recipient] = []
    }

    /// - Returns: The oldest alert, if there is one.
    fileprivate mutating func takeFirst() throws(ClientError) -> AlertQueue.Arrival? {
        if case .failed(let error) = end { throw error }
        if outgoing.isEmpty {
            swap(&incoming, &outgoing)
            outgoing.reverse()
        }
        return outgoing.popLast()
    }

    /// - Returns: True if RECEIVED is to be said of the alert: it came here, and RECEIVED was not said before.
    fileprivate mutating func receive(_ number: AlertNumber, at recipient: Int) -> Bool {
        guard arrived[recipient].contains(number), received[recipient].insert(number) else { return false }
        unsaid[recipient].append(number)
        unsaidCount += 1
        return true
    }
}
