import Synchronization
public import TocsinModel
public import TocsinWire

/// Reports incidents to a broker, and waits until each is durable.
///
///     let reporter = try Reporter(endpoint: "tcp://127.0.0.1:7701")
///     let receipt = try await reporter.report(draft, within: .seconds(30))
///     for try await progress in reporter.follow(receipt.incident) { print(progress.event.word) }
///     await reporter.close()
///
/// A report without a receipt is sent again: after ``ClientOptions/answerTimeout``, after a reconnect, and when the
/// broker refuses it as `busy` or `unavailable`. Sender and identifier name a report, so it still becomes only one
/// incident.
///
/// A reporter may be used from any number of tasks at once. It is closed when its last reference is gone.
public final class Reporter: Sendable {
    /// The number of changes by which the follower of an incident may lag behind. An incident rarely has so many.
    private static let progressBuffer = 1024

    /// The changes of the broker's reachability, for one consumer. Of unread events the newest 16 are kept.
    public let events: AsyncStream<ReporterEvent>

    private let connection: Connection<ReportsConversation>
    private let options: ClientOptions
    private let references = Atomic<Int64>(0)
    private let outstanding = Outstanding()

    /// Creates a reporter, which connects in the background.
    ///
    /// - Parameters:
    ///   - endpoint: The broker's reports endpoint, such as `tcp://127.0.0.1:7701`.
    ///   - options: The waits and bounds.
    /// - Throws: ``ClientError/connection(_:)`` for an invalid endpoint. The absence of a broker is no error.
    public init(endpoint: String, options: ClientOptions = .init()) throws(ClientError) {
        self.options = options
        let (events, continuation) = AsyncStream.makeStream(
            of: ReporterEvent.self, bufferingPolicy: .bufferingNewest(16))
        self.events = events
        connection = try Connection(to: endpoint, options: options, waker: Waker()) {
            ReportsConversation(options: options, events: continuation)
        }
    }

    deinit {
        connection.beginClosing()
    }

    /// Waits for the first connection to the broker.
    ///
    /// - Throws: ``ClientError/unreachable(_:)`` after ``ClientOptions/absenceTimeout``, `.closed`; `CancellationError`.
    public func reach() async throws {
        try await connection.reach()
    }

    /// Reports, and waits for the receipt: then the report is durable and is never lost.
    ///
    /// - Parameters:
    ///   - json: The report, one JSON object; it goes out byte for byte.
    ///   - within: How long to wait at most; nil: for as long as it takes.
    /// - Throws: ``ClientError/refused(_:)``, `.timedOut`, `.unreachable`, `.closed`, `.malformedAnswer`;
    ///   `CancellationError`. A refusal is `busy` or `unavailable` where the broker still said so when the time was over. After all but a refusal it may
    ///   have been stored: sent again with the same identifier, it is still the same report.
    public func report(_ json: [UInt8], within: Duration? = nil) async throws -> Receipt {
        let reference = nextReference()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(reference, json, within: within) { continuation.resume(with: $0) }
                // A task that was cancelled before its report was posted has told nobody yet.
                if Task.isCancelled { cancel(reference) }
            }
        } onCancel: {
            cancel(reference)
        }
    }

    /// Sends a draft's report; see ``report(_:within:)-([UInt8],_)``.
    public func report(_ draft: ReportDraft, within: Duration? = nil) async throws -> Receipt {
        try await report(draft.json(), within: within)
    }

    /// Sends a report without waiting, for callers that have hundreds of reports under way.
    ///
    /// - Parameters:
    ///   - json: The report, one JSON object.
    ///   - within: The longest time to try; nil tries for as long as it takes.
    ///   - completion: Called once, in the connection's thread or, at the limit of
    ///     ``ClientOptions/maximumOutstanding`` and after `close`, in the caller's. It must not wait.
    public func submit(
        _ json: [UInt8], within: Duration? = nil,
        completion: @escaping @Sendable (Result<Receipt, any Error>) -> Void
    ) {
        submit(nextReference(), json, within: within, completion)
    }

    /// Follows an incident: returns first the state of each alert, then each change, until the incident closes.
    ///
    /// The stream continues after a reconnect and does not repeat unchanged states. Changes in between that were undone
    /// are missed. A consumer that lags behind by more than 1,024 changes misses the oldest.
    ///
    /// - Returns: A stream that ends after `.closed`. It throws ``ClientError/refused(_:)`` (`unknownIncident`), or
    ///   `.closed` when the reporter is closed. Each call makes a new stream.
    public func follow(_ incident: IncidentNumber) -> AsyncThrowingStream<Progress, any Error> {
        let reference = nextReference()
        let (stream, follower) = AsyncThrowingStream.makeStream(
            of: Progress.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(Self.progressBuffer))
        // The stream keeps its reporter alive. A reporter that nothing else holds is closed when its streams end.
        follower.onTermination = { termination in
            guard case .cancelled = termination else { return }
            self.cancel(reference)
        }
        if !connection.post(.follow(reference, incident, follower)) {
            follower.finish(throwing: connection.reason)
        }
        return stream
    }

    /// Rates a closed incident that this client reported, and waits until the rating is durable. The last word counts.
    ///
    /// It is sent again until it is answered, as a report is: said twice it is the same.
    ///
    /// - Parameters:
    ///   - incident: The incident, as its receipt says it.
    ///   - rating: What is thought of how it was dealt with.
    ///   - within: How long to wait at most; nil: for as long as it takes.
    /// - Returns: Whether it has opened the incident again.
    /// - Throws: ``ClientError/refused(_:)`` (`invalid` for an incident that is still open, `unknownIncident`,
    ///   `notPermitted` for another sender's), `.timedOut`, `.unreachable`, `.closed`, `.malformedAnswer`;
    ///   `CancellationError`.
    @discardableResult
    public func rate(
        _ incident: IncidentNumber, _ rating: Rating, within: Duration? = nil
    ) async throws -> RatingAnswer {
        let reference = nextReference()
        var json = JSONWriter()
        rating.write(to: &json)
        let body = json.bytes
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<RatingAnswer, any Error>) in
                let isPosted = connection.post(
                    .rate(reference, incident, body, giveUpAt: within.map { Instant.now + $0 }) {
                        continuation.resume(with: $0)
                    })
                if !isPosted { return continuation.resume(throwing: connection.reason) }
                // A task that was cancelled before its rating was posted has told nobody yet.
                if Task.isCancelled { cancel(reference) }
            }
        } onCancel: {
            cancel(reference)
        }
    }

    /// Waits until reports under way have their receipts, at most for ``ClientOptions/closeTimeout``, and closes.
    /// Reports without a receipt by then throw ``ClientError/closed``, as do all later calls. May be called any number
    /// of times.
    public func close() async {
        await connection.close()
    }

    private func submit(
        _ reference: Int64, _ json: [UInt8], within: Duration?,
        _ completion: @escaping ReportsConversation.Completion
    ) {
        guard outstanding.begin(limit: options.maximumOutstanding) else {
            return completion(.failure(ClientError.refused(.tooManyOutstanding)))
        }
        let giveUpAt = within.map { Instant.now + $0 }
        let isPosted = connection.post(
            .report(reference, json, giveUpAt: giveUpAt) { [outstanding] result in
                outstanding.end()
                completion(result)
            })
        if !isPosted {
            outstanding.end()
            completion(.failure(connection.reason))
        }
    }

    private func cancel(_ reference: Int64) {
        _ = connection.post(.cancel(reference))
    }

    private func nextReference() -> Int64 {
        references.add(1, ordering: .relaxed).newValue
    }
}
