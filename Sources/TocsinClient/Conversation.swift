import TocsinWire
import ZeroMQ

/// A time on a clock that never jumps.
typealias Instant = ContinuousClock.Instant

/// Returns the earlier of two times, of which nil is never.
func earliest(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
}

/// The part of a connection that knows the protocol: the client's side of the messages at one endpoint.
///
/// A conversation is made, used and ended by the connection's thread alone.
protocol Conversation: SendableMetatype {
    /// A request from a caller in another thread.
    associatedtype Request: Sendable

    /// True if the client itself says PING when it has nothing to say.
    static var showsLife: Bool { get }

    /// The broker can be reached, for the first time or again. Sends all unanswered requests.
    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError)

    /// The broker cannot be reached any more.
    mutating func disconnected()

    /// The broker is there and does not let this client in. Said once, until it does; the connection tries on.
    mutating func shutOut(_ absence: Absence)

    /// Takes a caller's request.
    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError)

    /// Reads a message from the broker.
    mutating func read(_ message: borrowing Incoming, _ line: inout Line, now: Instant) throws(ZeroMQError)

    /// Ends a turn: does everything that is due, and hands on everything that has come.
    ///
    /// - Returns: The time of the next turn if nothing happens before; nil for never.
    mutating func endTurn(_ line: inout Line, now: Instant) throws(ZeroMQError) -> Instant?

    /// Takes leave, as the client is to be closed.
    mutating func leave(_ line: inout Line, now: Instant) throws(ZeroMQError)

    /// True if nothing is awaited any more. The line may then be cut when the client is to be closed.
    func isFinished(_ line: borrowing Line) -> Bool

    /// True if a message of the broker has ended the conversation.
    var hasFailed: Bool { get }

    /// Answers all waiting callers, as the thread ends.
    mutating func end(_ error: ClientError)
}
