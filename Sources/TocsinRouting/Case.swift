public import TocsinModel

/// The subject of rules: a report, and the time at which it is judged.
///
/// The time is that at which the report was stored, or would be stored. The rules that routed an old incident therefore
/// give the same answer when they are asked again.
public struct Case: Sendable {
    public let report: Report
    public let now: Timestamp

    public init(_ report: Report, at now: Timestamp) {
        self.report = report
        self.now = now
    }
}

extension Report {
    /// True if the event's text or one of its codes equals `event`, byte for byte.
    func hasEvent(_ event: String) -> Bool {
        self.event.isIdentical(to: event) || eventCodes.contains { $0.value.isIdentical(to: event) }
    }
}

extension [Report.NamedValue] {
    /// True if one of them has this name and this value, byte for byte.
    func has(_ name: String, _ value: String) -> Bool {
        contains { $0.name.isIdentical(to: name) && $0.value.isIdentical(to: value) }
    }

    /// The values of all that have this name.
    func values(of name: String) -> [String] {
        filter { $0.name.isIdentical(to: name) }.map(\.value)
    }
}
