import Dispatch
import Synchronization
import Threads
import ZeroMQ

/// One socket, its thread and its conversation, as callers in other threads see them.
///
/// Requests go in as values; the conversation answers each through what the request carries, exactly once, also when
/// the connection is closed before the answer or was closed before the request.
final class Connection<Talk: Conversation>: Sendable {
    let waker: Waker
    let options: ClientOptions

    private let mailbox = Mutex(Mailbox())

    private struct Mailbox {
        var requests: [Talk.Request] = []
        var isClosing = false
        var hasEnded = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
    }

    /// Starts the thread, and connects in the background.
    ///
    /// - Parameters:
    ///   - endpoint: the broker's.
    ///   - options: how long to wait, and for how much.
    ///   - waker: wakes the thread.
    ///   - makeTalk: makes the conversation; called in the thread.
    /// - Throws: `.connection` for an endpoint that is none, and where the system gives no socket or thread.
    init(
        to endpoint: String, options: ClientOptions, waker: Waker, makeTalk: @escaping @Sendable () -> Talk
    ) throws(ClientError) {
        self.waker = waker
        self.options = options
        // Waits for the thread to make its socket, well under a millisecond: a wrong endpoint should be an error here.
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
    /// - Returns: False where the connection is closed; then the caller answers it.
    func post(_ request: Talk.Request) -> Bool {
        let isOpen = mailbox.withLock { mailbox in
            guard !mailbox.isClosing else { return false }
            mailbox.requests.append(request)
            return true
        }
        if isOpen { waker.wake() }
        return isOpen
    }

    /// Asks the thread to take leave and end, and does not wait for it.
    func beginClosing() {
        mailbox.withLock { $0.isClosing = true }
        waker.wake()
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

    /// For the thread: takes what has been posted since, in order.
    ///
    /// - Returns: Whether the connection is to be closed.
    func takePosted(into requests: inout [Talk.Request]) -> Bool {
        mailbox.withLock { mailbox in
            swap(&mailbox.requests, &requests)
            return mailbox.isClosing
        }
    }

    private func finish() {
        let waiting = mailbox.withLock { mailbox in
            mailbox.hasEnded = true
            defer { mailbox.waitingForEnd = [] }
            return mailbox.waitingForEnd
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Tells the maker of a thread how its start went.
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
