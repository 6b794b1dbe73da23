import Synchronization
public import TocsinModel
public import TocsinWire

/// A connection to a broker's control endpoint, for an operator's commands.
///
///     let control = try Operator(endpoint: "ipc:///run/tocsin/control.ipc")
///     let info = try await control.request(.info)
///     await control.close()
public final class Operator: Sendable {
    private let connection: Connection<ControlConversation>
    private let options: ClientOptions
    private let references = Atomic<Int64>(0)

    /// Creates an operator's connection, which is made in the background.
    ///
    /// - Parameters:
    ///   - endpoint: The broker's control endpoint, such as `ipc:///run/tocsin/control.ipc`.
    ///   - options: The waits and bounds.
    /// - Throws: ``ClientError/connection(_:)`` for an invalid endpoint. The absence of a broker is no error.
    public init(endpoint: String, options: ClientOptions = .init()) throws(ClientError) {
        self.options = options
        connection = try Connection(to: endpoint, options: options, waker: Waker()) {
            ControlConversation(options: options)
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

    /// Sends a command and waits for its answer.
    ///
    /// A question is sent again after a reconnect. CLOSE and RELOAD are not; they throw ``ClientError/connection(_:)``
    /// if the connection is lost before the answer.
    ///
    /// - Parameters:
    ///   - command: A command of the control endpoint.
    ///   - arguments: A JSON object, or for EXPLAIN a report.
    ///   - within: The longest wait, including the wait for the broker to appear; nil for
    ///     ``ClientOptions/answerTimeout``.
    /// - Returns: The answer's JSON; empty where the command has none.
    /// - Throws: ``ClientError/refused(_:)``, `.timedOut`, `.unreachable`, `.closed`, `.connection`;
    ///   `CancellationError`.
    public func request(
        _ command: CommandWord, arguments: [UInt8]? = nil, within: Duration? = nil
    ) async throws -> [UInt8] {
        try await request(command, bodies: arguments.map { [$0] } ?? [], within: within)
    }

    /// Asks who would be told of a report and why, and what follows if nobody answers. Nothing is stored.
    ///
    /// - Parameters:
    ///   - report: The report's JSON.
    ///   - at: The time at which it is judged; nil for now.
    ///   - within: as for ``request(_:arguments:within:)``.
    /// - Returns: The explanation's JSON.
    /// - Throws: as ``request(_:arguments:within:)``. A broker of an earlier version refuses a time as `malformed`.
    public func explain(_ report: [UInt8], at: Timestamp? = nil, within: Duration? = nil) async throws -> [UInt8] {
        var bodies = [report]
        if let at {
            var json = JSONWriter(capacity: 64)
            ExplainTime(at: at).write(to: &json)
            bodies.append(json.bytes)
        }
        return try await request(.explain, bodies: bodies, within: within)
    }

    private func request(
        _ command: CommandWord, bodies: [[UInt8]], within: Duration?
    ) async throws -> [UInt8] {
        let reference = references.add(1, ordering: .relaxed).newValue
        let giveUpAt = Instant.now + (within ?? options.answerTimeout)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isPosted = connection.post(
                    .command(reference, command, bodies, giveUpAt: giveUpAt) { continuation.resume(with: $0) })
                guard isPosted else { return continuation.resume(throwing: connection.reason) }
                if Task.isCancelled { cancel(reference) }
            }
        } onCancel: {
            cancel(reference)
        }
    }

    /// Waits for answers under way, at most for ``ClientOptions/closeTimeout``, and closes. May be called any number of
    /// times.
    public func close() async {
        await connection.close()
    }

    private func cancel(_ reference: Int64) {
        _ = connection.post(.cancel(reference))
    }
}
