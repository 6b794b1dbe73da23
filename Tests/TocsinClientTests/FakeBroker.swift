import Glibc
import Synchronization
import Threads
import TocsinModel
import TocsinWire
import ZeroMQ

@testable import TocsinClient

/// A broker of which the test is the mind. It hears what clients say, one message after the other, and says what it is told.
final class FakeBroker: Sendable {
    /// What a client said.
    struct Said: Sendable, Equatable {
        let peer: [UInt8]
        /// The header's words after `TIP1`.
        let words: [String]
        let bodies: [[UInt8]]

        var command: String { words.first ?? "" }
        /// The first argument: a reference or a recipient.
        var subject: String { words.count > 1 ? words[1] : "" }
        var body: String { bodies.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }
    }

    /// Where clients connect.
    let endpoint: String

    private let waker: Waker
    private let state = Mutex(State())

    private struct State {
        var heard: [Said] = []
        var waiting: CheckedContinuation<Said, Never>?
        var toSay: [[[UInt8]]] = []
        var isStopping = false
        var hasStopped = false
        var waitingForStop: CheckedContinuation<Void, Never>?
    }

    /// Counts the names of brokers.
    private static let names = Atomic(0)

    /// Binds to an endpoint that another broker can take over when this one has stopped.
    static func startReplaceable() async throws -> FakeBroker { try await start(at: replaceableEndpoint()) }

    /// An endpoint that can be bound as soon as its last holder has closed it. A port would be free meanwhile, for whoever
    /// asks for any. An abstract name would not be free as long as a process that other tests start has not begun its
    /// program: until then it has a copy of every descriptor. A file is replaced.
    static func replaceableEndpoint() -> String {
        "ipc:///tmp/tocsin-client-tests-\(getpid())-\(names.add(1, ordering: .relaxed).newValue)"
    }

    /// Binds to the endpoint; by itself to a free port of the loopback.
    static func start(at endpoint: String = "tcp://127.0.0.1:*") async throws -> FakeBroker {
        let waker = try Waker()
        return try await withCheckedThrowingContinuation { continuation in
            do throws(OwnThread.Failure) {
                try OwnThread.start("fake-broker") {
                    do throws(ZeroMQError) {
                        try serve(at: endpoint, waker) { continuation.resume(returning: $0) }.stopped()
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private init(endpoint: String, waker: Waker) {
        self.endpoint = endpoint
        self.waker = waker
    }

    /// The next thing that a client says. Nothing, if the test is over its time: it must end all the same.
    func next() async -> Said {
        let nothing = Said(peer: [], words: [], bodies: [])
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let said: Said? = state.withLock { state in
                    guard state.heard.isEmpty else { return state.heard.removeFirst() }
                    guard !Task.isCancelled else { return nothing }
                    state.waiting = continuation
                    return nil
                }
                if let said { continuation.resume(returning: said) }
            }
        } onCancel: {
            state.withLock { $0.waiting.take() }?.resume(returning: nothing)
        }
    }

    /// The next thing of this kind that a client says; what comes before it is passed over.
    func next(_ command: String) async -> Said {
        while true {
            let said = await next()
            if said.command == command || Task.isCancelled { return said }
        }
    }

    /// Says something to the client that said something.
    func say(to said: Said, _ header: String, _ bodies: String...) {
        state.withLock { $0.toSay.append([said.peer, Array("TIP1 \(header)".utf8)] + bodies.map { Array($0.utf8) }) }
        waker.wake()
    }

    /// Says what is no message of the protocol.
    func sayRaw(to said: Said, _ frames: String...) {
        state.withLock { $0.toSay.append([said.peer] + frames.map { Array($0.utf8) }) }
        waker.wake()
    }

    /// Dies: its connections are cut, and what it was told to say and has not said is lost.
    func stop() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let hasStopped = state.withLock { state in
                state.isStopping = true
                if !state.hasStopped { state.waitingForStop = continuation }
                return state.hasStopped
            }
            waker.wake()
            if hasStopped { continuation.resume() }
        }
    }

    /// Serves until the broker is to stop; on return the endpoint is free again, for the context has ended.
    private static func serve(
        at endpoint: String, _ waker: Waker, _ started: (FakeBroker) -> Void
    ) throws(ZeroMQError) -> FakeBroker {
        let context = try Context()
        let router = try Socket(.router, in: context)
        try router.bind(to: endpoint)
        let broker = FakeBroker(endpoint: try router.lastEndpoint, waker: waker)
        started(broker)
        // From here on an error has nobody to go to but the test that waits in vain.
        try? broker.serve(router)
        return broker
    }

    private func serve(_ router: consuming Socket) throws(ZeroMQError) {
        var set = PollSet()
        let news = set.add(router, for: .readable)
        _ = set.add(fileDescriptor: waker.descriptor, for: .readable)
        while true {
            _ = try set.poll(timeout: nil)
            while set[news].contains(.readable), let message = try router.receiveMultipart(wait: false) {
                hear(message.frames)
            }
            waker.clear()
            let (toSay, isStopping) = state.withLock { state in
                defer { state.toSay = [] }
                return (state.toSay, state.isStopping)
            }
            if isStopping { return }
            for frames in toSay { _ = try router.send(multipart: frames) }
        }
    }

    private func hear(_ frames: [[UInt8]]) {
        let words = String(decoding: frames[1], as: UTF8.self).split(separator: " ").map(String.init)
        let said = Said(peer: frames[0], words: Array(words.dropFirst()), bodies: Array(frames.dropFirst(2)))
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.heard.append(said) }
            return state.waiting
        }
        waiting?.resume(returning: said)
    }

    private func stopped() {
        let waiting = state.withLock { state in
            state.hasStopped = true
            return state.waitingForStop
        }
        waiting?.resume()
    }
}
