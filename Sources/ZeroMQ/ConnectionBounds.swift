internal import CConnections

/// What connections to this process's sockets may take, which libzmq itself does not bound.
///
/// libzmq accepts as long as there are descriptors; when there are none it aborts or spins. Its limit on a frame's size is
/// none on a message's: the frames of one that does not end are kept, however many come. With these bounds such
/// connections are ended, and counted. They concern what is accepted, not what this process connects to.
public struct ConnectionBounds: Hashable, Sendable {
    /// A connection that would bring the descriptors of the process to more than this is refused.
    public var descriptors: Int

    /// The same for connections to `operatorPath`. It should be more, so that an operator is heard when all else is full.
    public var operatorDescriptors: Int

    /// The path of the operators' `ipc` endpoint.
    public var operatorPath: String

    /// A peer is cut when so many bytes of a message have come and it is not complete. Each frame counts 64 more, which
    /// is what libzmq spends on it.
    public var unfinishedBytes: Int

    /// What all peers may have sent before anything of it is read, counted in the same way; after that whoever sends more
    /// is cut, until ``allow(through:)`` allows it.
    public var unreadBytes: Int

    public init(
        descriptors: Int, operatorDescriptors: Int, operatorPath: String, unfinishedBytes: Int, unreadBytes: Int
    ) {
        self.descriptors = descriptors
        self.operatorDescriptors = operatorDescriptors
        self.operatorPath = operatorPath
        self.unfinishedBytes = unfinishedBytes
        self.unreadBytes = unreadBytes
    }

    /// Puts the bounds in force for the whole process: once, before its first socket is bound.
    public func enforce() {
        connections_bound(
            CInt(clamping: descriptors), CInt(clamping: operatorDescriptors), operatorPath, UInt64(unfinishedBytes),
            UInt64(unreadBytes))
    }

    /// Connections that were refused because all descriptors they may take were taken.
    public static var refused: Int64 { Int64(clamping: connections_refused()) }

    /// Connections that were cut because a message did not end, or because too much was not read yet.
    public static var cut: Int64 { Int64(clamping: connections_cut()) }

    /// What a frame counts beside its bytes.
    public static let frameCost = 64

    /// Bytes of frames that have come from all peers since the start, each frame counted ``frameCost`` more.
    public static var arrived: Int64 { Int64(clamping: connections_arrived()) }

    /// Lets peers send until ``arrived`` is this.
    public static func allow(through bytes: Int64) { connections_allow(UInt64(max(0, bytes))) }
}
