public import CZeroMQ

/// The outcome of sending a frame.
public enum SendOutcome: Hashable, Sendable {
    /// libzmq has taken the frame. A peer need not have it yet.
    case sent
    /// The send would have to wait, as the peer's queue is full or there is no peer. Nothing was taken.
    case wouldBlock
    /// No peer has this identity (a ROUTER with `setRouterMandatory`). Nothing was taken.
    case unreachable
}

/// A multipart message arrives whole or not at all, so its first frame decides. On a ROUTER, where it is the identity,
/// only that frame can end as `.wouldBlock` or `.unreachable`. After it the rest is `.sent` even if the peer leaves
/// meanwhile.
///
/// On a DEALER or PUSH, a peer may leave in the middle of a message that is sent without waiting. A later frame then
/// ends as `.wouldBlock`, and the message is lost. Its remaining frames must still be sent, for libzmq to drop them;
/// otherwise the next message would be taken for them.
///
/// While it sends, libzmq looks for news (peers that came or went, queues that emptied) at most about once a
/// millisecond. `events`, a poll, and a receive that finds nothing look at once. `.unreachable` and `.wouldBlock` may
/// be late by that much.
extension Socket {
    /// Sends a frame with a copy of the bytes. Up to 33 bytes cost no allocation.
    ///
    /// - Parameters:
    ///   - bytes: The frame.
    ///   - more: Whether another frame of the same message follows.
    ///   - wait: Whether to wait for room, at most for the send timeout, rather than to return `.wouldBlock`.
    /// - Throws: `.terminated` after the context's shutdown; `.wrongState` or `.notSupported`, depending on the kind of
    ///   socket.
    @inlinable
    public func send(
        _ bytes: UnsafeRawBufferPointer, more: Bool = false, wait: Bool = true
    ) throws(ZeroMQError) -> SendOutcome {
        let flags = Socket.sendFlags(more: more, wait: wait)
        while zmq_send(handle, bytes.baseAddress, bytes.count, flags) == -1 {
            let failure = ZeroMQError.Code.last
            guard failure != .interrupted else { continue }
            return try Socket.outcome(of: failure, "zmq_send")
        }
        return .sent
    }

    /// Sends a frame with a copy of the bytes; see the form that takes a buffer.
    @inlinable
    public func send(_ bytes: [UInt8], more: Bool = false, wait: Bool = true) throws(ZeroMQError) -> SendOutcome {
        try send(bytes.span.bytes, more: more, wait: wait)
    }

    /// Sends a frame with a copy of the bytes; see the form that takes a buffer.
    @inlinable
    public func send(_ bytes: RawSpan, more: Bool = false, wait: Bool = true) throws(ZeroMQError) -> SendOutcome {
        try bytes.withUnsafeBytes { bytes throws(ZeroMQError) in try send(bytes, more: more, wait: wait) }
    }

    /// Sends a frame without copying it. The message is empty after `.sent`, and unchanged after any other outcome.
    ///
    /// - Throws: As the form that takes a buffer.
    @inlinable
    public func send(
        _ message: inout Message, more: Bool = false, wait: Bool = true
    ) throws(ZeroMQError) -> SendOutcome {
        let flags = Socket.sendFlags(more: more, wait: wait)
        while zmq_msg_send(&message.raw, handle, flags) == -1 {
            let failure = ZeroMQError.Code.last
            guard failure != .interrupted else { continue }
            return try Socket.outcome(of: failure, "zmq_msg_send")
        }
        return .sent
    }

    /// Sends a frame that shares its bytes with a message, which keeps them. Use it to send one body to many peers. It
    /// equals sending `message.shared()`, but is faster.
    ///
    /// - Throws: As the form that takes a buffer.
    @inlinable
    public func send(
        sharing message: inout Message, more: Bool = false, wait: Bool = true
    ) throws(ZeroMQError) -> SendOutcome {
        let flags = Socket.sendFlags(more: more, wait: wait)
        // The copy stays in place until libzmq has it: moving 64 bytes that were just written costs more than the
        // calls. Until then this function must close it. After `.sent` it is empty, and nothing needs closing.
        var copy = zmq_msg_t()
        zmq_msg_init(&copy)
        try check(zmq_msg_copy(&copy, &message.raw), "zmq_msg_copy")
        while zmq_msg_send(&copy, handle, flags) == -1 {
            let failure = ZeroMQError.Code.last
            guard failure != .interrupted else { continue }
            zmq_msg_close(&copy)
            return try Socket.outcome(of: failure, "zmq_msg_send")
        }
        return .sent
    }

    /// Sends a whole message of at least one frame.
    ///
    /// - Returns: `.wouldBlock` or `.unreachable` if no part of the message will arrive.
    /// - Throws: As the form for one frame.
    public func send(multipart frames: [[UInt8]], wait: Bool = true) throws(ZeroMQError) -> SendOutcome {
        precondition(!frames.isEmpty, "a message has at least one frame")
        var result = SendOutcome.sent
        for (index, frame) in frames.enumerated() {
            let outcome = try send(frame, more: index < frames.count - 1, wait: wait)
            guard outcome != .sent else { continue }
            result = outcome
            // After the first frame the socket is inside the message, and must be led to its end even if the message is
            // lost.
            if index == 0 { break }
        }
        return result
    }

    @inlinable
    static func sendFlags(more: Bool, wait: Bool) -> CInt {
        (more ? ZMQ_SNDMORE : 0) | (wait ? 0 : ZMQ_DONTWAIT)
    }

    /// Tells outcomes from errors after a send that returned −1.
    @usableFromInline
    static func outcome(of failure: ZeroMQError.Code, _ call: StaticString) throws(ZeroMQError) -> SendOutcome {
        switch failure {
        case .wouldBlock: return .wouldBlock
        case .unreachable: return .unreachable
        default: throw ZeroMQError(code: failure, call: call.description)
        }
    }
}
