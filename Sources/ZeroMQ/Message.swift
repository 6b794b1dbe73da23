public import CZeroMQ

/// One frame. libzmq owns its bytes, and moves them into and out of sockets without copying.
///
/// Up to 33 bytes live in the value itself. More live on libzmq's heap, with a count of the messages that share them.
///
/// Keeping a `zmq_msg_t` in a Swift value, which may be moved bit by bit at any time, is sound for these reasons. All
/// its layouts (libzmq `src/msg.hpp`, `msg_t::_u`) hold bytes in line (vsm) or pointers to memory elsewhere (lmsg and
/// zclmsg: `content`, which holds data, size and reference count; cmsg: `data`; in all: `metadata` and a long `group`).
/// None points into itself and nothing points at it. libzmq itself moves messages by plain assignment (`msg_t::move`,
/// and the pipes between threads).
///
/// A bitwise move is therefore valid if the old place is never used or closed again, which `~Copyable` guarantees. A
/// bitwise *copy* may be read within the original's life. It must not be closed, sent or passed to `zmq_msg_copy`,
/// which marks its source: these calls get the stored property itself.
///
/// `@unchecked Sendable`: the value has one owner (`~Copyable`). Data shared by messages is never changed
/// (`withUnsafeMutableBytes` refuses) and counted atomically (`content->refcnt`, `metadata_t`). It may therefore be
/// read and released in several threads.
public struct Message: ~Copyable, @unchecked Sendable {
    @usableFromInline
    var raw: zmq_msg_t

    /// Creates an empty message, to receive into or to send as a delimiter.
    @inlinable
    public init() {
        raw = zmq_msg_t()
        // This call is documented to return zero always.
        zmq_msg_init(&raw)
    }

    /// Creates a message of the given size. The bytes are undefined until they are written.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(byteCount: Int) throws(ZeroMQError) {
        var raw = zmq_msg_t()
        try check(zmq_msg_init_size(&raw, byteCount), "zmq_msg_init_size")
        self.raw = raw
    }

    /// Creates a message with a copy of the bytes.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(copying bytes: UnsafeRawBufferPointer) throws(ZeroMQError) {
        try self.init(byteCount: bytes.count)
        withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
    }

    /// Creates a message with a copy of the bytes, such as `[UInt8]` or `String.UTF8View`. Contiguous bytes are
    /// fastest.
    ///
    /// - Throws: `.outOfMemory`.
    @inlinable
    public init(copying bytes: some Collection<UInt8>) throws(ZeroMQError) {
        try self.init(byteCount: bytes.count)
        withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, fromContentsOf: bytes) }
    }

    /// Creates a message with a copy of the bytes, and tells when libzmq has let go of it: it has been sent, or its
    /// connection has ended.
    ///
    /// - Parameters:
    ///   - bytes: The content.
    ///   - released: Is called once, on any thread. It must not wait.
    /// - Throws: `.outOfMemory`.
    public init(
        copying bytes: UnsafeRawBufferPointer, released: @escaping @Sendable () -> Void
    ) throws(ZeroMQError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyMemory(from: bytes)
        let content = Unmanaged.passRetained(ReleasedContent(copy, released))
        var raw = zmq_msg_t()
        let result = zmq_msg_init_data(
            &raw, copy.baseAddress, bytes.count,
            { _, content in
                guard let content else { return }
                Unmanaged<ReleasedContent>.fromOpaque(content).takeRetainedValue().release()
            }, content.toOpaque())
        do throws(ZeroMQError) {
            try check(result, "zmq_msg_init_data")
        } catch {
            content.takeRetainedValue().release()
            throw error
        }
        self.raw = raw
    }

    @inlinable
    deinit {
        // A deinit may not change self. The bits are moved to a variable, and self is not used again.
        var raw = self.raw
        let result = zmq_msg_close(&raw)
        assert(result == 0, "zmq_msg_close: not a message")
    }

    /// The number of bytes.
    @inlinable
    public var count: Int {
        withUnsafePointer(to: raw) { zmq_msg_size($0) }
    }

    /// True if the message has no bytes, as a delimiter has none.
    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// True if the message was received and another frame of the same multipart message follows.
    @inlinable
    public var isMore: Bool {
        withUnsafePointer(to: raw) { zmq_msg_more($0) } == 1
    }

    /// True if the bytes are, or once were, shared with another message. Shared bytes must not be written.
    @inlinable
    public var isShared: Bool {
        withUnsafePointer(to: raw) { zmq_msg_get($0, ZMQ_SHARED) } == 1
    }

    /// Returns another message with the same bytes. They are shared and not copied, except for the few that live in
    /// line.
    ///
    /// For one body that goes to many peers see `Socket.send(sharing:more:wait:)`.
    ///
    /// - Throws: An error of libzmq for a broken message, which this type does not allow.
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
        // In-line bytes may be lent from a bitwise copy, which is only read and lives as long as the call.
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

    /// A copy of the bytes, for use where speed does not matter.
    public var bytes: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// Returns a property of the connection that a received message came through; nil if libzmq does not know it. Only
    /// messages that came over `tcp` or `ipc` have properties.
    public func property(_ property: Property) -> String? {
        withUnsafePointer(to: raw) { zmq_msg_gets($0, property.rawValue).map { String(cString: $0) } }
    }

    /// The descriptor of the connection that a received message came through; −1 if libzmq does not know it.
    var sourceDescriptor: CInt {
        withUnsafePointer(to: raw) { zmq_msg_get($0, ZMQ_SRCFD) }
    }

    /// A property of the connection.
    public enum Property: String, CaseIterable, Sendable {
        /// The peer's user, as given by the ZAP handler (RFC 27).
        case userID = "User-Id"
        /// The peer's address, without a port.
        case peerAddress = "Peer-Address"
        /// The peer's kind of socket.
        case socketType = "Socket-Type"
        /// The identity that the peer gave itself.
        case routingID = "Routing-Id"
    }
}

/// The bytes of a message that tells when it is released.
///
/// `@unchecked Sendable`: libzmq reads the bytes, and nobody changes them.
private final class ReleasedContent: @unchecked Sendable {
    private let bytes: UnsafeMutableRawBufferPointer
    private let released: @Sendable () -> Void

    init(_ bytes: UnsafeMutableRawBufferPointer, _ released: @escaping @Sendable () -> Void) {
        self.bytes = bytes
        self.released = released
    }

    func release() {
        bytes.deallocate()
        released()
    }
}
