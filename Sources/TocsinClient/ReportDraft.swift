public import TocsinModel

/// A report that a Swift caller fills in.
///
///     let draft = ReportDraft(
///         sender: "officer-17@110101005", event: "structure-fire", category: .fire, severity: .severe,
///         headline: "Smoke from a roof", grid: GridCode("110101005003002"))
///     let receipt = try await reporter.report(draft)
///
/// A draft keeps its identifier: sent twice, it is one report. The broker checks the fields, and this type does not.
public struct ReportDraft: Hashable, Sendable {
    /// The reporting person or device: 1 to 128 characters without spaces, `,`, `<` and `&`.
    public var sender: String
    /// The report's name among the sender's, in the same alphabet.
    public var identifier: String
    public var sent: Timestamp
    /// The event's text or code.
    public var event: String
    public var category: TocsinModel.Category
    public var severity: Severity
    public var urgency: Urgency
    public var certainty: Certainty
    public var status: ReportStatus
    public var messageType: MessageType
    /// The earlier reports that an Update or a Cancel refers to, as `sender,identifier,sent`.
    public var references: String?
    public var headline: String?
    public var description: String?
    public var instruction: String?
    public var contact: String?
    /// The place as a number: a grid, or a larger place.
    public var grid: GridCode?
    /// The place in words.
    public var areaDescription: String?
    public var point: Point?
    public var eventCodes: [Report.NamedValue]
    public var parameters: [Report.NamedValue]

    /// Creates a draft. The default `identifier` is new, time-ordered and unique (``ReportIdentifier``). The default of
    /// `sent` is now.
    public init(
        sender: String, identifier: String? = nil, sent: Timestamp? = nil, event: String,
        category: TocsinModel.Category, severity: Severity, urgency: Urgency = .unknown,
        certainty: Certainty = .unknown, status: ReportStatus = .actual, messageType: MessageType = .alert,
        references: String? = nil, headline: String? = nil, description: String? = nil, instruction: String? = nil,
        contact: String? = nil, grid: GridCode? = nil, areaDescription: String? = nil, point: Point? = nil,
        eventCodes: [Report.NamedValue] = [], parameters: [Report.NamedValue] = []
    ) {
        self.sender = sender
        self.identifier = identifier ?? ReportIdentifier.make()
        self.sent = sent ?? .now
        self.event = event
        self.category = category
        self.severity = severity
        self.urgency = urgency
        self.certainty = certainty
        self.status = status
        self.messageType = messageType
        self.references = references
        self.headline = headline
        self.description = description
        self.instruction = instruction
        self.contact = contact
        self.grid = grid
        self.areaDescription = areaDescription
        self.point = point
        self.eventCodes = eventCodes
        self.parameters = parameters
    }

    /// Returns the report's form for sending: one JSON object in UTF-8, with CAP 1.2's names.
    public func json() -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("identifier", identifier)
            json.member("sender", sender)
            json.member("sent", sent)
            json.member("status", status)
            json.member("msgType", messageType)
            json.member("references", ifPresent: references)
            json.member("event", event)
            json.member("category", category)
            json.member("severity", severity)
            json.member("urgency", urgency)
            json.member("certainty", certainty)
            json.member("headline", ifPresent: headline)
            json.member("description", ifPresent: description)
            json.member("instruction", ifPresent: instruction)
            json.member("contact", ifPresent: contact)
            write(eventCodes, as: "eventCode", to: &json)
            write(parameters, as: "parameter", to: &json)
            writeArea(to: &json)
        }
        return json.bytes
    }

    private func write(_ values: [Report.NamedValue], as name: StaticString, to json: inout JSONWriter) {
        guard !values.isEmpty else { return }
        json.object(name) { json in
            for value in values {
                json.key(escaping: value.name)
                json.string(value.value)
            }
        }
    }

    private func writeArea(to json: inout JSONWriter) {
        guard grid != nil || areaDescription != nil || point != nil else { return }
        json.object("area") { json in
            json.member("areaDesc", ifPresent: areaDescription)
            json.member("grid", ifPresent: grid)
            if let point {
                json.array("point") { json in
                    json.double(point.latitude)
                    json.double(point.longitude)
                }
            }
        }
    }
}
