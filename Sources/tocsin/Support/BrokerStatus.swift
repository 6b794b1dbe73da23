import TocsinModel
import TocsinWire

/// The answer to INFO: what the broker is and how it does.
struct BrokerStatus: Sendable {
    var name: String
    var version: String
    var processID: Int32
    var startedAt: Timestamp
    var now: Timestamp
    var endpoints: Endpoints
    var feed: String
    /// What keeps strangers out: `loopback` or `none`; nil for a broker that does not say.
    var security: String?
    var journalPath: String
    var lastPosition: Int64
    var isJournalAvailable: Bool
    var ruleFile: String
    var ruleCount: Int64
    var rulesLoadedAt: Timestamp?
    var departments: Int64
    var places: Int64
    var mailboxes: Int64
    /// What is under way, by the name on the wire.
    var openIncidents: Int64
    var undeliveredAlerts: Int64
    /// Escalation steps that are due and wait for the journal.
    var waitingSteps: Int64
    var terminals: Int64
    /// Those of them that have had alerts for too long and say RECEIVED of none.
    var terminalsNotReceiving: Int64
    var followers: Int64
    var uncommittedReports: Int64
    /// Since the daemon started, by the name on the wire, in the answer's order.
    var counts: [(name: String, count: Int64)]
    /// Refusals by code, those that happened.
    var refused: [(code: String, count: Int64)]

    init(json: JSONNode) throws(Refusal) {
        name = json["name"]?.string ?? "tocsind"
        version = json["version"]?.string ?? "?"
        processID = Int32(clamping: try json.requiredInteger("processID"))
        startedAt = try json.requiredTimestamp("startedAt")
        now = try json.requiredTimestamp("now")
        let bound = json["endpoints"]
        endpoints = Endpoints(
            reports: bound?["reports"]?.string ?? "", alerts: bound?["alerts"]?.string ?? "",
            control: bound?["control"]?.string ?? "")
        feed = bound?["feed"]?.string ?? ""
        security = json["security"]?.string
        journalPath = json["journal"]?["path"]?.string ?? ""
        lastPosition = json["journal"]?["lastPosition"]?.integer ?? 0
        isJournalAvailable = json["journal"]?["available"]?.boolean ?? true
        ruleFile = json["rules"]?["file"]?.string ?? ""
        ruleCount = json["rules"]?["count"]?.integer ?? 0
        rulesLoadedAt = json["rules"]?["loadedAt"]?.string.flatMap { Timestamp($0) }
        departments = json["directory"]?["departments"]?.integer ?? 0
        places = json["directory"]?["places"]?.integer ?? 0
        mailboxes = json["directory"]?["mailboxes"]?.integer ?? 0
        openIncidents = json["openIncidents"]?.integer ?? 0
        undeliveredAlerts = json["undeliveredAlerts"]?.integer ?? 0
        waitingSteps = json["waitingSteps"]?.integer ?? 0
        terminals = json["terminals"]?.integer ?? 0
        terminalsNotReceiving = json["terminalsNotReceiving"]?.integer ?? 0
        followers = json["followers"]?.integer ?? 0
        uncommittedReports = json["uncommittedReports"]?.integer ?? 0
        counts = []
        refused = []
        json["counts"]?.forEachMember { name, node in
            let name = String(decoding: name, as: UTF8.self)
            if let count = node.integer { counts.append((name, count)) }
            guard name == "refused" else { return }
            node.forEachMember { code, node in
                guard let count = node.integer, count > 0 else { return }
                refused.append((String(decoding: code, as: UTF8.self), count))
            }
        }
    }

    /// A count by its name on the wire; 0 for one that the broker does not have.
    func count(_ name: String) -> Int64 { counts.first { $0.name == name }?.count ?? 0 }
}
