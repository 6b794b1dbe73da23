import TocsinModel
import ZeroMQ

/// Bounds what all peers together have sent and the loop has not read, as while it recovers.
///
/// libzmq's marks bound each peer, however many there are. What passes this bound is cut where it comes in
/// (``ZeroMQ/ConnectionBounds``), and those peers come again.
struct UnreadBound {
    private var allowed = Int64(Limits.unreadBytes)
    private var arrivedBefore: Int64 = 0

    /// Before anything is read.
    mutating func beginTurn(_ taken: inout FrontDoor.Taken) {
        taken.emptied = 0
        arrivedBefore = ConnectionBounds.arrived
    }

    /// After as much was read as a turn takes.
    ///
    /// When all sockets at which there was something, `readable` of them, are empty now, the count begins anew, so that
    /// nothing that is lost on the way is counted for ever.
    mutating func endTurn(_ taken: inout FrontDoor.Taken, readable: Int) {
        allowed = taken.emptied == readable ? arrivedBefore + Int64(Limits.unreadBytes) : allowed + taken.bytes
        taken = FrontDoor.Taken()
        ConnectionBounds.allow(through: allowed)
    }
}
