internal import CConnections

/// Bounds on the connections to this process's sockets, which libzmq itself does not bound.
///
/// libzmq accepts connections as long as there are descriptors; when there are none it aborts or spins. It limits a
/// frame's size but not a message's: the frames of an unfinished message are kept, however many come. With these bounds
/// such connections are ended, and counted. They apply to accepted connections, not to those that this process makes.
public struct ConnectionBounds: Hashable, Sendable {
    /// The most descriptors of the process. A connection that would exceed them is refused.
    public var descriptors: Int

    /// The same for connections to `operatorPath`. It should be higher, so that an operator is heard when all else is
    /// full.
    public var operatorDescriptors: Int

    /// The path of the operators' `ipc` endpoint.
    public var operatorPath: String

    /// The bytes of an incomplete message after which its peer is cut. Each frame counts 64 more, which is what libzmq
    /// spends on it.
    public var unfinishedBytes: Int

    /// The bytes that all peers together may send before any are read, counted in the same way. A peer that sends more
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

    /// Puts the bounds in force for the whole process. Call it once, before the first socket is bound.
    public func enforce() {
        connections_bound(
            CInt(clamping: descriptors), CInt(clamping: operatorDescriptors), operatorPath, UInt64(unfinishedBytes),
            UInt64(unreadBytes))
    }

    /// The number of connections refused because all the descriptors, or places, that they may take were taken.
    public static var refused: Int64 { Int64(clamping: connections_refused()) }

    /// The number of connections cut because a message did not end, or because too much was unread.
    public static var cut: Int64 { Int64(clamping: connections_cut()) }

    /// The bytes that each frame counts in addition to its content.
    public static let frameCost = 64

    /// The bytes of frames that all peers have sent since the start. Each frame counts ``frameCost`` more.
    public static var arrived: Int64 { Int64(clamping: connections_arrived()) }

    /// What has been found about a connection through which somebody has spoken.
    public enum Note {
        /// It was noted before.
        case known
        /// It is noted from now on.
        case new
        /// It was one too many, and has been ended.
        case ended
    }

    /// Notes whose the connection is that a message came through.
    ///
    /// - Parameters:
    ///   - message: a message that came over `tcp` or `ipc`.
    ///   - owner: a number that is not 0.
    ///   - most: the most connections of one owner that are noted here. One more is ended.
    public static func note(_ message: borrowing Message, isOf owner: UInt32, atMost most: Int) -> Note {
        switch connections_own(message.sourceDescriptor, owner, UInt32(clamping: most)) {
        case connection_noted: .known
        case connection_new: .new
        default: .ended
        }
    }

    /// Lets connections over TCP that nobody has spoken through for so long be ended where descriptors become few.
    public static func showOutSilentOnes(after seconds: Int) { connections_show_out(UInt32(clamping: seconds)) }

    /// Ends the connection that a message came through. libzmq takes that for a peer that has gone.
    public static func endConnection(of message: borrowing Message) { connections_end(message.sourceDescriptor) }

    /// Ends the connections of these owners, in one look at all connections. libzmq takes that for peers that have gone.
    ///
    /// - Returns: The number of connections of each owner that had any.
    public static func endConnections(of owners: [UInt32]) -> [UInt32: Int] {
        guard let last = owners.max() else { return [:] }
        var wanted = [Bool](repeating: false, count: Int(last) + 1)
        for owner in owners { wanted[Int(owner)] = true }
        var ended = [UInt32](repeating: 0, count: wanted.count)
        connections_end_of(wanted, &ended, UInt32(wanted.count))
        return Dictionary(
            owners.filter { ended[Int($0)] > 0 }.map { ($0, Int(ended[Int($0)])) },
            uniquingKeysWith: { count, _ in count })
    }

    /// Ends every TCP connection through which nobody has spoken yet: it may be anybody's who shook hands. libzmq takes that
    /// for peers that have gone.
    ///
    /// - Returns: The number of connections that were ended.
    public static func endSilentConnections() -> Int { Int(connections_end_silent()) }

    /// Returns the number of open connections of each owner, by the owners' numbers: those that have been noted.
    public static func connections(ofOwnersUpTo last: UInt32) -> [UInt32] {
        let count = Int(last) + 1
        return [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
            connections_count(buffer.baseAddress, UInt32(count))
            initialized = count
        }
    }

    /// Lets peers send until ``arrived`` reaches `bytes`.
    public static func allow(through bytes: Int64) { connections_allow(UInt64(max(0, bytes))) }
}
