/// A field client's report: the fields that the broker decides by, as in OASIS CAP 1.2.
///
/// The report travels on as the bytes that came, including unknown members. This value holds what was read from them.
/// Source: https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html
public struct Report: Hashable, Sendable {
    /// A name and a value, as in CAP's `eventCode` and `parameter`.
    public struct NamedValue: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var name: ReportName
    public var sent: Timestamp
    /// The event's text or code.
    public var event: String
    public var category: Category
    public var severity: Severity
    public var urgency: Urgency
    public var certainty: Certainty
    public var status: ReportStatus
    public var messageType: MessageType
    /// The earlier reports that an Update or a Cancel refers to, as sent.
    public var references: String?
    /// The happenings that the report says it is of (CAP's `incidents`), each once: the first few, and none that is very
    /// long.
    public var happenings: [String]
    public var headline: String?
    public var eventCodes: [NamedValue]
    public var parameters: [NamedValue]
    /// The grid or a larger place; nil if the report does not say.
    public var grid: GridCode?
    /// The exact position; nil if the report does not say.
    public var point: Point?
    /// The border of the affected area; nil if the report does not say.
    public var polygon: Polygon?

    public init(
        name: ReportName, sent: Timestamp, event: String, category: Category, severity: Severity,
        urgency: Urgency = .unknown, certainty: Certainty = .unknown, status: ReportStatus = .actual,
        messageType: MessageType = .alert, references: String? = nil, happenings: [String] = [],
        headline: String? = nil,
        eventCodes: [NamedValue] = [], parameters: [NamedValue] = [], grid: GridCode? = nil,
        point: Point? = nil, polygon: Polygon? = nil
    ) {
        self.name = name
        self.sent = sent
        self.event = event
        self.category = category
        self.severity = severity
        self.urgency = urgency
        self.certainty = certainty
        self.status = status
        self.messageType = messageType
        self.references = references
        self.happenings = happenings
        self.headline = headline
        self.eventCodes = eventCodes
        self.parameters = parameters
        self.grid = grid
        self.point = point
        self.polygon = polygon
    }
}
