public import TocsinModel

/// What a rule is asked about: a report, and the time at which it is judged.
///
/// The time is that at which the report was stored, or would be: asked again about an old incident, the rules of then say
/// what they said then.
public struct Case: Sendable {
    public let report: Report
    public let now: Timestamp

    public init(_ report: Report, at now: Timestamp) {
        self.report = report
        self.now = now
    }
}

extension Report {
    /// Whether the event's text or one of its codes is this, byte for byte.
    func hasEvent(_ event: String) -> Bool {
        self.event.isIdentical(to: event) || eventCodes.contains { $0.value.isIdentical(to: event) }
    }

    func hasParameter(_ name: String, _ value: String) -> Bool {
        parameters.contains { $0.name.isIdentical(to: name) && $0.value.isIdentical(to: value) }
    }

    /// The values of the parameters of this name.
    func values(of parameter: String) -> [String] {
        parameters.filter { $0.name.isIdentical(to: parameter) }.map(\.value)
    }
}
