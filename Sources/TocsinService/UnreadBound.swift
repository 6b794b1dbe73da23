import TocsinModel
import ZeroMQ

/// Bounds the messages that all peers together have sent and the loop has not read, as while it recovers.
///
/// libzmq's marks bound each peer, however many there are. Connections that exceed this bound are cut where their
/// messages come in (``ZeroMQ/ConnectionBounds``), and those peers connect again.
struct UnreadBound {
    private var allowed = Int64(Limits.unreadBytes)
    private var arrivedBefore: Int64 = 0

    /// Begins a turn, before anything is read.
    mutating func beginTurn(_ taken: inout FrontDoor.Taken) {
        taken.emptied = 0
        arrivedBefore = ConnectionBounds.arrived
    }

    /// Ends a turn, after its messages have been read.
    ///
    /// The count begins anew when all sockets that had messages, `readable` of them, are empty now. So bytes that are
    /// lost on the way are not counted for ever.
    mutating func endTurn(_ taken: inout FrontDoor.Taken, readable: Int) {
        allowed = taken.emptied == readable ? arrivedBefore + Int64(Limits.unreadBytes) : allowed + taken.bytes
        taken = FrontDoor.Taken()
        ConnectionBounds.allow(through: allowed)
    }
}
