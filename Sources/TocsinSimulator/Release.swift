import TocsinModel

/// What is on disk when the outputs of a commit are sent.
struct Release {
    /// The last record before the commit's own. What was decided in it, was decided knowing all up to here.
    let before: Position
    /// The last record.
    let last: Position
    /// Whether the state is unknown just now.
    let isRecovering: Bool
}
