import CZeroMQ

/// The options of zmq_setsockopt(3), typed. Durations are in whole milliseconds, rounded up, unless said otherwise.
/// Each method throws `.invalidArgument`, naming the option, for a value that libzmq does not take.
extension Socket {
    // MARK: Queues

    /// Sets the time for which closing waits, in the background, for unsent messages; nil waits for ever. The default
    /// is not to wait.
    public func setLinger(_ linger: Duration?) throws(ZeroMQError) {
        try set(ZMQ_LINGER, linger.milliseconds, "ZMQ_LINGER")
    }

    /// Sets how many messages may wait for each peer; 0 is any number. The default is 1,000. Over `inproc` both ends'
    /// marks add up.
    public func setSendHighWaterMark(_ messages: Int) throws(ZeroMQError) {
        try set(ZMQ_SNDHWM, CInt(clamping: messages), "ZMQ_SNDHWM")
    }

    /// Sets how many messages of each peer may wait to be received; 0 is any number. The default is 1,000.
    public func setReceiveHighWaterMark(_ messages: Int) throws(ZeroMQError) {
        try set(ZMQ_RCVHWM, CInt(clamping: messages), "ZMQ_RCVHWM")
    }

    /// Sets the time for which a send may wait; nil, the default, is for ever.
    public func setSendTimeout(_ timeout: Duration?) throws(ZeroMQError) {
        try set(ZMQ_SNDTIMEO, timeout.milliseconds, "ZMQ_SNDTIMEO")
    }

    /// Sets the time for which a receive may wait; nil, the default, is for ever.
    public func setReceiveTimeout(_ timeout: Duration?) throws(ZeroMQError) {
        try set(ZMQ_RCVTIMEO, timeout.milliseconds, "ZMQ_RCVTIMEO")
    }

    /// Sets the largest frame, in bytes, that a peer may send; nil, the default, is any size. A peer that sends more is
    /// disconnected. Does not apply to `inproc`.
    public func setMaxMessageSize(_ bytes: Int?) throws(ZeroMQError) {
        try set(ZMQ_MAXMSGSIZE, bytes.map { Int64($0) } ?? -1, "ZMQ_MAXMSGSIZE")
    }

    /// Sets whether messages wait only for established connections, rather than for all requested ones.
    public func setImmediate(_ isOn: Bool) throws(ZeroMQError) {
        try set(ZMQ_IMMEDIATE, isOn, "ZMQ_IMMEDIATE")
    }

    // MARK: Identity and routing

    /// ROUTER: sets whether a message that cannot go out gives an outcome (`.unreachable`, `.wouldBlock`) rather than
    /// being dropped silently.
    public func setRouterMandatory(_ isOn: Bool) throws(ZeroMQError) {
        try set(ZMQ_ROUTER_MANDATORY, isOn, "ZMQ_ROUTER_MANDATORY")
    }

    /// ROUTER: sets whether a new peer takes an identity over from the peer that has it, rather than being ignored.
    public func setRouterHandover(_ isOn: Bool) throws(ZeroMQError) {
        try set(ZMQ_ROUTER_HANDOVER, isOn, "ZMQ_ROUTER_HANDOVER")
    }

    /// Sets the identity by which a ROUTER at the other end knows this socket: 1–255 bytes, the first not zero.
    public func setRoutingID(_ identity: [UInt8]) throws(ZeroMQError) {
        try set(ZMQ_ROUTING_ID, identity, "ZMQ_ROUTING_ID")
    }

    /// REQ, DEALER, ROUTER: sets whether to send an empty message to each new peer, so that a ROUTER learns of it at
    /// once.
    public func setProbeRouter(_ isOn: Bool) throws(ZeroMQError) {
        try set(ZMQ_PROBE_ROUTER, isOn, "ZMQ_PROBE_ROUTER")
    }

    /// SUB: subscribes to messages that begin with the bytes; without bytes, to all. Each call needs its own
    /// `unsubscribe(from:)`.
    public func subscribe(to prefix: some Collection<UInt8>) throws(ZeroMQError) {
        try set(ZMQ_SUBSCRIBE, [UInt8](prefix), "ZMQ_SUBSCRIBE")
    }

    /// SUB: undoes one `subscribe(to:)`.
    public func unsubscribe(from prefix: some Collection<UInt8>) throws(ZeroMQError) {
        try set(ZMQ_UNSUBSCRIBE, [UInt8](prefix), "ZMQ_UNSUBSCRIBE")
    }

    // MARK: Connections

    /// Sets the wait before connecting again; nil is never again. The default is 100 ms. The wait doubles with each
    /// failure up to the maximum; without a maximum it is constant.
    public func setReconnectInterval(_ interval: Duration?, maximum: Duration? = nil) throws(ZeroMQError) {
        try set(ZMQ_RECONNECT_IVL, interval.milliseconds, "ZMQ_RECONNECT_IVL")
        try set(ZMQ_RECONNECT_IVL_MAX, maximum?.milliseconds ?? 0, "ZMQ_RECONNECT_IVL_MAX")
    }

    /// Makes TCP probe silent connections: after `idle`, then each `interval`, giving up after `count` probes. The
    /// durations are in whole seconds, rounded up.
    public func setTCPKeepalive(idle: Duration, interval: Duration, count: Int) throws(ZeroMQError) {
        try set(ZMQ_TCP_KEEPALIVE, true, "ZMQ_TCP_KEEPALIVE")
        try set(ZMQ_TCP_KEEPALIVE_IDLE, idle.seconds, "ZMQ_TCP_KEEPALIVE_IDLE")
        try set(ZMQ_TCP_KEEPALIVE_INTVL, interval.seconds, "ZMQ_TCP_KEEPALIVE_INTVL")
        try set(ZMQ_TCP_KEEPALIVE_CNT, CInt(clamping: count), "ZMQ_TCP_KEEPALIVE_CNT")
    }

    /// Makes libzmq ping each peer, and close the connections that give no sign of life.
    ///
    /// - Parameters:
    ///   - interval: The time between pings; zero, the default, is no pings.
    ///   - timeout: The time to wait for any sign of life after a ping.
    ///   - timeToLive: The silence of this side after which the peer shall close; nil leaves it to the peer. In tenths
    ///     of a second, rounded down, up to 6,553.
    public func setHeartbeat(
        interval: Duration, timeout: Duration, timeToLive: Duration? = nil
    ) throws(ZeroMQError) {
        try set(ZMQ_HEARTBEAT_IVL, interval.milliseconds, "ZMQ_HEARTBEAT_IVL")
        try set(ZMQ_HEARTBEAT_TIMEOUT, timeout.milliseconds, "ZMQ_HEARTBEAT_TIMEOUT")
        try set(ZMQ_HEARTBEAT_TTL, timeToLive?.milliseconds ?? 0, "ZMQ_HEARTBEAT_TTL")
    }

    /// Sets the time within which a new connection must complete its handshake; zero is any time. The default is 30
    /// seconds.
    public func setHandshakeInterval(_ interval: Duration) throws(ZeroMQError) {
        try set(ZMQ_HANDSHAKE_IVL, interval.milliseconds, "ZMQ_HANDSHAKE_IVL")
    }

    /// Sets how many connections may wait to be accepted. The default is 100. The system has its own limit.
    public func setBacklog(_ connections: Int) throws(ZeroMQError) {
        try set(ZMQ_BACKLOG, CInt(clamping: connections), "ZMQ_BACKLOG")
    }

    /// Sets whether `tcp` endpoints may be IPv6. The default is false.
    public func setIPv6(_ isOn: Bool) throws(ZeroMQError) {
        try set(ZMQ_IPV6, isOn, "ZMQ_IPV6")
    }

    // MARK: State

    /// The endpoint last bound or connected to, as libzmq spells it, with the port chosen for `*`.
    public var lastEndpoint: String {
        get throws(ZeroMQError) {
            // The longest endpoint is an inproc name of 255 bytes; the count includes the zero at the end.
            var buffer = [UInt8](repeating: 0, count: 512)
            var count = buffer.count
            try check(
                zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &buffer, &count), "zmq_getsockopt", on: "ZMQ_LAST_ENDPOINT")
            return String(decoding: buffer.prefix(max(0, count - 1)), as: UTF8.self)
        }
    }

    /// The operations that are possible now without waiting.
    public var events: PollEvents {
        get throws(ZeroMQError) {
            PollEvents(rawValue: Int16(truncatingIfNeeded: try get(ZMQ_EVENTS, "ZMQ_EVENTS")))
        }
    }

    /// A descriptor for another event loop. It turns readable at the *edge*, when `events` may have changed. Read
    /// `events` after each wake, and after each send and receive, before waiting for it again.
    public var fileDescriptor: CInt {
        get throws(ZeroMQError) { try get(ZMQ_FD, "ZMQ_FD") }
    }

    // MARK: The two calls

    func set(_ option: CInt, _ value: some BitwiseCopyable, _ name: StaticString) throws(ZeroMQError) {
        let result = withUnsafeBytes(of: value) { zmq_setsockopt(handle, option, $0.baseAddress, $0.count) }
        try check(result, "zmq_setsockopt", on: name.description)
    }

    func set(_ option: CInt, _ isOn: Bool, _ name: StaticString) throws(ZeroMQError) {
        try set(option, isOn ? 1 : 0 as CInt, name)
    }

    func set(_ option: CInt, _ value: [UInt8], _ name: StaticString) throws(ZeroMQError) {
        try check(zmq_setsockopt(handle, option, value, value.count), "zmq_setsockopt", on: name.description)
    }

    private func get(_ option: CInt, _ name: StaticString) throws(ZeroMQError) -> CInt {
        var value: CInt = 0
        var count = MemoryLayout<CInt>.size
        try check(zmq_getsockopt(handle, option, &value, &count), "zmq_getsockopt", on: name.description)
        return value
    }
}
