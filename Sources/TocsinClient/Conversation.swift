import TocsinWire
import ZeroMQ

/// When something is due, on a clock that never jumps.
typealias Instant = ContinuousClock.Instant

/// The earlier of two times, in which nil is never.
func earliest(_ left: Instant?, _ right: Instant?) -> Instant? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
}

/// What a client says and hears at one endpoint: the part of a connection that knows the protocol.
///
/// It is made, used and ended by the connection's thread alone.
protocol Conversation: SendableMetatype {
    /// What callers in other threads ask for.
    associatedtype Request: Sendable

    /// The broker can be reached, for the first time or again: says everything that has no answer yet.
    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError)

    /// The broker cannot be reached any more.
    mutating func disconnected()

    /// A caller asks for something.
    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError)

    /// The broker says something.
    mutating func read(_ message: borrowing Incoming, _ line: inout Line, now: Instant) throws(ZeroMQError)

    /// Ends a turn: does what is due, and hands on what has come.
    ///
    /// - Returns: When there is something to do even if nothing happens; nil: never.
    mutating func endTurn(_ line: inout Line, now: Instant) throws(ZeroMQError) -> Instant?

    /// The client is to be closed: takes leave.
    mutating func leave(_ line: inout Line, now: Instant) throws(ZeroMQError)

    /// Whether nothing is waited for any more: the line may be cut when the client is to be closed.
    func isFinished(_ line: borrowing Line) -> Bool

    /// Whether the conversation has come to an end by what the broker said.
    var hasFailed: Bool { get }

    /// The thread ends: answers everybody who still waits.
    mutating func end(_ error: ClientError)
}
