public import TocsinModel

/// A drill as a file describes it: reports with their times, and who is expected to be told of each or to answer it, by when.
///
///     name: 东城演练 Dongcheng drill
///     wait: 30s                       # after the last report, for answers
///     reports:
///       - at: 10s
///         report: { event: structure-fire, category: Fire, severity: Severe, area: { grid: "110101005003002" } }
///         expect:
///           - { recipient: fire, within: 10s }
///           - { recipient: leader@district, within: 1m }
///
/// A recorded drill has times such as `2026-11-23T08:10:00+08:00`, which count from the first, and may have a `speed`.
public struct Drill: Hashable, Sendable {
    /// A report of the drill.
    public struct Entry: Hashable, Sendable {
        /// The time after the beginning.
        public let at: Duration
        /// The report as JSON. Whoever plays the drill sets its `identifier`, `sent` and `status`, and `sender` unless
        /// ``hasSender``.
        public let json: [UInt8]
        public let report: Report
        /// True if the file names the sender.
        public let hasSender: Bool
        public let expected: [Expected]
    }

    /// A recipient that must have answered the alert by a time, or must have been told where it need not act.
    public struct Expected: Hashable, Sendable {
        public let recipient: Recipient
        /// The longest time after the report was stored.
        public let within: Duration
    }

    public let name: String
    /// The time after the last report for which answers are waited for, at most.
    public let wait: Duration
    /// The reports in the order of their times: at least one.
    public let entries: [Entry]
}
