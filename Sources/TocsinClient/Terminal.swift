import Synchronization
public import TocsinModel
import TocsinWire

/// A terminal of one or several recipients. It receives their alerts, and sends the words of people about them.
///
///     let terminal = try Terminal(endpoint: "tcp://127.0.0.1:7702", recipients: [fire], name: "desk-2")
///     for try await alert in terminal.alerts {
///         show(alert)
///         _ = try await terminal.acknowledge(alert, by: "Wang, desk 2")
///     }
///
/// A terminal joins again by itself after a reconnect, and when the broker has been silent for three heartbeats. Words
/// that the broker has not confirmed are sent again. A terminal is closed when its last reference is gone.
public final class Terminal: Sendable {
    /// The number of events that wait for a consumer. The newest are kept.
    private static let eventBuffer = 256

    /// The events other than alerts, for one consumer. Of unread events the newest 256 are kept.
    public let events: AsyncStream<TerminalEvent>

    private let connection: Connection<AlertsConversation>
    let queue: AlertQueue
    private let recipients: [Recipient]
    private let options: ClientOptions
    private let references = Atomic<Int64>(0)
    private let outstanding = Outstanding()

    /// Creates a terminal, which connects and joins in the background.
    ///
    /// - Parameters:
    ///   - endpoint: The broker's alerts endpoint, such as `tcp://127.0.0.1:7702`.
    ///   - recipients: The recipients whose alerts it receives.
    ///   - name: The terminal's name: 1 to 64 bytes without spaces. A recipient has one terminal of a name, the one
    ///     that joined last.
    ///   - credit: The number of alerts of each recipient that the broker may send before they are taken: 1 to 10,000.
    ///   - options: The waits and bounds.
    /// - Throws: ``ClientError/connection(_:)`` for an invalid endpoint. The absence of a broker is no error.
    ///   ``alerts`` tells whether the broker knows the recipients.
    public init(
        endpoint: String, recipients: [Recipient], name: String, credit: Int = 64, options: ClientOptions = .init()
    ) throws(ClientError) {
        var unique: [Recipient] = []
        for recipient in recipients where !unique.contains(recipient) { unique.append(recipient) }
        let (events, continuation) = AsyncStream.makeStream(
            of: TerminalEvent.self, bufferingPolicy: .bufferingNewest(Self.eventBuffer))
        let waker = try Waker()
        let queue = AlertQueue(recipients: unique.count, credit: credit, waker: waker)
        self.events = events
        self.queue = queue
        self.recipients = unique
        self.options = options
        connection = try Connection(to: endpoint, options: options, waker: waker) { [unique] in
            AlertsConversation(
                options: options, recipients: unique, terminal: name, credit: credit, queue: queue,
                events: continuation)
        }
    }

    deinit {
        connection.beginClosing()
    }

    /// The alerts in the order they come. The broker sends the most severe first, and the oldest first among those.
    ///
    /// An alert is said to be RECEIVED when the consumer comes for the next one, and not before. The consumer can say
    /// so earlier (``received(_:)``), or by a word about the alert. Alerts in hand when the program ended come again.
    ///
    /// The sequence ends when the terminal is closed, and throws ``ClientError/refused(_:)`` when the broker does not let
    /// it join: it knows no such recipient, or another program has joined under the same name. It throws
    /// ``ClientError/unreachable(_:)`` after ``ClientOptions/absenceTimeout``.
    public var alerts: Alerts { Alerts(terminal: self) }

    /// The same alerts, as many at a time as are waiting, for consumers that take a hundred thousand a second.
    public var batches: Batches { Batches(terminal: self) }

    /// Says that the alert is safely here: on a screen, in a file, with a person. It is for callers that do not come
    /// for the next alert, or not soon. Repeating it does no harm.
    public func received(_ alert: Alert) {
        guard let recipient = recipients.firstIndex(of: alert.recipient) else { return }
        queue.receive(CollectionOfOne((recipient, alert.number)))
    }

    /// Says that somebody has taken the alert on, and waits until the word is durable.
    ///
    /// - Returns: The alert's state: `.acknowledged`, or a later one if somebody had taken it before.
    /// - Throws: ``ClientError/refused(_:)``, `.closed`; `CancellationError`.
    public func acknowledge(_ alert: Alert, by name: String, note: String? = nil) async throws -> AlertState {
        let word = PersonalWord(person: Person(by: name, note: note))
        return try await say(.acknowledge, alert, word)
    }

    /// Does the same as ``acknowledge(_:by:note:)`` without waiting, for callers that have hundreds under way.
    ///
    /// `completion` is called once, in the connection's thread or, at the limit of ``ClientOptions/maximumOutstanding`` and
    /// after `close`, in the caller's. It must not wait.
    public func acknowledge(
        _ alert: Alert, by name: String, note: String? = nil,
        completion: @escaping @Sendable (Result<AlertState, any Error>) -> Void
    ) {
        let word = PersonalWord(person: Person(by: name, note: note))
        submit(references.add(1, ordering: .relaxed).newValue, .acknowledge, alert, word, completion)
    }

    /// Says that the recipient will not take the alert on. The alert escalates at once.
    ///
    /// - Throws: As ``acknowledge(_:by:note:)``.
    public func decline(_ alert: Alert, by name: String, reason: String?) async throws -> AlertState {
        let word = PersonalWord(person: Person(by: name, note: reason))
        return try await say(.decline, alert, word)
    }

    /// Tells the state of the work: `.enRoute`, `.onScene` or `.resolved`. The broker refuses other states.
    ///
    /// - Throws: As ``acknowledge(_:by:note:)``.
    public func status(
        _ alert: Alert, _ state: AlertState, by name: String, note: String? = nil
    ) async throws -> AlertState {
        try await say(.status, alert, PersonalWord(person: Person(by: name, note: note), state: state))
    }

    /// Says RECEIVED for received alerts and LEAVE for all recipients, and closes, at most in
    /// ``ClientOptions/closeTimeout``. The alerts end; calls that wait for a confirmation throw ``ClientError/closed``.
    /// May be called any number of times.
    public func close() async {
        await connection.close()
    }

    private func say(_ command: CommandWord, _ alert: Alert, _ word: PersonalWord) async throws -> AlertState {
        let reference = references.add(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(reference, command, alert, word) { continuation.resume(with: $0) }
                // A task cancelled before its word was posted has told nobody yet.
                if Task.isCancelled { cancel(reference) }
            }
        } onCancel: {
            cancel(reference)
        }
    }

    private func submit(
        _ reference: Int64, _ command: CommandWord, _ alert: Alert, _ word: PersonalWord,
        _ completion: @escaping AlertsConversation.Completion
    ) {
        guard let recipient = recipients.firstIndex(of: alert.recipient) else {
            let refusal = Refusal(.notJoined, "This terminal is not one of '\(alert.recipient)'.")
            return completion(.failure(ClientError.refused(refusal)))
        }
        guard outstanding.begin(limit: options.maximumOutstanding) else {
            return completion(.failure(ClientError.refused(.tooManyOutstanding)))
        }
        // A word about an alert says that the alert is safely here.
        queue.receive(CollectionOfOne((recipient, alert.number)))
        var json = JSONWriter(capacity: 64)
        word.write(to: &json, noteName: command == .decline ? "reason" : "note")
        let post = AlertsConversation.Word(
            command: command, alert: .init(recipient: recipient, number: alert.number), epoch: alert.epoch,
            person: json.bytes, state: command == .decline ? .declined : word.state
        ) { [outstanding] result in
            outstanding.end()
            completion(result)
        }
        if !connection.post(.word(reference, post)) { post.completion(.failure(connection.reason)) }
    }

    /// Asks about a recipient's subscriptions, and waits for the answer's body.
    func ask(
        _ command: CommandWord, _ recipient: Recipient, _ name: SubscriptionName?, _ body: [UInt8]?, _ within: Duration?
    ) async throws -> [UInt8] {
        let reference = references.add(1, ordering: .relaxed).newValue
        let giveUpAt = Instant.now + (within ?? options.answerTimeout)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard outstanding.begin(limit: options.maximumOutstanding) else {
                    return continuation.resume(throwing: ClientError.refused(.tooManyOutstanding))
                }
                let ask = AskQueue.Ask(
                    reference: reference, command: command, recipient: recipient, name: name, body: body,
                    giveUpAt: giveUpAt
                ) { [outstanding] result in
                    outstanding.end()
                    continuation.resume(with: result)
                }
                if !connection.post(.ask(ask)) { ask.completion?(.failure(connection.reason)) }
                if Task.isCancelled { cancel(reference) }
            }
        } onCancel: {
            cancel(reference)
        }
    }

    private func cancel(_ reference: Int64) {
        _ = connection.post(.cancel(reference))
    }
}
