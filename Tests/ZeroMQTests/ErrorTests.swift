import Testing
import ZeroMQ

struct ErrorTests {
    @Test func `an address in use is an error that names the call and the endpoint`() throws {
        let context = try Context()
        let first = try makeSocket(.router, in: context)
        let endpoint = try first.bindLoopback()
        let second = try makeSocket(.router, in: context)
        let error = #expect(throws: ZeroMQError.self) { try bind(second, to: endpoint) }
        #expect(error == ZeroMQError(code: .addressInUse, call: "zmq_bind", subject: endpoint))
        #expect(error?.description == "zmq_bind(\(endpoint)): Address already in use")
    }

    @Test(arguments: [
        ("nonsense", ZeroMQError.Code.invalidArgument),
        ("carrier-pigeon://roof", .protocolNotSupported),
        ("tcp://198.51.100.1:*", .addressNotAvailable),
        ("ipc:///nowhere/at/all/socket", .noSuchEntry),
    ])
    func `an endpoint that cannot be bound says why`(endpoint: String, code: ZeroMQError.Code) throws {
        let context = try Context()
        let socket = try makeSocket(.router, in: context)
        let thrown = errorCode { try socket.bind(to: endpoint) }
        #expect(thrown == code)
    }

    @Test func `an option that does not take a value is named`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        let error = #expect(throws: ZeroMQError.self) { try subscribe(pull) }
        #expect(error == ZeroMQError(code: .invalidArgument, call: "zmq_setsockopt", subject: "ZMQ_SUBSCRIBE"))
    }

    @Test func `a socket that cannot send says so`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        let code = errorCode { _ = try pull.send("no".bytes) }
        #expect(code == .notSupported)
    }

    @Test func `every option takes an ordinary value`() throws {
        let context = try Context()
        let socket = try Socket(.router, in: context)
        try socket.setLinger(.seconds(1))
        try socket.setLinger(nil)
        try socket.setLinger(.zero)
        try socket.setSendHighWaterMark(10)
        try socket.setReceiveHighWaterMark(10)
        try socket.setSendTimeout(.milliseconds(1))
        try socket.setReceiveTimeout(nil)
        try socket.setMaxMessageSize(65_536)
        try socket.setMaxMessageSize(nil)
        try socket.setImmediate(true)
        try socket.setRouterMandatory(true)
        try socket.setRouterHandover(true)
        try socket.setRoutingID("broker".bytes)
        try socket.setProbeRouter(true)
        try socket.setReconnectInterval(.milliseconds(10), maximum: .seconds(1))
        try socket.setReconnectInterval(nil)
        try socket.setTCPKeepalive(idle: .seconds(30), interval: .milliseconds(1500), count: 4)
        try socket.setHeartbeat(interval: .seconds(5), timeout: .seconds(10), timeToLive: .seconds(15))
        try socket.setHandshakeInterval(.seconds(2))
        try socket.setBacklog(1024)
        try socket.setIPv6(true)
        try socket.setZAPDomain("tocsin")
        let descriptor = try socket.fileDescriptor
        let events = try socket.events
        #expect(descriptor >= 0)
        #expect(!events.contains(.readable))
    }

    private func bind(_ socket: borrowing Socket, to endpoint: String) throws {
        try socket.bind(to: endpoint)
    }

    private func subscribe(_ socket: borrowing Socket) throws {
        try socket.subscribe(to: [])
    }
}
