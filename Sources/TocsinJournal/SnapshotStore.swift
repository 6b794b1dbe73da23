public import TocsinModel

/// Keeps snapshots, so that a start reads few records. A snapshot is an optimisation, never the truth.
public protocol SnapshotStore: AnyObject, Sendable {
    /// Keeps a snapshot of records that are on disk, soon, in place of earlier ones. Any thread may call it.
    ///
    /// Failing costs nothing. An unplanned end or a disk without room may leave the snapshot before it
    /// (``Journal/takeTroubles()``).
    func keep(_ snapshot: JournalSnapshot)

    /// Returns the snapshot kept last. Nil if there is none, or it is damaged, or it covers more records than the log
    /// has. Then the records alone give the state.
    ///
    /// - Throws: ``JournalError/failed(_:)``.
    func latest() throws(JournalError) -> JournalSnapshot?
}

/// The result of the fold of all records up to a position.
public struct JournalSnapshot: Hashable, Sendable {
    public var position: Position
    /// The content, in a format known only to its maker. Its pieces have some ten kilobytes, so that a large snapshot
    /// can be kept little by little.
    public var pieces: [[UInt8]]

    public init(position: Position, pieces: [[UInt8]]) {
        self.position = position
        self.pieces = pieces
    }
}
