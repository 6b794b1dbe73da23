/// An identifier for one run of the journal's numbers: a short text that a restored backup changes.
///
/// Positions, and with them the numbers of incidents and alerts, continue from the end of the backup and may be given
/// again. A number is therefore unique only within an epoch.
public struct JournalEpoch: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public var description: String { text }
}
