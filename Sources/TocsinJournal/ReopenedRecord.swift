public import TocsinModel

/// An operator's reopening of an incident that had closed. What was owed then is owed again, by alerts with new numbers.
///
/// It holds everything that the broker needs of the incident, which it has forgotten.
public struct ReopenedRecord: Hashable, Sendable {
    public var incident: IncidentNumber
    /// The person who opened it again. The note is the reason.
    public var person: Person
    public var category: Category
    public var severity: Severity
    public var status: ReportStatus
    public var grid: GridCode?
    /// The size of the report in bytes.
    public var reportBytes: Int
    /// The report's sender.
    public var sender: String
    /// What the report is news of; nil for an Alert.
    public var news: ReportNews?
    /// The alerts that are owed, each recipient once. There is at least one.
    public var alerts: [IncidentRecord.Alert]
    /// The plans of the incident, each at its place. They watch these alerts by their indices, and their time begins anew.
    public var plans: [Plan]
    /// The reports of the happening: its own and those that have joined it.
    public var reports = 1
    /// The incidents of reports that were taken out of it, by the records by which those had joined.
    public var splits: [Position: IncidentNumber] = [:]

    public init(
        incident: IncidentNumber, person: Person, category: Category, severity: Severity, status: ReportStatus,
        grid: GridCode?, reportBytes: Int, sender: String, news: ReportNews? = nil, alerts: [IncidentRecord.Alert],
        plans: [Plan]
    ) {
        self.incident = incident
        self.person = person
        self.category = category
        self.severity = severity
        self.status = status
        self.grid = grid
        self.reportBytes = reportBytes
        self.sender = sender
        self.news = news
        self.alerts = alerts
        self.plans = plans
    }
}

// {"incident": 12, "by": "Li", "reason": "…", "principal": "operator-li", "category": …, "severity": …, "status": …,
//  "grid": …, "reportBytes": 312, "sender": …, "message": …, "updates": […], "alerts": […as an incident's…], "plans": […],
//  "reports": 17, "splits": [[14, 19]]}
extension ReopenedRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("by", person.by)
            json.member("reason", ifPresent: person.note)
            json.member("principal", ifPresent: person.principal)
            json.member("category", category)
            json.member("severity", severity)
            json.member("status", status)
            json.member("grid", ifPresent: grid)
            json.member("reportBytes", reportBytes)
            json.member("sender", sender)
            news?.writeBody(to: &json)
            IncidentRecord.writeAlerts(alerts, plans, to: &json)
            guard reports > 1 else { return }
            json.member("reports", reports)
            json.array("splits") { json in
                for (report, incident) in splits.sorted(by: { $0.key < $1.key }) {
                    json.array { json in
                        json.integer(report.value)
                        json.integer(incident.value)
                    }
                }
            }
        }
    }

    init(json: JSONNode, _ shared: SharedParts) throws(Refusal) {
        self.init(
            incident: IncidentNumber(try json.member("incident") as Int64),
            person: Person(
                by: try json.member("by"), note: try json.member(ifPresent: "reason"),
                principal: try json.member(ifPresent: "principal")),
            category: try json.member("category"), severity: try json.member("severity"),
            status: try json.member("status"), grid: try json.member(ifPresent: "grid"),
            reportBytes: Int(max(0, Int32(clamping: try json.member("reportBytes") as Int64))),
            sender: try json.member("sender"), news: try ReportNews(body: json),
            alerts: try IncidentRecord.alerts(of: json, shared), plans: try shared.plans(of: json))
        guard let reports: Int64 = try json.member(ifPresent: "reports") else { return }
        self.reports = Int(clamping: reports)
        try json.forEachElement(of: "splits") { (pair) throws(Refusal) in
            let numbers = pair.elements.compactMap(\.integer)
            guard numbers.count == 2 else { throw Refusal(pair, as: "splits", mustBe: "[record, incident]") }
            splits[Position(numbers[0])] = IncidentNumber(numbers[1])
        }
    }
}

extension JournalRecord {
    /// Returns the alerts that the record gives an incident after its report: a step's, or a reopening's.
    public func laterAlerts(of number: IncidentNumber) -> [(Recipient, AlertNumber)] {
        switch self {
        case .escalated(let step): step.incident == number ? [(step.recipient, step.number)] : []
        case .reopened(let reopened):
            reopened.incident == number ? reopened.alerts.map { ($0.recipient, $0.number) } : []
        case .incident, .joined, .received, .personal, .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed,
            .rated,
            .silenced, .unsilenced, .removed:
            []
        }
    }
}
