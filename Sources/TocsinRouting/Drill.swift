public import TocsinModel

/// A drill as a file describes it: what happens at which time, and who is expected to be told of it or to answer, by when.
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
    /// What happens at one time of the drill.
    public struct Entry: Hashable, Sendable {
        /// The time after the beginning.
        public let at: Duration
        public let happening: Happening
        public let expected: [Expected]

        /// The report, where there is one.
        public var exercise: Exercise? {
            switch happening {
            case .report(let exercise): exercise
            case .silence: nil
            }
        }
    }

    public enum Happening: Hashable, Sendable {
        /// Somebody reports.
        case report(Exercise)
        /// All terminals of a supervised recipient fall silent, which whoever plays the drill has to see to.
        case silence(Recipient)
    }

    /// A report of the drill, and what whoever reports has to expect himself.
    public struct Exercise: Hashable, Sendable {
        /// The report as JSON. Whoever plays the drill sets its `identifier`, `sent`, `status`, `references` and `msgType`,
        /// and `sender` unless ``hasSender``.
        public let json: [UInt8]
        public let report: Report
        /// True if the file names the sender.
        public let hasSender: Bool
        /// What later reports of the drill call it; nil if none speaks of it.
        public let name: String?
        /// What it is: an Alert, or an Update or a Cancel of those whose names are ``origins``.
        public let type: MessageType
        /// The names of the reports that it is news of. They happen before it.
        public let origins: [String]
        /// The code with which the broker is to refuse it; nil for a report that is to be taken.
        public let refusal: RefusalCode?
        public let rating: RatingToCome?
    }

    /// How the reporter rates the incident when it is over, and who is told of that.
    public struct RatingToCome: Hashable, Sendable {
        public let rating: Rating
        /// Whoever is told that the rating is low, or has to act again. Their time begins with the rating.
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
    /// What happens, in the order of the times: at least one.
    public let entries: [Entry]

    /// How much is expected: answers of recipients, refusals, and incidents that are over, so that they are rated.
    public var expectations: Int {
        entries.reduce(0) { sum, entry in
            let rating = entry.exercise?.rating.map { 1 + $0.expected.count } ?? 0
            return sum + entry.expected.count + rating + (entry.exercise?.refusal == nil ? 0 : 1)
        }
    }

    /// The recipients from whom something is expected, and those that are to fall silent, each once, in their order.
    public var recipients: [Recipient] {
        let named = entries.flatMap { entry in
            let expected = (entry.expected + (entry.exercise?.rating?.expected ?? [])).map(\.recipient)
            return switch entry.happening {
            case .report: expected
            case .silence(let recipient): [recipient] + expected
            }
        }
        return Set(named).sorted()
    }

    /// The places that the reports name, each once, in their order. Of a report that is to be refused nobody is told, so its
    /// place is not among them.
    public var places: [GridCode] {
        let taken = entries.compactMap(\.exercise).filter { $0.refusal == nil }
        return Set(taken.compactMap(\.report.grid)).sorted()
    }
}
