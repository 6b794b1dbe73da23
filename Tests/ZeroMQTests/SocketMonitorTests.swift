import Testing
import ZeroMQ

struct SocketMonitorTests {
    @Test func `a monitor tells how a connection is made and lost`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        let server = try makeMonitor(of: router)
        let endpoint = try router.bindLoopback()
        let dealer = try makeSocket(.dealer, in: context)
        let client = try makeMonitor(of: dealer)
        try dealer.connect(to: endpoint)

        let listening = try server.next(.listening)
        let accepted = try server.next(.accepted)
        let served = try server.next(.handshakeSucceeded)
        #expect(listening?.endpoint == endpoint)
        #expect(accepted != nil)
        #expect(served != nil)
        let connected = try client.next(.connected)
        let welcomed = try client.next(.handshakeSucceeded)
        #expect(connected?.endpoint == endpoint)
        #expect(welcomed != nil)

        _ = consume router
        let lost = try client.next(.disconnected)
        let retried = try client.next(.connectRetried)
        #expect(lost?.endpoint == endpoint)
        #expect(retried != nil)
    }

    @Test func `a monitor tells of a bind that failed`() throws {
        let context = try Context()
        let first = try makeSocket(.router, in: context)
        let endpoint = try first.bindLoopback()
        let second = try makeSocket(.router, in: context)
        let monitor = try makeMonitor(of: second, kinds: [.bindFailed])
        let error = #expect(throws: ZeroMQError.self) { try bind(second, to: endpoint) }
        #expect(error?.subject == endpoint)
        let event = try monitor.receive()
        #expect(event?.kind == .bindFailed)
        #expect(event?.value == ZeroMQError.Code.addressInUse.rawValue)
    }

    @Test func `a bind that fails says why although the socket is monitored`() throws {
        let context = try Context()
        let first = try makeSocket(.router, in: context)
        let endpoint = try first.bindLoopback()
        let second = try makeSocket(.router, in: context)
        let monitor = try makeMonitor(of: second)
        let code = errorCode { try second.bind(to: endpoint) }
        #expect(code == .addressInUse)
        let event = try monitor.receive()
        #expect(event?.kind == .closed)
    }

    @Test func `a frame beyond the maximum size cuts the connection`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setMaxMessageSize(100)
        let monitor = try makeMonitor(of: router, kinds: [.disconnected])
        let endpoint = try router.bindLoopback()
        let dealer = try makeDealer("shouter", in: context)
        try dealer.connect(to: endpoint)

        _ = try dealer.send([UInt8](repeating: 0, count: 100))
        let fits = try router.receiveMultipart()
        #expect(fits?.frames.last?.count == 100)

        _ = try dealer.send([UInt8](repeating: 0, count: 101))
        let event = try monitor.receive()
        #expect(event?.kind == .disconnected)
        let nothing = try router.receiveMultipart(wait: false)
        #expect(nothing == nil)
    }

    @Test func `a socket works on when its monitor has ended`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        _ = try makeMonitor(of: router)
        let endpoint = try router.bindLoopback()
        let dealer = try makeDealer("fire", in: context)
        try dealer.connect(to: endpoint)
        try dealer.sendText("hello")
        let received = try router.receiveText()
        #expect(received == ["fire", "hello"])
    }

    @Test func `a second monitor takes over from the first`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        let first = try makeMonitor(of: router)
        let second = try makeMonitor(of: router, kinds: [.listening])
        let last = try first.receive()
        #expect(last?.kind == .monitorStopped)
        _ = consume first
        let endpoint = try router.bindLoopback()
        let event = try second.receive()
        #expect(event?.endpoint == endpoint)
    }

    @Test func `a monitor that nobody reads stops nothing`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        let monitor = try makeMonitor(of: router, kinds: [.listening])
        // More than the two high-water marks that libzmq gives to a pair of sockets.
        let rounds = 2_500
        for _ in 0..<rounds {
            try router.unbind(from: try router.bindLoopback())
        }
        var count = 0
        while try monitor.receive(wait: false) != nil { count += 1 }
        #expect(count == rounds)
    }

    @Test func `a monitor can be polled and says when its socket is closed`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        let monitor = try makeMonitor(of: router, kinds: [.monitorStopped])
        var set = PollSet()
        let index = set.add(monitor)
        let before = try set.poll(timeout: .zero)
        _ = consume router
        let after = try set.poll(timeout: patience)
        let ready = set[index]
        #expect(before == 0)
        #expect(after == 1)
        #expect(ready == .readable)
        let event = try monitor.receive()
        #expect(event?.kind == .monitorStopped)
    }

    private func bind(_ socket: borrowing Socket, to endpoint: String) throws {
        try socket.bind(to: endpoint)
    }
}
