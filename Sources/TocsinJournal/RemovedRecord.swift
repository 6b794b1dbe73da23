public import TocsinModel

/// What is left of a record that was removed together with its incident: that there was one, and what must not be given
/// again. Nothing of what anybody wrote or said is in it, except the report's name for as long as it stays known.
///
/// It stands at the record's position with the record's time. No broker writes it; a journal puts it in place of records
/// that are on disk. An incident is removed as a whole, once nothing is owed to anybody: so whatever else is folded from the
/// records stays as it was.
public struct RemovedRecord: Hashable, Sendable {
    /// A number that the record gave an alert of a recipient, or named. The mailbox's next number is larger.
    public struct Given: Hashable, Sendable {
        public var recipient: Recipient
        public var number: AlertNumber

        public init(_ recipient: Recipient, _ number: AlertNumber) {
            (self.recipient, self.number) = (recipient, number)
        }
    }

    /// What is left of an incident's own record.
    public struct Incident: Hashable, Sendable {
        public var number: IncidentNumber
        /// The position of the rules that were in force at the time.
        public var rules: Position
        /// The report's name, so that the same report gets its receipt when it comes again; nil once it is forgotten.
        public var name: ReportName?
        /// The size of the report and its checksum, which tell another report of the same name.
        public var reportBytes: Int
        public var reportChecksum: UInt32
        /// The incident that the report had joined, which its receipt names; nil where it had joined none, and where an earlier
        /// version removed it.
        public var joined: IncidentNumber?

        public init(
            _ number: IncidentNumber, rules: Position, name: ReportName?, reportBytes: Int, reportChecksum: UInt32,
            joined: IncidentNumber? = nil
        ) {
            (self.number, self.rules, self.name) = (number, rules, name)
            (self.reportBytes, self.reportChecksum, self.joined) = (reportBytes, reportChecksum, joined)
        }

        /// Returns true if the incident's report had these bytes. One of four billion others passes for it as well.
        public func hasReport(_ bytes: [UInt8]) -> Bool {
            bytes.count == reportBytes && bytes.withUnsafeBytes { Checksum.of($0) } == reportChecksum
        }
    }

    /// Nil for a record about an incident.
    public var incident: Incident?
    public var given: [Given]

    public init(_ incident: Incident? = nil, given: [Given] = []) {
        (self.incident, self.given) = (incident, given)
    }

    /// What is left of an incident's own record, or of that of a report that counted alone. The report is needed.
    ///
    /// - Parameters:
    ///   - record: The record.
    ///   - number: The incident's number; of a report that counted alone that of the one that it had joined.
    ///   - keepsName: True if the report's name stays known.
    public init(of record: IncidentRecord, _ number: IncidentNumber, keepingName keepsName: Bool) {
        let joined = record.news?.joinedReport?.incident
        self.init(
            Incident(
                number, rules: record.rules, name: keepsName ? record.name : nil, reportBytes: record.report.count,
                reportChecksum: record.report.withUnsafeBytes { Checksum.of($0) },
                joined: joined == number ? nil : joined),
            given: record.alerts.map { Given($0.recipient, $0.number) })
    }
}

// Of an incident: {"incident": 5, "rules": 1, "report": [812, 305419896], "given": [["fire", 17], ["gas", 4]]}
// Of one by which others were told of a report that had joined incident 3: the same with "joined": 3
// Of a record about one: {} or {"given": [["leader@110101", 3]]}
//
// The name is kept beside the body, as an incident's is.
extension RemovedRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            if let incident {
                json.member("incident", incident.number.value)
                json.member("rules", incident.rules.value)
                json.array("report") { json in
                    json.integer(Int64(incident.reportBytes))
                    json.integer(Int64(incident.reportChecksum))
                }
                json.member("joined", ifPresent: incident.joined?.value)
            }
            guard !given.isEmpty else { return }
            json.array("given") { json in
                for one in given {
                    json.array { json in
                        json.recipient(one.recipient)
                        json.integer(one.number.value)
                    }
                }
            }
        }
    }

    init(json: JSONNode, name: ReportName?) throws(Refusal) {
        if let number: Int64 = try json.member(ifPresent: "incident") {
            let report: [Int64] = try json.member("report")
            guard report.count == 2, let bytes = Int(exactly: report[0]), let checksum = UInt32(exactly: report[1])
            else {
                throw Refusal(member: "report", "must be [bytes, checksum]")
            }
            let joined: Int64? = try json.member(ifPresent: "joined")
            incident = Incident(
                IncidentNumber(number), rules: try json.member("rules"), name: name, reportBytes: bytes,
                reportChecksum: checksum, joined: joined.map { IncidentNumber($0) })
        }
        given = []
        guard json["given"] != nil else { return }
        try json.forEachElement(of: "given") { (one) throws(Refusal) in
            let parts = one.elements
            guard parts.count == 2, let recipient = Recipient(json: parts[0]), let number = parts[1].integer else {
                throw Refusal(one, as: "given", mustBe: "[recipient, number]")
            }
            given.append(Given(recipient, AlertNumber(number)))
        }
    }
}
