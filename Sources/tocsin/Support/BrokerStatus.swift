import TocsinModel
import TocsinWire

/// The answer to INFO: the broker's identity and condition.
struct BrokerStatus: Sendable {
    var name: String
    var version: String
    var processID: Int32
    var startedAt: Timestamp
    var now: Timestamp
    /// The time since the start, whatever the clock was set to since.
    var uptime: Duration
    var endpoints: Endpoints
    var feed: String
    /// The protection against strangers: `loopback` or `none`; nil for a broker that does not say.
    var security: String?
    var journalPath: String
    var isJournalAvailable: Bool
    /// True while new reports are refused because the disk is full, and people's words are written.
    var isJournalSparing: Bool
    /// The reason why the journal takes no records, as a sentence. Nil if it does, or the broker does not tell.
    var journalError: String?
    /// How long what is over is kept. Nil for a broker that does not tell.
    var kept: Retention?
    /// The journal's file system. Nil for a broker that does not tell.
    var disk: Disk?
    /// The configuration's file. Nil for a broker that does not tell.
    var configuration: Configuration?
    var ruleFile: String
    var ruleCount: Int64
    var rulesLoadedAt: Timestamp
    /// True if the broker goes by its journal's last good rules, because it refuses the files.
    var rulesAreFromJournal: Bool
    /// The clients of the journal's last good list that are left out, because the clients file does not have them.
    var clientsLeftOut: Int64
    /// The first problems that the last reading of the files found, and the number of all. Empty if they are in force.
    var fileProblems: [String]
    var fileProblemCount: Int64
    var departments: Int64
    var places: Int64
    var mailboxes: Int64
    /// Nil while the journal is being read again after a failure, or another daemon writes it.
    var underWay: UnderWay?
    /// The supervised links. Nil for a broker that does not tell.
    var links: Links?
    /// The subscriptions. Nil for a broker that does not tell.
    var subscriptions: Subscriptions?
    /// The duty sheet. Nil for a broker without one.
    var duty: Duty?
    /// Operators' silences that stand, and the open incidents that any silence keeps still. Nil for a broker that does not
    /// tell.
    var silences: (count: Int64, incidents: Int64)?
    var terminals: Int64
    /// The terminals that have had alerts for too long without saying RECEIVED.
    var terminalsNotReceiving: Int64
    var followers: Int64
    /// The connections to the feed. Nil for a broker that does not tell.
    var subscribers: Int64?
    var uncommittedReports: Int64
    /// The counts since the daemon started, by the name on the wire, in the answer's order.
    var counts: [(name: String, count: Int64)]
    /// The refusals that happened, by code.
    var refused: [(code: String, count: Int64)]

    /// The journal's file system.
    struct Disk: Sendable {
        var freeBytes: Int64
        /// The bytes used up in an hour. Nil if it is not known yet.
        var bytesPerHour: Int64?
        /// The seconds that the free bytes last at that rate. Nil if they last for ever, as far as is known.
        var lastsSeconds: Int64?

        /// How long they last, in words. Nil if they last for ever, and where there are none.
        var lasts: String? {
            guard let lastsSeconds, freeBytes > 0 else { return nil }
            return lastsSeconds < 60 ? "less than a minute" : Clock.duration(.seconds(lastsSeconds))
        }
    }

    /// The configuration's file, as against the one that the broker was started with.
    struct Configuration: Sendable {
        var file: String
        /// The keys that have other values now.
        var changed: [String]
        /// True if the broker's key file has another key than the one in force. False for a broker that does not tell.
        var hasAnotherKey: Bool
        /// The first problems for which a start would be refused, and the number of all.
        var problems: [String]
        var problemCount: Int64

        /// Says what a restart would bring; nil where it would bring nothing new.
        var warning: String? {
            if problemCount > 0 {
                return "the configuration is wrong now, and tocsind would not start again: "
                    + "\(counted(problemCount, "problem")), see tocsin check --config \(file.printable)"
            }
            var sentences: [String] = []
            if !changed.isEmpty {
                sentences.append(
                    "the configuration has changed since the start (\(changed.joined(separator: ", ").printable)): "
                        + "a restart brings that into force")
            }
            if hasAnotherKey {
                sentences.append(
                    "the broker's key file has another key than at the start: a restart brings another key into force")
            }
            return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
        }
    }

    /// The state that the journal's records add up to.
    struct UnderWay: Sendable {
        var lastPosition: Int64
        var openIncidents: Int64
        var undeliveredAlerts: Int64
        /// The escalation steps that are due and wait for the journal.
        var waitingSteps: Int64
        /// The alerts that nobody has taken in time, the time since when there is one, and those of the severity Extreme.
        /// None for a broker that does not tell.
        var overdueAlerts: Int64
        var overdueSince: Timestamp?
        var overdueExtreme: Int64
    }

    init(json: JSONNode) throws(Refusal) {
        name = try json.member("name")
        version = try json.member("version")
        processID = Int32(clamping: try json.member("processID") as Int64)
        startedAt = try json.member("startedAt")
        now = try json.member("now")
        // Earlier brokers do not say it.
        let seconds: Int64? = try json.member(ifPresent: "uptimeSeconds")
        uptime = seconds.map { .seconds($0) } ?? now - startedAt
        let bound: JSONNode = try json.member("endpoints")
        endpoints = Endpoints(
            reports: try bound.member("reports"), alerts: try bound.member("alerts"),
            control: try bound.member("control"))
        feed = try bound.member("feed")
        security = try json.member(ifPresent: "security")
        let journal: JSONNode = try json.member("journal")
        journalPath = try journal.member("path")
        isJournalAvailable = try journal.member("available")
        isJournalSparing = try journal.member(ifPresent: "sparing") ?? false
        if let error: JSONNode = try journal.member(ifPresent: "error") { journalError = try error.member("message") }
        if let found: JSONNode = try json.member(ifPresent: "keep") { kept = try Retention(json: found) }
        if let room: JSONNode = try json.member(ifPresent: "disk") {
            disk = Disk(
                freeBytes: try room.member("freeBytes"), bytesPerHour: try room.member(ifPresent: "bytesPerHour"),
                lastsSeconds: try room.member(ifPresent: "lastsSeconds"))
        }
        configuration = try Configuration(ifIn: json)
        let rules: JSONNode = try json.member("rules")
        ruleFile = try rules.member("file")
        ruleCount = try rules.member("count")
        rulesLoadedAt = try rules.member("loadedAt")
        // Earlier brokers do not have these members.
        rulesAreFromJournal = try rules.member(ifPresent: "fromJournal") ?? false
        clientsLeftOut = try rules.member(ifPresent: "clientsLeftOut") ?? 0
        fileProblems = try rules.member(ifPresent: "problems") ?? []
        fileProblemCount = try rules.member(ifPresent: "problemCount") ?? 0
        let directory: JSONNode = try json.member("directory")
        departments = try directory.member("departments")
        places = try directory.member("places")
        mailboxes = try directory.member("mailboxes")
        underWay = json["openIncidents"] == nil ? nil : try UnderWay(json, journal: journal)
        if let supervision: JSONNode = try json.member(ifPresent: "links") { links = try Links(supervision) }
        subscriptions = try Subscriptions(ifIn: json)
        duty = try Duty(ifIn: json)
        if let found: JSONNode = try json.member(ifPresent: "silences") {
            silences = (try found.member("count"), try found.member("incidents"))
        }
        terminals = try json.member("terminals")
        terminalsNotReceiving = try json.member("terminalsNotReceiving")
        followers = try json.member("followers")
        subscribers = try json.member(ifPresent: "subscribers")
        uncommittedReports = try json.member("uncommittedReports")
        (counts, refused) = ([], [])
        let totals: JSONNode = try json.member("counts")
        // All counts are shown, including those of a later broker.
        totals.forEachMember { name, node in
            if let count = node.integer { counts.append((String(decoding: name, as: UTF8.self), count)) }
        }
        let refusals: JSONNode = try totals.member("refused")
        try refusals.forEachMember { (code, node) throws(Refusal) in
            let code = String(decoding: code, as: UTF8.self)
            let count: Int64 = try node.read(as: code)
            if count > 0 { refused.append((code, count)) }
        }
    }

    /// Returns a count by its name on the wire; 0 if the broker does not have it.
    func count(_ name: String) -> Int64 { counts.first { $0.name == name }?.count ?? 0 }

    /// Says how many clients are left out.
    var leftOut: String {
        "\(counted(clientsLeftOut, "client")) of the last good list left out, whom the clients file does not have"
    }

    /// Returns the state by the journal's records, for a caller that needs it.
    func known() throws -> UnderWay {
        guard let underWay else {
            throw Failure(.refused, "The broker reads its journal again, and does not know what is under way.")
        }
        return underWay
    }
}

extension BrokerStatus.Configuration {
    /// Reads the member `configuration` of INFO, or of the answer to RELOAD, if it is there.
    init?(ifIn json: JSONNode) throws(Refusal) {
        guard let found: JSONNode = try json.member(ifPresent: "configuration") else { return nil }
        file = try found.member("file")
        changed = try found.member("changed")
        hasAnotherKey = try found.member(ifPresent: "anotherKey") ?? false
        problems = try found.member("problems")
        problemCount = try found.member("problemCount")
    }
}

extension BrokerStatus.UnderWay {
    fileprivate init(_ json: JSONNode, journal: JSONNode) throws(Refusal) {
        lastPosition = try journal.member("lastPosition")
        openIncidents = try json.member("openIncidents")
        undeliveredAlerts = try json.member("undeliveredAlerts")
        waitingSteps = try json.member("waitingSteps")
        let overdue: JSONNode? = try json.member(ifPresent: "overdueAlerts")
        overdueAlerts = try overdue?.member("count") ?? 0
        overdueSince = try overdue?.member(ifPresent: "since")
        let severities: JSONNode? = try overdue?.member("bySeverity")
        overdueExtreme = try severities?.member(ifPresent: "Extreme") ?? 0
    }
}
