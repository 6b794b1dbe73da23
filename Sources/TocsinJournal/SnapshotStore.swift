public import TocsinModel

/// Keeps what the records up to a position come to, so that a start reads few: an optimisation, never the truth.
public protocol SnapshotStore: AnyObject, Sendable {
    /// Keeps a snapshot of records that are on disk in place of earlier ones, soon. Failing costs nothing: an end that nobody
    /// has planned may leave the one before it, and so does a disk that has no room (``Journal/takeTroubles()``). Any
    /// thread may ask.
    func keep(_ snapshot: JournalSnapshot)

    /// The snapshot kept last; nil when there is none, or it is not what was written, or says more than the log has: then
    /// the records say it all.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func latest() throws(JournalError) -> JournalSnapshot?
}

/// What the fold of all records up to a position has come to.
public struct JournalSnapshot: Hashable, Sendable {
    public var position: Position
    /// For whoever made it: pieces of some ten kilobytes, so that a large one can be kept little by little.
    public var pieces: [[UInt8]]

    public init(position: Position, pieces: [[UInt8]]) {
        self.position = position
        self.pieces = pieces
    }
}
