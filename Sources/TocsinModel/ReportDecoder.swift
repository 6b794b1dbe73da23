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

    /// Decodes the report in `bytes`.
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

    /// Decodes the report in `bytes`, otherwise as the form that takes a pointer.
    public func decode(_ bytes: [UInt8]) throws(Refusal) -> Report {
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Refusal) in try decode(bytes) } }
        return try result.get()
    }
}

extension Report {
    /// Reads a report's members. Unknown members are ignored.
    init(json: JSONNode) throws(Refusal) {
        guard json.kind == .object else {
            throw Refusal(.malformed, "The report is a JSON \(json.kind.rawValue); an object is expected.")
        }
        var fields = Fields()
        try json.forEachMember { (name, value) throws(Refusal) in try fields.read(name, value) }
        // The members that the broker knows have been checked by then.
        if fields.unknown > 1 { try json.requireEachMemberOnce() }
        self = try fields.report()
    }
}

extension Report {
    /// The names of the members that mean something to the broker.
    package static let memberNames = Member.allCases.map(\.rawValue)
}

/// The members of a report that mean something to the broker.
private enum Member: String, CaseIterable, Sendable {
    case identifier, sender, sent, event, category, severity, urgency, certainty, status, msgType, references, incidents
    case headline, eventCode, parameter, description, instruction, contact, language, resource, area

    static let table = WordTable(Member.self)

    /// The bit that stands for the member.
    var bit: UInt32 {
        switch self {
        case .identifier: 1 << 0
        case .sender: 1 << 1
        case .sent: 1 << 2
        case .event: 1 << 3
        case .category: 1 << 4
        case .severity: 1 << 5
        case .urgency: 1 << 6
        case .certainty: 1 << 7
        case .status: 1 << 8
        case .msgType: 1 << 9
        case .references: 1 << 10
        case .headline: 1 << 11
        case .eventCode: 1 << 12
        case .parameter: 1 << 13
        case .description: 1 << 14
        case .instruction: 1 << 15
        case .contact: 1 << 16
        case .language: 1 << 17
        case .resource: 1 << 18
        case .area: 1 << 19
        case .incidents: 1 << 20
        }
    }
}

/// The members read so far. Required ones are nil until they are read.
private struct Fields {
    /// One bit for each known member that has been read.
    private var seen: UInt32 = 0
    /// The number of members that the broker does not know.
    private(set) var unknown = 0
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
    private var happenings: [String] = []
    private var headline: String?
    private var eventCodes: [Report.NamedValue] = []
    private var parameters: [Report.NamedValue] = []
    private var area = ReportArea()

    /// Reads one member. A second member of the same name is refused, because another reader might take the other one.
    mutating func read(_ name: UnsafeRawBufferPointer, _ node: JSONNode) throws(Refusal) {
        guard let member = Member.table[name] else {
            unknown += 1
            return
        }
        guard seen & member.bit == 0 else { throw .isThereTwice(name) }
        seen |= member.bit
        switch member {
        case .identifier: identifier = try node.name("identifier")
        case .sender: sender = try node.name("sender")
        case .sent: sent = try node.read(as: "sent")
        case .event: event = try node.event("event")
        case .category: category = try node.read(as: "category")
        case .severity: severity = try node.read(as: "severity")
        case .urgency: urgency = try node.read(as: "urgency")
        case .certainty: certainty = try node.read(as: "certainty")
        case .status: status = try node.read(as: "status")
        case .msgType: messageType = try node.read(as: "msgType")
        case .references: references = try node.references("references")
        case .incidents: happenings = try node.happenings("incidents")
        case .headline: headline = try node.read(as: "headline")
        case .eventCode: eventCodes = try node.namedValues("eventCode")
        case .parameter: parameters = try node.namedValues("parameter")
        case .description: try node.checkText("description")
        case .instruction: try node.checkText("instruction")
        case .contact: try node.checkText("contact")
        case .language: try node.checkText("language")
        case .resource: try node.checkResources()
        case .area: area = try node.area()
        }
    }

    func report() throws(Refusal) -> Report {
        let messageType = messageType ?? .alert
        if messageType != .alert, references == nil {
            throw Refusal(
                .invalid, "A report with msgType \(messageType.rawValue) must say in references which it speaks of.",
                field: "references")
        }
        let report = Report(
            name: ReportName(
                sender: try require(sender, "sender"), identifier: try require(identifier, "identifier")),
            sent: try require(sent, "sent"), event: try require(event, "event"),
            category: try require(category, "category"), severity: try require(severity, "severity"),
            urgency: try require(urgency, "urgency"), certainty: try require(certainty, "certainty"),
            status: status ?? .actual, messageType: messageType, references: references, happenings: happenings,
            headline: headline,
            eventCodes: eventCodes, parameters: parameters, grid: area.grid,
            point: area.point, polygon: area.polygon)
        guard !report.referencedNames.contains(report.name) else {
            throw Refusal(
                .invalid,
                "references must name earlier reports; it names this report itself, '\(report.name)'.",
                field: "references")
        }
        return report
    }

    private func require<Value>(_ value: Value?, _ field: String) throws(Refusal) -> Value {
        guard let value else { throw .isMissing(field) }
        return value
    }
}
