public import CZeroMQ

/// One frame: bytes that libzmq owns, moved into and out of sockets without being copied.
///
/// Up to 33 bytes live in the value itself; more live on libzmq's heap, with a count of the messages that share them.
///
/// Why it is sound to keep a `zmq_msg_t` in a Swift value, which may be moved bit by bit at any time: all its layouts
/// (libzmq `src/msg.hpp`, `msg_t::_u`) hold bytes in line (vsm) or pointers to memory elsewhere (lmsg and zclmsg:
/// `content`, which holds data, size and reference count; cmsg: `data`; in all: `metadata` and a long `group`); none
/// points into itself and nothing points at it, and libzmq itself moves messages by plain assignment
/// (`msg_t::move`, and the pipes between threads). So a bitwise move is good as long as the old place is never used or
/// closed again, which `~Copyable` guarantees. A bitwise *copy* may be read, within the original's life, but
/// never closed, sent or passed to `zmq_msg_copy`, which marks its source: those get the stored property itself.
///
/// `@unchecked Sendable`: nobody else has the value (`~Copyable`). What messages share is changed by nobody
/// (`withUnsafeMutableBytes` refuses) and counted atomically (`content->refcnt`, `metadata_t`), so it may be read
/// and released in several threads.
public struct Message: ~Copyable, @unchecked Sendable {
    @usableFromInline
    var raw: zmq_msg_t

    /// Makes an empty message, to receive into or to send as a delimiter.
    @inlinable
    public init() {
        raw = zmq_msg_t()
        // Documented to return zero always.
        zmq_msg_init(&raw)
    }

    /// Makes a message of so many bytes, whose values are undefined until they are written.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(byteCount: Int) throws(ZeroMQError) {
        var raw = zmq_msg_t()
        try check(zmq_msg_init_size(&raw, byteCount), "zmq_msg_init_size")
        self.raw = raw
    }

    /// Makes a message with a copy of the bytes.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(copying bytes: UnsafeRawBufferPointer) throws(ZeroMQError) {
        try self.init(byteCount: bytes.count)
        withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
    }

    /// Makes a message with a copy of the bytes, such as `[UInt8]` or `String.UTF8View`; fastest where they are
    /// contiguous.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(copying bytes: some Collection<UInt8>) throws(ZeroMQError) {
        try self.init(byteCount: bytes.count)
        withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, fromContentsOf: bytes) }
    }

    @inlinable
    deinit {
        // A destructor may not change self; its bits are moved to where they may be, and self is not used again.
        var raw = self.raw
        let result = zmq_msg_close(&raw)
        assert(result == 0, "zmq_msg_close: not a message")
    }

    /// The number of bytes.
    @inlinable
    public var count: Int {
        withUnsafePointer(to: raw) { zmq_msg_size($0) }
    }

    /// Whether it has no bytes, as a delimiter.
    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// Whether, as it was received, another frame of the same multipart message follows.
    @inlinable
    public var isMore: Bool {
        withUnsafePointer(to: raw) { zmq_msg_more($0) } == 1
    }

    /// Whether the bytes are, or once were, shared with another message, and so must not be written.
    @inlinable
    public var isShared: Bool {
        withUnsafePointer(to: raw) { zmq_msg_get($0, ZMQ_SHARED) } == 1
    }

    /// Makes another message with the same bytes, without copying them (but for the few that live in line).
    ///
    /// For one body that goes to many peers see `Socket.send(sharing:more:wait:)`.
    ///
    /// - Throws: What libzmq says of a broken message, which this type does not let be.
    @inlinable
    public mutating func shared() throws(ZeroMQError) -> Message {
        var other = Message()
        try check(zmq_msg_copy(&other.raw, &raw), "zmq_msg_copy")
        return other
    }

    /// Lends the bytes for reading. They must not be used after `body` returns.
    @inlinable
    public func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // In-line bytes may be lent from a bitwise copy: it is only read, and it lives as long as the call.
        try withUnsafePointer(to: raw) { raw throws(Failure) in
            let start = zmq_msg_data(UnsafeMutablePointer(mutating: raw))
            return try body(UnsafeRawBufferPointer(start: start, count: zmq_msg_size(raw)))
        }
    }

    /// Lends the bytes for writing. They must not be used after `body` returns. The message must not be shared.
    @inlinable
    public mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(!isShared, "the bytes of a shared message must not be written")
        return try withUnsafeMutablePointer(to: &raw) { raw throws(Failure) in
            try body(UnsafeMutableRawBufferPointer(start: zmq_msg_data(raw), count: zmq_msg_size(raw)))
        }
    }

    /// A copy of the bytes, for where speed does not matter.
    public var bytes: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// What libzmq knows of the connection that a received message came through; nil where it knows nothing.
    /// Only messages that came over `tcp` or `ipc` have any.
    public func property(_ property: Property) -> String? {
        withUnsafePointer(to: raw) { zmq_msg_gets($0, property.rawValue).map { String(cString: $0) } }
    }

    /// A property of the connection.
    public enum Property: String, CaseIterable, Sendable {
        /// Whom the ZAP handler said the peer is (RFC 27).
        case userID = "User-Id"
        /// The peer's address, without a port.
        case peerAddress = "Peer-Address"
        /// The peer's kind of socket.
        case socketType = "Socket-Type"
        /// The identity that the peer gave itself.
        case routingID = "Routing-Id"
    }
}
