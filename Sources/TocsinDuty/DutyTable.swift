public import TocsinModel
public import TocsinRouting

/// The rosters of all mailboxes that have one, as `duty.yaml` has them.
///
/// An immutable value that any thread may use.
///
///     let table = try DutyTable(yaml: text, file: "duty.yaml", calendars: { … }, directory: directory, …)
///     table.duty(of: recipient, at: now)?.persons
public struct DutyTable: Sendable {
    /// Nobody has a roster.
    public static let empty = DutyTable(rosters: [], zone: .utc, gapNotice: nil, calendars: [])

    /// In the order of the file.
    public let rosters: [Roster]
    /// The zone of the file, by which the sheet is shown.
    public let zone: Zone
    /// The time before a gap at which it becomes an incident; nil for none.
    public let gapNotice: Duration?
    /// The calendars that the file names, each once, with their text.
    public let calendars: [(name: String, text: String)]
    private let places: [Recipient: Int]

    init(rosters: [Roster], zone: Zone, gapNotice: Duration?, calendars: [(name: String, text: String)]) {
        self.rosters = rosters
        self.zone = zone
        self.gapNotice = gapNotice
        self.calendars = calendars
        places = Dictionary(rosters.enumerated().map { ($1.recipient, $0) }) { first, _ in first }
    }

    public var isEmpty: Bool { rosters.isEmpty }

    /// Returns the roster of a mailbox; nil if it has none.
    public func roster(of recipient: Recipient) -> Roster? { places[recipient].map { rosters[$0] } }

    /// Returns who is on duty for a mailbox; nil if it has no roster.
    public func duty(of recipient: Recipient, at time: Timestamp) -> Duty? { roster(of: recipient)?.duty(at: time) }

    /// Returns what somebody should look at within a month, a line each: gaps, double cover, overrides during leave.
    ///
    /// - Parameters:
    ///   - file: what the lines call the file.
    ///   - now: the beginning of the month.
    public func warnings(file: String, at now: Timestamp) -> [String] {
        let month: Range<Timestamp> = .days(Limits.dutyNoticeDays, from: now)
        return rosters.flatMap { $0.warnings(in: month, file: file) }
    }
}

/// A calendar that cannot be read, with the reason.
public struct UnreadableCalendar: Error, Hashable, Sendable {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }
}
