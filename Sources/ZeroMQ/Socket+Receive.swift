public import CZeroMQ

/// A received message, copied into arrays.
public struct Multipart: Hashable, Sendable {
    /// The first frames, up to the limit given.
    public var frames: [[UInt8]]

    /// The number of further frames, which were dropped.
    public var dropped: Int

    public init(frames: [[UInt8]], dropped: Int = 0) {
        self.frames = frames
        self.dropped = dropped
    }
}

extension Socket {
    /// Receives one frame without copying it. `message.isMore` is true if another frame of the same message follows,
    /// which is then already there.
    ///
    /// - Parameters:
    ///   - message: The message to receive into. Its former content is released. After a return of false it is empty or
    ///     unchanged.
    ///   - wait: Whether to wait for a message, at most for the receive timeout.
    /// - Returns: False if no message is there.
    /// - Throws: `.terminated` after the context's shutdown; `.wrongState` or `.notSupported`, depending on the kind of
    ///   socket.
    @inlinable
    public func receive(into message: inout Message, wait: Bool = true) throws(ZeroMQError) -> Bool {
        let flags = wait ? 0 : ZMQ_DONTWAIT
        while zmq_msg_recv(&message.raw, handle, flags) == -1 {
            let failure = ZeroMQError.Code.last
            guard failure != .interrupted else { continue }
            guard failure == .wouldBlock else { throw ZeroMQError(code: failure, call: "zmq_msg_recv") }
            return false
        }
        return true
    }

    /// Receives a whole message into arrays. This is the convenient form, for tests and clients.
    ///
    /// - Parameters:
    ///   - limit: How many frames to keep; the rest is read, counted and dropped, so that a peer cannot fill the
    ///     memory with frames. (`setMaxMessageSize` bounds each frame.)
    ///   - wait: Whether to wait for a message, at most for the receive timeout.
    /// - Returns: The message; nil if none is there.
    /// - Throws: As `receive(into:wait:)`.
    public func receiveMultipart(keeping limit: Int = 64, wait: Bool = true) throws(ZeroMQError) -> Multipart? {
        var message = Message()
        guard try receive(into: &message, wait: wait) else { return nil }
        var multipart = Multipart(frames: [])
        while true {
            if multipart.frames.count < limit {
                multipart.frames.append(message.bytes)
            } else {
                multipart.dropped += 1
            }
            // libzmq delivers whole messages: the next frame is there, and this does not wait.
            guard message.isMore, try receive(into: &message) else { return multipart }
        }
    }
}
