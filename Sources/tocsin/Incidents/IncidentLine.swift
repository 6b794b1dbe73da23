import TocsinModel
import TocsinWire

/// One line of the list of incidents.
struct IncidentLine: Sendable {
    var number: Int64
    var storedAt: Timestamp
    var severity: Severity
    var category: TocsinModel.Category
    var event: String
    var status: String
    var grid: GridCode?
    var sender: String
    var identifier: String
    var isOpen: Bool
    /// The incidents that its report is an Update of, and those that it is a Cancel of.
    var (updates, cancels): ([IncidentNumber], [IncidentNumber]) = ([], [])
    /// The reports of its happening, if some have joined it and more may; and which of them its own report was, if that has
    /// joined another.
    var (reports, joined): (Int?, Int?) = (nil, nil)
    /// The incident that its report was taken out of, if an operator has done that.
    var splitFrom: IncidentNumber?
    /// The recipients. Those who must act come before those who are informed, where that is known.
    var recipients: [String]
    var headline: String?
    /// Whether anybody must act, and has; nil if the incident's page was not asked for.
    var action: IncidentStanding.Action?
    /// Those who must act and have not taken the incident on, as far as its page was asked for.
    var unanswered: Set<String> = []

    /// Reads the incidents of the broker's list.
    static func lines(of json: JSONNode) throws(Refusal) -> [IncidentLine] {
        try json.elements("incidents") { (node) throws(Refusal) in
            let (event, status): (String, String) = (try node.member("event"), try node.member("status"))
            return IncidentLine(
                number: try node.member("incident"), storedAt: try node.member("storedAt"),
                severity: try node.member("severity"), category: try node.member("category"), event: event.printable,
                status: status.printable, grid: try node.member(ifPresent: "grid"),
                sender: try node.member("sender"), identifier: try node.member("identifier"),
                isOpen: try node.member("open"),
                // Earlier brokers do not have these.
                updates: try node.member(ifPresent: "updates") ?? [],
                cancels: try node.member(ifPresent: "cancels") ?? [],
                reports: try node.member(ifPresent: "reports"), joined: try node.member(ifPresent: "joined"),
                splitFrom: try node.member(ifPresent: "splitFrom"),
                recipients: (try node.member("recipients") as [Recipient]).map(\.name).eachOnce)
        }
    }

    /// Adds the facts that only the incident's own page has.
    mutating func add(_ page: JSONNode) throws(Refusal) {
        let report: JSONNode = try page.member("report")
        headline = try ReportView.text("headline", in: report)
        let standing = try IncidentStanding(page)
        recipients = standing.acting + standing.informed
        (action, unanswered) = (standing.action, standing.unanswered)
    }

    /// The state in words: `2 unanswered`, `kept still`, `open, for information` or `closed`, with the status where it is
    /// not Actual.
    var state: String {
        let status = status == ReportStatus.actual.rawValue ? nil : status
        let count = reports.map { counted($0, "report") }
        return [status, isOpen ? progress : "closed", news, count].compactMap(\.self).joined(separator: ", ")
    }

    /// `update of 12`, `cancel of 12`, `report 100 of incident 12`
    private var news: String? {
        let update = joined.map { "report \($0) of incident" } ?? "update of"
        let (words, of) = cancels.isEmpty ? (update, updates) : ("cancel of", cancels)
        return of.isEmpty ? nil : "\(words) \(of.map(\.description).joined(separator: " "))"
    }

    /// Where nobody must act, that it is open is a word of its own.
    private var progress: String {
        action == .nobodyMust ? "open, for information" : action?.words ?? "open"
    }
}

// MARK: - For programs

extension IncidentLine {
    /// The members of INCIDENTS.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", number)
            json.member("storedAt", storedAt)
            json.member("event", event)
            json.member("category", category)
            json.member("severity", severity)
            json.member("status", status)
            json.member("grid", ifPresent: grid)
            json.member("sender", sender)
            json.member("identifier", identifier)
            for (name, numbers) in [("updates" as StaticString, updates), ("cancels", cancels)] where !numbers.isEmpty {
                json.array(name) { json in
                    for number in numbers { json.integer(number.value) }
                }
            }
            json.member("joined", ifPresent: joined.map { Int64($0) })
            json.member("reports", ifPresent: reports.map { Int64($0) })
            json.array("recipients") { json in
                for recipient in recipients { json.string(recipient) }
            }
            json.member("splitFrom", ifPresent: splitFrom?.value)
            json.member("open", isOpen)
        }
    }

    static let csvHeader =
        CSV.record([
            "incident", "stored", "severity", "category", "event", "headline", "status", "state", "grid", "sender",
            "identifier", "recipients", "updates",
        ])

    /// A record of RFC 4180, its line end included.
    var csv: String {
        CSV.record([
            String(number), "\(storedAt)", severity.rawValue, category.rawValue, event, headline ?? "", status,
            isOpen ? action?.words ?? "open" : "closed", grid.map { "\($0)" } ?? "", sender, identifier,
            recipients.joined(separator: " "), (updates + cancels).map(\.description).joined(separator: " "),
        ])
    }
}
