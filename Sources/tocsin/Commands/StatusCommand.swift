import ArgumentParser
import TocsinModel
import TocsinWire

/// What the broker is and how it does.
struct StatusCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the broker is, what is under way, and what waits.",
        discussion: """
            Examples:
              tocsin status
              tocsin status --mailboxes            what waits for whom
              tocsin status --json | jq .openIncidents
            """)

    @Flag(help: "Show the mailboxes that have undelivered or open alerts.")
    var mailboxes = false

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func perform() async throws {
        if mailboxes {
            let answer = try await control.ask(.pending)
            if control.json { return try Console.line(answer) }
            for line in try readJSON(answer, { try MailboxView.lines($0, style: .output) }) { try Console.line(line) }
        } else {
            let answer = try await control.ask(.info)
            if control.json { return try Console.line(answer) }
            let status = try readJSON(answer) { try BrokerStatus(json: $0) }
            for line in StatusView.lines(status, style: .output) { try Console.line(line) }
        }
    }
}

/// The broker's state as a page of names and values.
enum StatusView {
    static func lines(_ status: BrokerStatus, style: Style) -> [String] {
        var table = Table()
        func add(_ name: String, _ value: String) { table.add(style.dim(name), value) }
        add(
            "broker",
            "\(status.name) \(status.version), process \(status.processID), up "
                + "\(Clock.duration(status.now - status.startedAt)) since \(Clock.date(status.startedAt))")
        add("reports", status.endpoints.reports)
        add("alerts", status.endpoints.alerts)
        add("feed", status.feed)
        add("control", status.endpoints.control)
        switch status.security {
        case "none": add("security", style.bad("none: whoever reaches these endpoints may do everything"))
        case let security?: add("security", security.printable)
        case nil: break
        }
        let journal = "\(status.journalPath), \(counted(status.lastPosition, "record"))"
        add("journal", status.isJournalAvailable ? journal : journal + ", " + style.bad("cannot write"))
        let loaded = status.rulesLoadedAt.map { ", loaded \(Clock.date($0))" } ?? ""
        add("rules", "\(counted(status.ruleCount, "rule")) from \(status.ruleFile)\(loaded)")
        add(
            "directory",
            "\(counted(status.departments, "department")), \(counted(status.places, "place")), "
                + counted(status.mailboxes, "mailbox", "mailboxes"))
        add("open", counted(status.openIncidents, "incident"))
        let waiting = counted(status.undeliveredAlerts, "undelivered alert")
        add("waiting", status.undeliveredAlerts > 0 ? style.warning(waiting) : waiting)
        if status.waitingSteps > 0 {
            add(
                "overdue",
                style.bad("\(counted(status.waitingSteps, "escalation step")) until the journal writes again"))
        }
        add("connected", "\(counted(status.terminals, "terminal")), \(counted(status.followers, "follower"))")
        if status.terminalsNotReceiving > 0 {
            add("hung", style.bad("\(counted(status.terminalsNotReceiving, "terminal")) without RECEIVED"))
        }
        let counts = status.counts.map { "\($0.name) \($0.count.grouped)" }.joined(separator: ", ")
        add("since start", counts)
        if !status.refused.isEmpty {
            add("refused", status.refused.map { "\($0.code) \($0.count.grouped)" }.joined(separator: ", "))
        }
        return table.lines()
    }
}

/// What waits in each mailbox.
enum MailboxView {
    static func lines(_ json: JSONNode, style: Style) throws(Refusal) -> [String] {
        var table = Table(
            ["mailbox", "undelivered", "open", "terminals", ""], alignments: [.left, .right, .right, .right])
        try json["mailboxes"]?.forEachElement { (node) throws(Refusal) in
            let undelivered = try node.requiredInteger("undelivered")
            let terminals = try node.requiredInteger("terminals")
            let isStuck = undelivered > 0 && terminals == 0
            table.add(
                try node.requiredString("recipient"),
                isStuck ? style.warning(undelivered.grouped) : undelivered.grouped,
                try node.requiredInteger("open").grouped, terminals.grouped,
                style.dim(node["title"]?.string.map { ReportView.title($0).printable } ?? ""))
        }
        return table.rows.isEmpty ? ["Nothing waits in any mailbox."] : table.lines(style: style)
    }
}
