/// Which run of numbers a journal is in: a short text that a restored backup changes.
///
/// Positions, and so the numbers of incidents and alerts, go on from where the backup ends, and may be given again.
/// Whoever remembers numbers remembers them within an epoch.
public struct JournalEpoch: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }
}
