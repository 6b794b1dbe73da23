public import TocsinModel

/// The subject of rules: a report, and the time at which it is judged.
///
/// The time is that at which the report was stored, or would be stored. The rules that routed an old incident therefore
/// give the same answer when they are asked again.
public struct Case: Sendable {
    /// The report. Its grid is the place by which rules go.
    public private(set) var report: Report
    public let now: Timestamp
    /// The report as it came. What rules search in it is read from these bytes when one asks.
    public let body: [UInt8]
    /// True if the report names its place itself.
    public let namesPlace: Bool
    /// True if it is an Update whose severity has risen. It is judged as an Alert, too.
    var isRaised = false
    /// The texts read so far, for all rules.
    private var read: ReportTexts?

    /// Creates the subject of a report that came as these bytes. A report that never was bytes has none: rules then find
    /// only the texts of its value.
    public init(_ report: Report, at now: Timestamp, body: [UInt8]) {
        self.report = report
        self.now = now
        self.body = body
        namesPlace = report.grid != nil
    }

    /// Creates the subject of a report that may have a point alone. Its place is found by the borders of the directory.
    public init(_ report: Report, at now: Timestamp, body: [UInt8], in directory: Directory) {
        self.init(report, at: now, body: body)
        if !namesPlace, let point = report.point { self.report.grid = directory.borders.place(at: point) }
    }

    /// Creates the subject of a stored report, with the place by which it was routed.
    public init(_ report: Report, at now: Timestamp, body: [UInt8], storedGrid grid: GridCode?) {
        self.init(report, at: now, body: body)
        self.report.grid = grid
    }

    /// The texts of the fields whose bits are given.
    func texts(_ fields: UInt8) -> ReportTexts { read ?? ReportTexts(report, body: body, fields: fields) }

    /// Calls `body` with each text that ``reading(_:)`` has read.
    func forEachText(_ body: (ReportTexts.Text) -> Void) {
        read?.forEach(body)
    }

    /// The same subject, with these texts read once for every rule that asks. No rule asks for others.
    func reading(_ fields: UInt8) -> Case {
        guard fields != 0 else { return self }
        var subject = self
        subject.read = ReportTexts(report, body: body, fields: fields)
        return subject
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
