/// Reads reports from JSON and checks them field by field.
///
/// It keeps its buffers between reports and belongs to one thread.
public struct ReportDecoder {
    private let parser: JSONParser
    private let maximumBytes: Int

    /// Creates a decoder for reports of up to `maximumBytes` bytes.
    public init(maximumBytes: Int = Limits().reportBytes) {
        self.maximumBytes = maximumBytes
        parser = JSONParser(maximumBytes: maximumBytes)
    }

    /// The report that `bytes` hold.
    ///
    /// - Throws: a ``Refusal``: `tooLarge` above the limit, `malformed` for bytes that are not a JSON object in UTF-8,
    ///   `invalid` for the first member that is missing or wrong, naming it and what is allowed.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> Report {
        guard bytes.count <= maximumBytes else {
            throw Refusal(.tooLarge, "The report has \(bytes.count) bytes; at most \(maximumBytes) are allowed.")
        }
        guard !bytes.isEmpty else { throw Refusal(.malformed, "The report is empty; a JSON object is expected.") }
        do {
            return try parser.parse(bytes) { try Report(json: $0) }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.malformed, "The report is not JSON: \(error)")
        }
    }

    /// The report that `bytes` hold; otherwise as the pointer's form.
    public func decode(_ bytes: [UInt8]) throws(Refusal) -> Report {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Refusal) in try decode(bytes) } }
        return try result.get()
    }
}

extension Report {
    /// Reads a report's members; those it does not know are left alone.
    init(json: JSONNode) throws(Refusal) {
        guard json.kind == .object else {
            throw Refusal(.malformed, "The report is a JSON \(json.kind.rawValue); an object is expected.")
        }
        var fields = Fields()
        try json.forEachMember { (name, value) throws(Refusal) in try fields.read(name, value) }
        self = try fields.report()
    }
}

/// The members of a report that mean something to the broker.
private enum Member: String, CaseIterable, Sendable {
    case identifier, sender, sent, event, category, severity, urgency, certainty, status, msgType, references
    case headline, eventCode, parameter, description, instruction, contact, language, resource, area

    static let table = WordTable(Member.self)
}

/// A report's members while they are read. Required ones are nil until they come.
private struct Fields {
    private var identifier: String?
    private var sender: String?
    private var sent: Timestamp?
    private var event: String?
    private var category: Category?
    private var severity: Severity?
    private var urgency: Urgency?
    private var certainty: Certainty?
    private var status: ReportStatus?
    private var messageType: MessageType?
    private var references: String?
    private var headline: String?
    private var eventCodes: [Report.NamedValue]?
    private var parameters: [Report.NamedValue]?
    private var area: Void?
    private var grid: GridCode?

    /// Reads one member. A second member of the same name is refused: another reader might take the other one.
    mutating func read(_ name: UnsafeRawBufferPointer, _ node: JSONNode) throws(Refusal) {
        switch Member.table[name] {
        case nil: break
        case .identifier: try once(&identifier, "identifier") { () throws(Refusal) in try node.name("identifier") }
        case .sender: try once(&sender, "sender") { () throws(Refusal) in try node.name("sender") }
        case .sent: try once(&sent, "sent") { () throws(Refusal) in try node.timestamp("sent") }
        case .event: try once(&event, "event") { () throws(Refusal) in try node.event("event") }
        case .category: try once(&category, "category") { () throws(Refusal) in try node.word("category") }
        case .severity: try once(&severity, "severity") { () throws(Refusal) in try node.word("severity") }
        case .urgency: try once(&urgency, "urgency") { () throws(Refusal) in try node.word("urgency") }
        case .certainty: try once(&certainty, "certainty") { () throws(Refusal) in try node.word("certainty") }
        case .status: try once(&status, "status") { () throws(Refusal) in try node.word("status") }
        case .msgType: try once(&messageType, "msgType") { () throws(Refusal) in try node.word("msgType") }
        case .references:
            try once(&references, "references") { () throws(Refusal) in try node.references("references") }
        case .headline: try once(&headline, "headline") { () throws(Refusal) in try node.text("headline") }
        case .eventCode: try once(&eventCodes, "eventCode") { () throws(Refusal) in try node.namedValues("eventCode") }
        case .parameter: try once(&parameters, "parameter") { () throws(Refusal) in try node.namedValues("parameter") }
        case .description: try node.checkText("description")
        case .instruction: try node.checkText("instruction")
        case .contact: try node.checkText("contact")
        case .language: try node.checkText("language")
        case .resource: try node.checkResources()
        case .area: try once(&area, "area") { () throws(Refusal) in grid = try node.area() }
        }
    }

    func report() throws(Refusal) -> Report {
        let messageType = messageType ?? .alert
        if messageType != .alert, references == nil {
            throw Refusal(
                .invalid, "A report with msgType \(messageType.rawValue) must say in references which it speaks of.",
                field: "references")
        }
        return Report(
            name: ReportName(
                sender: try require(sender, "sender"), identifier: try require(identifier, "identifier")),
            sent: try require(sent, "sent"), event: try require(event, "event"),
            category: try require(category, "category"), severity: try require(severity, "severity"),
            urgency: try require(urgency, "urgency"), certainty: try require(certainty, "certainty"),
            status: status ?? .actual, messageType: messageType, references: references, headline: headline,
            eventCodes: eventCodes ?? [], parameters: parameters ?? [], grid: grid)
    }

    private func once<Value>(
        _ place: inout Value?, _ field: String, _ read: () throws(Refusal) -> Value
    ) throws(Refusal) {
        guard place == nil else { throw Refusal(.invalid, "The member \(field) is there twice.", field: field) }
        place = try read()
    }

    private func require<Value>(_ value: Value?, _ field: String) throws(Refusal) -> Value {
        guard let value else { throw Refusal(.invalid, "The member \(field) is required and missing.", field: field) }
        return value
    }
}
