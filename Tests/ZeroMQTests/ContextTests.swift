import Foundation
import Testing
import ZeroMQ

struct ContextTests {
    @Test func `a shutdown ends a receive that waits in another thread`() async throws {
        let context = try Context()
        let desk = try makeSocket(.pull, in: context)
        try desk.bind(to: "inproc://desk")

        // A thread, not a task: a receive that waits must not hold a thread of the pool.
        let (endings, ending) = AsyncStream.makeStream(of: ZeroMQError?.self)
        Thread.detachNewThread {
            ending.yield(Self.waitForWork(in: context))
            ending.finish()
        }
        let word = try desk.receiveText()
        try context.shutdown()
        let error = await endings.first { _ in true }
        #expect(word == ["I wait from now on"])
        #expect(error == ZeroMQError(code: .terminated, call: "zmq_msg_recv"))
    }

    /// Tells the desk that it is there, and waits for work until that ends with an error.
    private static func waitForWork(in context: Context) -> ZeroMQError? {
        do throws(ZeroMQError) {
            let push = try Socket(.push, in: context)
            try push.connect(to: "inproc://desk")
            let pull = try Socket(.pull, in: context)
            _ = try push.send("I wait from now on".bytes)
            _ = try pull.receiveMultipart()
            return nil
        } catch {
            return error
        }
    }

    @Test func `after a shutdown every call says so and sockets can still be closed`() throws {
        let context = try Context()
        let pull = try Socket(.pull, in: context)
        try context.shutdown()
        try context.shutdown()
        let receive = errorCode { _ = try pull.receiveMultipart() }
        let create = errorCode { _ = try Socket(.push, in: context) }
        #expect(receive == .terminated)
        #expect(create == .terminated)
    }

    @Test func `a context ends although a message was never taken`() throws {
        let context = try Context()
        let push = try makeSocket(.push, in: context)
        // Nobody is there: a port that was free a moment ago, or at worst a stranger who does not speak ZeroMQ.
        let endpoint = try Socket(.pull, in: context).bindLoopback()
        try push.connect(to: endpoint)
        try push.sendText("lost")
    }

    @Test func `a socket keeps its context alive`() throws {
        func make() throws -> Socket {
            try makeSocket(.pull, in: try Context())
        }
        let pull = try make()
        try pull.bind(to: "inproc://alive")
        let nothing = try pull.receiveMultipart(wait: false)
        #expect(nothing == nil)
    }

    @Test func `a context has no more sockets than it may have`() throws {
        let context = try Context(maxSockets: 1)
        let first = try Socket(.pull, in: context)
        let code = errorCode { _ = try Socket(.pull, in: context) }
        #expect(code == .tooManyOpen)
        try first.bind(to: "inproc://first")
    }

    @Test func `a context takes no negative number of threads`() throws {
        let error = #expect(throws: ZeroMQError.self) { _ = try Context(ioThreads: -1) }
        #expect(error == ZeroMQError(code: .invalidArgument, call: "zmq_ctx_set", subject: "ZMQ_IO_THREADS"))
    }

    @Test func `libzmq tells its version`() {
        let parts = Library.version.split(separator: ".").compactMap { Int($0) }
        #expect(parts.count == 3)
        #expect(parts.first == 4)
    }
}
