import TocsinModel
import TocsinWire

/// The questions about subscriptions, in the order in which they were asked.
///
/// OK does not say what it answers, so a recipient has one question under way at a time. One that its caller has given
/// up stays until it is answered or the connection is lost, for its answer must not be taken for the next one's.
struct AskQueue {
    typealias Completion = @Sendable (Result<[UInt8], any Error>) -> Void

    /// SUBSCRIBE, UNSUBSCRIBE or SUBSCRIPTIONS.
    struct Ask: Sendable {
        let reference: Int64
        let command: CommandWord
        let recipient: Recipient
        /// The subscription's name; nil for SUBSCRIPTIONS.
        let name: SubscriptionName?
        let body: [UInt8]?
        /// The time to give up.
        let giveUpAt: Instant
        /// Nil once the caller has its result.
        var completion: Completion?
        /// How often it has been sent.
        var attempts = 0
        var isUnderWay = false
        /// The time to send it again, as the broker has put it off.
        var sendAt: Instant?
    }

    private var queues: [Recipient: [Ask]] = [:]

    var isEmpty: Bool { queues.isEmpty }

    mutating func add(_ ask: Ask) {
        queues[ask.recipient, default: []].append(ask)
    }

    /// Returns the question of a recipient that is to be sent now, if there is one.
    func next(of recipient: Recipient, now: Instant) -> Ask? {
        guard let first = queues[recipient]?.first, !first.isUnderWay, first.sendAt.map({ $0 <= now }) ?? true else {
            return nil
        }
        return first
    }

    /// The recipients of which something is asked.
    var recipients: [Recipient] { Array(queues.keys) }

    mutating func noteSent(_ recipient: Recipient) {
        change(recipient) { first in
            (first.isUnderWay, first.sendAt) = (true, nil)
            first.attempts += 1
        }
    }

    /// Returns the question that an answer is for; nil if none is under way.
    func underWay(of recipient: Recipient) -> Ask? {
        queues[recipient]?.first.flatMap { $0.isUnderWay ? $0 : nil }
    }

    /// The recipient whose question has been under way for an old broker, which cannot read whose it is.
    var anyUnderWay: Recipient? { queues.first { $0.value.first?.isUnderWay ?? false }?.key }

    /// Gives the caller of the question under way its result. The next one can be sent.
    mutating func answer(_ recipient: Recipient, _ result: Result<[UInt8], any Error>) {
        let first = queues[recipient]?.removeFirst()
        if queues[recipient]?.isEmpty ?? false { queues[recipient] = nil }
        first?.completion?(result)
    }

    /// Puts the question under way off.
    mutating func postpone(_ recipient: Recipient, until time: Instant) {
        change(recipient) { first in (first.isUnderWay, first.sendAt) = (false, time) }
    }

    /// Withdraws a question whose caller no longer waits.
    mutating func withdraw(_ reference: Int64) {
        for recipient in recipients { giveUp(recipient, CancellationError()) { $0.reference == reference } }
    }

    /// Gives up what is late, and returns the time of the next look; nil for never.
    mutating func giveUpLate(now: Instant) -> Instant? {
        var next: Instant?
        for recipient in recipients {
            giveUp(recipient, ClientError.timedOut) { $0.giveUpAt <= now }
            for ask in queues[recipient] ?? [] where ask.completion != nil {
                next = earliest(next, earliest(ask.giveUpAt, ask.sendAt))
            }
        }
        return next
    }

    /// Makes everything to be sent again, on another connection.
    mutating func disconnected() {
        for recipient in recipients {
            queues[recipient]?.removeAll { $0.completion == nil }
            if queues[recipient]?.isEmpty ?? false { queues[recipient] = nil }
            change(recipient) { $0.isUnderWay = false }
        }
    }

    /// Ends all questions.
    mutating func end(_ error: ClientError) {
        for ask in queues.values.joined() { ask.completion?(.failure(error)) }
        queues = [:]
    }

    private mutating func giveUp(_ recipient: Recipient, _ error: any Error, _ isMeant: (Ask) -> Bool) {
        guard var asks = queues[recipient] else { return }
        for index in asks.indices where asks[index].completion != nil && isMeant(asks[index]) {
            asks[index].completion.take()?(.failure(error))
        }
        asks.removeAll { $0.completion == nil && !$0.isUnderWay }
        queues[recipient] = asks.isEmpty ? nil : asks
    }

    private mutating func change(_ recipient: Recipient, _ change: (inout Ask) -> Void) {
        guard var asks = queues.removeValue(forKey: recipient), !asks.isEmpty else { return }
        change(&asks[0])
        queues[recipient] = asks
    }
}
