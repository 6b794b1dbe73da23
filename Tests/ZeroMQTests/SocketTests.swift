import Testing
import ZeroMQ

struct SocketTests {
    @Test(arguments: ["inproc://reports", "ipc://*", "tcp://127.0.0.1:*"])
    func `a multipart message goes to a router and back`(endpoint: String) throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.bind(to: endpoint)
        let dealer = try makeDealer("handheld", in: context)
        try dealer.connect(to: try router.lastEndpoint)

        try dealer.sendText("TIP1 REPORT a", "{}")
        let received = try router.receiveText()
        #expect(received == ["handheld", "TIP1 REPORT a", "{}"])

        try router.sendText("handheld", "TIP1 RECEIPT a")
        let answer = try dealer.receiveText()
        #expect(answer == ["TIP1 RECEIPT a"])
    }

    @Test func `a REQ puts an empty delimiter before its message and takes it off the answer`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.bind(to: "inproc://reports")
        let req = try makeSocket(.req, in: context)
        try req.setRoutingID("sensor".bytes)
        try req.connect(to: "inproc://reports")

        try req.sendText("TIP1 PING 1")
        let received = try router.receiveText()
        #expect(received == ["sensor", "", "TIP1 PING 1"])

        try router.sendText("sensor", "", "TIP1 PONG 1")
        let answer = try req.receiveText()
        #expect(answer == ["TIP1 PONG 1"])
    }

    @Test func `a REQ must receive before it sends again`() throws {
        let context = try Context()
        let rep = try makeSocket(.rep, in: context)
        try rep.bind(to: "inproc://ask")
        let req = try makeSocket(.req, in: context)
        try req.connect(to: "inproc://ask")
        try req.sendText("one")
        let code = errorCode { _ = try req.send("two".bytes) }
        #expect(code == .wrongState)
    }

    @Test func `embedded zeros and empty frames arrive as they were sent`() throws {
        let context = try Context()
        let left = try makeSocket(.pair, in: context)
        try left.bind(to: "inproc://pair")
        let right = try makeSocket(.pair, in: context)
        try right.connect(to: "inproc://pair")

        let frames: [[UInt8]] = [[], [0], [1, 0, 2], [], [0, 0, 0], []]
        let outcome = try left.send(multipart: frames)
        #expect(outcome == .sent)
        let received = try right.receiveMultipart()
        #expect(received == Multipart(frames: frames))
    }

    @Test(arguments: [0, 10, 33, 34, 100_000])
    func `a shared message arrives whole at every peer`(count: Int) throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setRouterMandatory(true)
        let endpoint = try router.bindLoopback()
        func join(_ identity: String) throws -> Socket {
            let dealer = try makeDealer(identity, in: context)
            try dealer.connect(to: endpoint)
            try dealer.sendText("JOIN")
            _ = try router.receiveText()
            return dealer
        }
        let fire = try join("fire")
        let police = try join("police")
        let leader = try join("leader")

        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var body = try Message(copying: bytes)
        for identity in ["fire", "police", "leader"] {
            var copy = try body.shared()
            let first = try router.send(identity.bytes, more: true, wait: false)
            let second = try router.send(sharing: &body, more: true, wait: false)
            let third = try router.send(&copy, wait: false)
            let left = copy.count
            #expect([first, second, third] == [.sent, .sent, .sent])
            #expect(left == 0)
        }
        let kept = body.bytes
        #expect(kept == bytes)

        let expected = Multipart(frames: [bytes, bytes])
        let arrived = [try fire.receiveMultipart(), try police.receiveMultipart(), try leader.receiveMultipart()]
        #expect(arrived == [expected, expected, expected])
    }

    @Test func `a received message is sent on without being copied`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        let pushEndpoint = try pull.bindLoopback()
        let push = try makeSocket(.push, in: context)
        try push.connect(to: pushEndpoint)
        let out = try makeSocket(.push, in: context)
        try out.bind(to: "inproc://out")
        let end = try makeSocket(.pull, in: context)
        try end.connect(to: "inproc://out")

        let bytes = [UInt8](repeating: 3, count: 5000)
        _ = try push.send(bytes)
        var message = Message()
        let isThere = try pull.receive(into: &message)
        try #require(isThere)
        let source = message.withUnsafeBytes { $0.baseAddress.map(UInt.init(bitPattern:)) }
        _ = try out.send(&message)
        let isAtEnd = try end.receive(into: &message)
        try #require(isAtEnd)
        let target = message.withUnsafeBytes { $0.baseAddress.map(UInt.init(bitPattern:)) }
        let arrived = message.bytes
        #expect(source == target)
        #expect(arrived == bytes)
    }

    @Test func `receiving without waiting says that nothing is there`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        try pull.bind(to: "inproc://nothing")
        var message = try Message(copying: "old".utf8)
        let isThere = try pull.receive(into: &message, wait: false)
        let multipart = try pull.receiveMultipart(wait: false)
        #expect(!isThere)
        #expect(multipart == nil)
    }

    @Test func `frames beyond the limit are dropped and counted and the next message is whole`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        try pull.bind(to: "inproc://many")
        let push = try makeSocket(.push, in: context)
        try push.connect(to: "inproc://many")
        try push.sendText("1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
        try push.sendText("next")

        let bounded = try pull.receiveMultipart(keeping: 3)
        #expect(bounded == Multipart(frames: ["1".bytes, "2".bytes, "3".bytes], dropped: 7))
        let next = try pull.receiveText()
        #expect(next == ["next"])
    }

    @Test func `an XPUB sees subscriptions and sends what was subscribed to`() throws {
        let context = try Context()
        let feed = try makeSocket(.xpub, in: context)
        try feed.bind(to: "inproc://feed")
        let board = try makeSocket(.sub, in: context)
        try board.connect(to: "inproc://feed")

        try board.subscribe(to: "alert/fire".utf8)
        let subscription = try feed.receiveMultipart()
        #expect(subscription?.frames == [[1] + "alert/fire".bytes])
        try feed.sendText("alert/police/Severe", "{}")
        try feed.sendText("alert/fire/Extreme", "{}")
        let alert = try board.receiveText()
        #expect(alert == ["alert/fire/Extreme", "{}"])

        try board.unsubscribe(from: "alert/fire".utf8)
        let end = try feed.receiveMultipart()
        #expect(end?.frames == [[0] + "alert/fire".bytes])
    }

    @Test func `a probe tells a router of a peer that has said nothing`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.bind(to: "inproc://probe")
        let dealer = try makeDealer("quiet", in: context)
        try dealer.setProbeRouter(true)
        try dealer.connect(to: "inproc://probe")
        let probe = try router.receiveText()
        #expect(probe == ["quiet", ""])
    }

    @Test func `an unbound endpoint can be bound again and a disconnected one is left`() throws {
        let context = try Context()
        let first = try makeSocket(.pull, in: context)
        let endpoint = try first.bindLoopback()
        let push = try makeSocket(.push, in: context)
        try push.connect(to: endpoint)
        try push.disconnect(from: endpoint)
        try first.unbind(from: endpoint)
        let code = errorCode { try first.unbind(from: endpoint) }
        #expect(code == .noSuchEntry)
    }
}

/// The code of the error that the body throws.
func errorCode(_ body: () throws -> Void) -> ZeroMQError.Code? {
    do {
        try body()
        return nil
    } catch let error as ZeroMQError {
        return error.code
    } catch {
        Issue.record(error)
        return nil
    }
}
