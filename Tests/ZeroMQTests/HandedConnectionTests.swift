import Glibc
import Testing
import ZeroMQ

/// Connections that this process accepts, and hands to sockets of its own choice.
struct HandedConnectionTests {
    /// Waits for the next connection.
    private func accept(at listener: Listener) throws -> HandedConnection {
        var poll = PollSet()
        _ = poll.add(fileDescriptor: listener.fileDescriptor, for: .readable)
        while true {
            let ready = try poll.poll(timeout: patience)
            try #require(ready == 1, "nobody came")
            if case .connection(let connection) = listener.accept() { return connection }
        }
    }

    /// A socket that accepts what is handed to its entrance alone.
    private final class Publisher {
        private(set) var entrance: Entrance?
        let monitor: SocketMonitor
        let socket: Socket

        init(in context: Context) throws {
            let socket = try makeSocket(.xpub, in: context)
            monitor = try makeMonitor(of: socket, kinds: [.accepted, .disconnected])
            entrance = try Entrance(to: socket)
            self.socket = socket
        }

        // The entrance goes before the socket that owns its descriptor.
        deinit { entrance = nil }
    }

    private func subscriber(to endpoint: String, in context: Context) throws -> Socket {
        let subscriber = try makeSocket(.sub, in: context)
        try subscriber.subscribe(to: [])
        try subscriber.connect(to: endpoint)
        return subscriber
    }

    @Test func `each connection comes to the socket that it is handed to`() throws {
        let context = try Context()
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let first = try Publisher(in: context)
        let second = try Publisher(in: context)
        let one = try subscriber(to: listener.endpoint, in: context)
        _ = first.entrance?.hand(try accept(at: listener))
        let another = try subscriber(to: listener.endpoint, in: context)
        _ = second.entrance?.hand(try accept(at: listener))
        let subscriptions = [try first.socket.receiveMultipart(), try second.socket.receiveMultipart()]
        #expect(subscriptions.map(\.?.frames) == [[[1]], [[1]]])
        try first.socket.sendText("first")
        try second.socket.sendText("second")
        let (toOne, toAnother) = (try one.receiveText(), try another.receiveText())
        #expect(toOne == ["first"] && toAnother == ["second"])
    }

    @Test func `a connection that is ended is open no more, and its socket hears of it`() throws {
        let context = try Context()
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let handed = try Publisher(in: context)
        let subscriber = try subscriber(to: listener.endpoint, in: context)
        let connection = try accept(at: listener)
        _ = handed.entrance?.hand(connection)
        let subscription = try handed.socket.receiveMultipart()
        #expect(subscription != nil && connection.isOpen)
        connection.end()
        let lost = try handed.monitor.next(.disconnected)
        #expect(lost != nil)
        // libzmq tells of it, and closes it then.
        while connection.isOpen { sched_yield() }
        _ = subscriber
    }

    @Test func `a connection that no socket has taken is closed with the entrance`() throws {
        let context = try Context(ioThreads: 1)
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let clients = try Context()
        for _ in 0..<50 {
            let client = try makeSocket(.sub, in: clients)
            try client.setReconnectInterval(nil)
            let monitor = try makeMonitor(of: client, kinds: [.disconnected, .handshakeFailed])
            try client.connect(to: listener.endpoint)
            let connection = try accept(at: listener)
            do {
                let handed = try Publisher(in: context)
                _ = handed.entrance?.hand(connection)
            }
            // Its socket may have taken it or not: it ends in both cases.
            let end = try monitor.receive()
            #expect(end != nil)
        }
    }

    @Test func `several come to a socket through one entrance`() throws {
        let context = try Context()
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let router = try Publisher(in: context)
        let one = try subscriber(to: listener.endpoint, in: context)
        let another = try subscriber(to: listener.endpoint, in: context)
        for connection in [try accept(at: listener), try accept(at: listener)] {
            let isTaken = router.entrance?.hand(connection)
            #expect(isTaken == true)
        }
        let accepted = [try router.monitor.next(.accepted), try router.monitor.next(.accepted)]
        #expect(!accepted.contains { $0 == nil })
        _ = consume one
        _ = consume another
    }

    @Test func `what a peer has done is known before its connection is handed over`() throws {
        let context = try Context()
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let port = try #require(listener.endpoint.split(separator: ":").last.flatMap { UInt16($0) })
        let peer = try TCPPeer(port)
        let connection = try accept(at: listener)
        #expect(connection.state == .silent && connection.origin == UInt64(UInt32(0x7f00_0001).bigEndian))
        peer.say(0xff)
        while connection.state == .silent { sched_yield() }
        #expect(connection.state == .speaks)
        peer.leave()
        while connection.state == .speaks { sched_yield() }
        #expect(connection.state == .gone)
        connection.close()
        #expect(!connection.isOpen)
    }

    /// A peer that is no socket of libzmq's.
    private struct TCPPeer {
        private let descriptor: CInt

        init(_ port: UInt16) throws {
            descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let status = withUnsafeBytes(of: &address) { bytes in
                connect(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
            }
            try #require(status == 0)
        }

        func say(_ byte: UInt8) {
            var byte = byte
            _ = send(descriptor, &byte, 1, CInt(MSG_NOSIGNAL))
        }

        func leave() { close(descriptor) }
    }

    @Test func `an endpoint in use is named`() throws {
        let context = try Context()
        let listener = try Listener(at: "tcp://127.0.0.1:*", in: context, backlog: 10)
        let error = #expect(throws: ZeroMQError.self) {
            _ = try Listener(at: listener.endpoint, in: context, backlog: 10)
        }
        #expect(error?.code == .addressInUse && error?.subject == listener.endpoint)
    }
}
