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
    var action: Action?
    /// Those who must act and have not taken the incident on, as far as its page was asked for.
    var unanswered: Set<String> = []

    /// The state of the alerts for action.
    enum Action: Hashable, Sendable {
        case nobodyMust
        case unanswered(Int)
        /// A silence keeps the alerts still, and nobody has taken any.
        case keptStill
    }

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
                recipients: (try node.member("recipients") as [Recipient]).map(\.name))
        }
    }

    /// Adds the facts that only the incident's own page has.
    mutating func add(_ page: JSONNode) throws(Refusal) {
        let report: JSONNode = try page.member("report")
        headline = try ReportView.text("headline", in: report)
        var acting: [String] = []
        var informed: [String] = []
        var (open, isTaken, isKeptStill) = (0, false, false)
        let hushed = try Self.hushed(page)
        try page.forEachElement(of: "alerts") { (node) throws(Refusal) in
            let (purpose, state): (Purpose, AlertState) = (try node.member("purpose"), try node.member("state"))
            let recipient: Recipient = try node.member("recipient")
            if state == .silenced, hushed.contains(recipient.name) { isKeptStill = true }
            switch purpose {
            case .action:
                acting.append(recipient.name)
                if state.isTaken { isTaken = true }
                if state.isUnanswered(for: purpose) {
                    open += 1
                    unanswered.insert(recipient.name)
                }
            case .information: informed.append(recipient.name)
            }
        }
        recipients = acting + informed
        if open == 0, isKeptStill, !isTaken {
            action = .keptStill
        } else {
            action = acting.isEmpty ? .nobodyMust : .unanswered(open)
        }
    }

    /// Returns those whose alerts a silence has kept still, and not somebody else's answer, as the timeline says last.
    private static func hushed(_ page: JSONNode) throws(Refusal) -> Set<String> {
        var hushed: Set<String> = []
        try page.forEachElement(of: "timeline") { (node) throws(Refusal) in
            let (state, recipient): (String, Recipient?) = (
                try node.member("state"), try node.member(ifPresent: "recipient")
            )
            guard state == AlertState.silenced.rawValue, let recipient else { return }
            if try Silencing(ifIn: node) != nil {
                hushed.insert(recipient.name)
            } else {
                hushed.remove(recipient.name)
            }
        }
        return hushed
    }

    /// The state in words: `2 unanswered`, `kept still`, `for information` or `closed`, with the status where it is not
    /// Actual.
    var state: String {
        let status = status == ReportStatus.actual.rawValue ? nil : status
        let count = reports.map { "\($0) reports" }
        return [status, isOpen ? progress : "closed", news, count].compactMap(\.self).joined(separator: ", ")
    }

    /// `update of 12`, `cancel of 12`, `report 100 of incident 12`
    private var news: String? {
        let update = joined.map { "report \($0) of incident" } ?? "update of"
        let (words, of) = cancels.isEmpty ? (update, updates) : ("cancel of", cancels)
        return of.isEmpty ? nil : "\(words) \(of.map(\.description).joined(separator: " "))"
    }

    private var progress: String {
        switch action {
        case nil: "open"
        case .nobodyMust?: "for information"
        case .keptStill?: "kept still"
        case .unanswered(let count)?: count > 0 ? "\(count) unanswered" : "all taken"
        }
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
            isOpen ? progress : "closed", grid.map { "\($0)" } ?? "", sender, identifier,
            recipients.joined(separator: " "), (updates + cancels).map(\.description).joined(separator: " "),
        ])
    }
}
