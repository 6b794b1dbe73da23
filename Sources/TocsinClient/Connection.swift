import Dispatch
import Synchronization
import Threads
import ZeroMQ

/// One socket, its thread and its conversation, for callers in other threads.
///
/// Requests go in as values. The conversation answers each exactly once, by means that the request carries. This also
/// holds if the connection is closed before the answer or was closed before the request.
final class Connection<Talk: Conversation>: Sendable {
    let waker: Waker
    let options: ClientOptions

    private let mailbox = Mutex(Mailbox())

    private struct Mailbox {
        var requests: [Talk.Request] = []
        var isClosing = false
        /// Why requests are not taken any more.
        var reason = ClientError.closed
        var isReached = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
        /// Those who wait for the first connection.
        var waitingForReach: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextWaiting = 0
    }

    /// Starts the thread, and connects in the background.
    ///
    /// - Parameters:
    ///   - endpoint: the broker's endpoint.
    ///   - options: the waits and bounds.
    ///   - waker: wakes the thread.
    ///   - makeTalk: makes the conversation, in the thread.
    /// - Throws: `.connection` if the endpoint is invalid or the system gives no socket or thread.
    init(
        to endpoint: String, options: ClientOptions, waker: Waker, makeTalk: @escaping @Sendable () -> Talk
    ) throws(ClientError) {
        self.waker = waker
        self.options = options
        // The thread takes well under a millisecond to make its socket. Waiting for it reports a wrong endpoint here.
        let start = Start()
        do {
            try OwnThread.start("tocsin-client") { [self] in
                Turns.run(for: self, at: endpoint, start, makeTalk)
                finish()
            }
        } catch {
            throw .connection("\(error)")
        }
        if let failure = start.wait() { throw failure }
    }

    /// Hands a request to the conversation.
    ///
    /// - Returns: False if the connection is closed; the caller then answers the request.
    func post(_ request: Talk.Request) -> Bool {
        let isOpen = mailbox.withLock { mailbox in
            guard !mailbox.isClosing else { return false }
            mailbox.requests.append(request)
            return true
        }
        if isOpen { waker.wake() }
        return isOpen
    }

    /// Why `post` takes nothing any more.
    var reason: ClientError { mailbox.withLock { $0.reason } }

    /// Asks the thread to take leave and end, and does not wait for it.
    func beginClosing() {
        mailbox.withLock { $0.isClosing = true }
        waker.wake()
    }

    /// Waits for the first connection.
    ///
    /// - Throws: `.unreachable` where the broker is absent for too long, `.closed`; `CancellationError`.
    func reach() async throws {
        let number = mailbox.withLock { mailbox in
            mailbox.nextWaiting += 1
            return mailbox.nextWaiting
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = mailbox.withLock { mailbox in
                    if mailbox.isReached { return .success(()) }
                    if mailbox.hasEnded { return .failure(mailbox.reason) }
                    mailbox.waitingForReach[number] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
                // A task that was cancelled before it waited was not found waiting.
                if Task.isCancelled { stopWaiting(number) }
            }
        } onCancel: {
            stopWaiting(number)
        }
    }

    private func stopWaiting(_ number: Int) {
        let continuation = mailbox.withLock { $0.waitingForReach.removeValue(forKey: number) }
        continuation?.resume(throwing: CancellationError())
    }

    /// For the thread: the broker has been reached.
    func noteReached() {
        let waiting = mailbox.withLock { mailbox in
            mailbox.isReached = true
            defer { mailbox.waitingForReach = [:] }
            return mailbox.waitingForReach.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// For the thread: it ends, and takes no more requests.
    func beginClosing(because reason: ClientError) {
        mailbox.withLock { mailbox in
            mailbox.isClosing = true
            mailbox.reason = reason
        }
    }

    /// Takes leave, and waits until the thread has ended. May be called any number of times.
    func close() async {
        beginClosing()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasEnded = mailbox.withLock { mailbox in
                guard !mailbox.hasEnded else { return true }
                mailbox.waitingForEnd.append(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// Takes the requests posted since the last call, in order. Called by the thread.
    ///
    /// - Returns: True if the connection is to be closed.
    func takePosted(into requests: inout [Talk.Request]) -> Bool {
        mailbox.withLock { mailbox in
            swap(&mailbox.requests, &requests)
            return mailbox.isClosing
        }
    }

    private func finish() {
        let (waiting, unreached, reason) = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer { (mailbox.waitingForEnd, mailbox.waitingForReach) = ([], [:]) }
            return (mailbox.waitingForEnd, mailbox.waitingForReach.values, mailbox.reason)
        }
        for continuation in waiting { continuation.resume() }
        for continuation in unreached { continuation.resume(throwing: reason) }
    }
}

/// Tells the creator of a thread how its start went.
final class Start: Sendable {
    private let isDecided = DispatchSemaphore(value: 0)
    private let failure = Mutex<ClientError?>(nil)

    func succeed() {
        isDecided.signal()
    }

    func fail(_ error: ClientError) {
        failure.withLock { $0 = error }
        isDecided.signal()
    }

    func wait() -> ClientError? {
        isDecided.wait()
        return failure.withLock { $0 }
    }
}
