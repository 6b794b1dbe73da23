import TocsinModel

/// The journal on disk when the outputs of a commit are sent.
struct Release {
    /// The last record before the commit's own. Decisions in the commit were made knowing all records up to here.
    let before: Position
    /// The last record.
    let last: Position
    /// True while the state is unknown.
    let isRecovering: Bool
}
