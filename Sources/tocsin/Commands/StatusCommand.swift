import ArgumentParser
import TocsinModel
import TocsinWire

/// Shows the broker's identity and condition.
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
            let lines = try readAnswer(answer) { (json) throws(Refusal) in
                try MailboxView.lines(json, style: .output)
            }
            for line in lines { try Console.line(line) }
        } else {
            let answer = try await control.ask(.info)
            if control.json { return try Console.line(answer) }
            let status = try readAnswer(answer, BrokerStatus.init(json:))
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
        let records = status.underWay.map { ", " + counted($0.lastPosition, "record") } ?? ""
        let journal = status.journalPath + records
        add("journal", status.isJournalAvailable ? journal : journal + ", " + style.bad("cannot write"))
        add(
            "rules",
            "\(counted(status.ruleCount, "rule")) from \(status.ruleFile), loaded \(Clock.date(status.rulesLoadedAt))")
        add(
            "directory",
            "\(counted(status.departments, "department")), \(counted(status.places, "place")), "
                + counted(status.mailboxes, "mailbox", "mailboxes"))
        if let underWay = status.underWay {
            add("open", counted(underWay.openIncidents, "incident"))
            let waiting = counted(underWay.undeliveredAlerts, "undelivered alert")
            add("waiting", underWay.undeliveredAlerts > 0 ? style.warning(waiting) : waiting)
            if underWay.waitingSteps > 0 {
                add(
                    "overdue",
                    style.bad("\(counted(underWay.waitingSteps, "escalation step")) until the journal writes again"))
            }
        } else {
            add("open", style.bad("not known until the journal has been read again"))
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

/// The waiting alerts of each mailbox.
enum MailboxView {
    static func lines(_ json: JSONNode, style: Style) throws(Refusal) -> [String] {
        var table = Table(
            ["mailbox", "undelivered", "open", "terminals", ""], alignments: [.left, .right, .right, .right])
        try json.forEachElement(of: "mailboxes") { (node) throws(Refusal) in
            let recipient: Recipient = try node.member("recipient")
            let (undelivered, open): (Int64, Int64) = (try node.member("undelivered"), try node.member("open"))
            let terminals: Int64 = try node.member("terminals")
            let isStuck = undelivered > 0 && terminals == 0
            table.add(
                recipient.name, isStuck ? style.warning(undelivered.grouped) : undelivered.grouped, open.grouped,
                terminals.grouped, style.dim(try ReportView.title(of: node) ?? ""))
        }
        return table.rows.isEmpty ? ["Nothing waits in any mailbox."] : table.lines(style: style)
    }
}
