import ArgumentParser
import TocsinClient
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
              tocsin status --subscriptions        who has subscribed to what
              tocsin status --watch 5s
              tocsin status --json | jq .openIncidents
            """)

    @Flag(help: "Show the mailboxes that have undelivered or open alerts.")
    var mailboxes = false

    @Flag(help: "Show the standing subscriptions, also those that are not in force.")
    var subscriptions = false

    @OptionGroup var repeated: WatchOption

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard !mailboxes || !subscriptions else {
            throw ValidationError("--mailboxes and --subscriptions are two pages; give one.")
        }
    }

    func perform() async throws {
        let question: CommandWord = mailboxes ? .pending : subscriptions ? .subscriptions : .info
        guard let watch = repeated.watch else {
            let answer = try await control.ask(question)
            if json { return try Console.line(answer) }
            for line in try lines(answer) { try Console.line(line) }
            return
        }
        let request = try control.request()
        try await Repetition(interval: watch.duration, request: request).run { client in
            let answer = try await client.request(question, within: request.timeout)
            if json { try Console.line(answer) } else { try Repetition.show(lines(answer)) }
        }
    }

    private func lines(_ answer: [UInt8]) throws -> [String] {
        if subscriptions {
            return try readAnswer(answer) { (json) throws(Refusal) in
                try SubscriptionView.lines(json, style: .output)
            }
        }
        guard mailboxes else {
            return StatusView.lines(try readAnswer(answer, BrokerStatus.init(json:)), style: .output)
        }
        return try readAnswer(answer) { (json) throws(Refusal) in try MailboxView.lines(json, style: .output) }
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
                + "\(Clock.duration(status.uptime)) since \(Clock.date(status.startedAt))")
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
        let trouble =
            status.isJournalSparing ? "no room for new reports; what people say is written" : "cannot write"
        add("journal", status.isJournalAvailable ? journal : journal + ", " + style.bad(trouble))
        if let error = status.journalError { add("", style.bad(error.printable)) }
        if let kept = status.kept { add("kept", kept.words) }
        if let disk = status.disk { add("disk", DiskView.line(disk, style: style)) }
        if let configuration = status.configuration {
            add("configuration", configuration.file.printable)
            if let warning = configuration.warning { add("", style.warning(warning)) }
            for problem in configuration.problems { add("", style.bad(problem.printable)) }
        }
        add("rules", rules(status, style))
        add(
            "directory",
            "\(counted(status.departments, "department")), \(counted(status.places, "place")), "
                + counted(status.mailboxes, "mailbox", "mailboxes"))
        if let duty = status.duty {
            add("duty", counted(duty.rosters, "roster"))
            for warning in duty.warnings { add("", style.warning(warning)) }
        }
        for (place, line) in problems(status, style).enumerated() { add(place == 0 ? "to mend" : "", line) }
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
        let subscribers = status.subscribers.map { ", \(counted($0, "subscriber"))" } ?? ""
        add(
            "connected",
            "\(counted(status.terminals, "terminal")), \(counted(status.followers, "follower"))\(subscribers)")
        if status.terminalsNotReceiving > 0 {
            add("hung", style.bad("\(counted(status.terminalsNotReceiving, "terminal")) without RECEIVED"))
        }
        for (place, line) in links(status, style).enumerated() { add(place == 0 ? "links" : "", line) }
        for (place, line) in subscriptions(status, style).enumerated() { add(place == 0 ? "subscribed" : "", line) }
        if let silences = status.silences, silences.count > 0 || silences.incidents > 0 {
            let still = counted(silences.incidents, "open incident")
            add("silent", style.warning("\(counted(silences.count, "silence")), \(still) kept still: tocsin silences"))
        }
        let counts = status.counts.map { "\($0.name) \($0.count.grouped)" }.joined(separator: ", ")
        add("since start", counts)
        if !status.refused.isEmpty {
            add("refused", status.refused.map { "\($0.code) \($0.count.grouped)" }.joined(separator: ", "))
        }
        return table.lines()
    }

    /// Returns how many links are supervised, and those that are lost; nothing where none is supervised.
    private static func links(_ status: BrokerStatus, _ style: Style) -> [String] {
        guard let links = status.links, links.supervised > 0 else { return [] }
        guard links.lostCount > 0 else { return ["\(links.supervised.grouped) supervised, none is lost"] }
        let head = "\(links.supervised.grouped) supervised, \(style.bad("\(links.lostCount.grouped) lost"))"
        let lines = links.lost.prefix(10).map { lost in
            let times = lost.losses > 1 ? ", \(lost.losses.grouped) times" : ""
            let back = lost.backSince.map { ", back for \(Clock.duration(status.now - $0)) and must hold" } ?? ""
            return "\(lost.link.printable) for \(Clock.duration(status.now - lost.since))\(times)\(back): incident "
                + "\(lost.incident), told to \(lost.supervisor)"
        }
        let more = links.lostCount - Int64(lines.count)
        return [head] + lines + (more > 0 ? ["and \(counted(more, "link")) more"] : [])
    }

    /// Returns how many subscriptions there are, and those that are not in force; nothing where there are none.
    private static func subscriptions(_ status: BrokerStatus, _ style: Style) -> [String] {
        guard let subscriptions = status.subscriptions, subscriptions.count > 0 else { return [] }
        let head = counted(subscriptions.count, "subscription")
        guard subscriptions.notInForceCount > 0 else { return [head] }
        let more = subscriptions.notInForceCount - Int64(subscriptions.notInForce.count)
        return ["\(head), \(style.warning("\(subscriptions.notInForceCount.grouped) not in force"))"]
            + subscriptions.notInForce.map(\.printable)
            + (more > 0 ? ["and \(more.grouped) more: tocsin status --subscriptions"] : [])
    }

    private static func rules(_ status: BrokerStatus, _ style: Style) -> String {
        let rules = "\(counted(status.ruleCount, "rule")) from"
        let loaded = "loaded \(Clock.date(status.rulesLoadedAt))"
        guard status.rulesAreFromJournal else { return "\(rules) \(status.ruleFile), \(loaded)" }
        let leftOut = status.clientsLeftOut == 0 ? "" : ", and \(status.leftOut)"
        return "\(rules) the journal, \(loaded): " + style.bad("the files are refused\(leftOut)")
    }

    /// Returns the problems of the files and the next step, or nothing if the files are in force.
    private static func problems(_ status: BrokerStatus, _ style: Style) -> [String] {
        guard status.fileProblemCount > 0 else { return [] }
        let more = status.fileProblemCount - Int64(status.fileProblems.count)
        return status.fileProblems.map { style.bad($0.printable) }
            + [(more > 0 ? "and \(counted(more, "problem")) more; " : "") + "then: tocsin reload"]
    }
}

/// The free room of the journal's file system, and how long it lasts.
enum DiskView {
    /// Returns the line. It stands out below the bounds at which the broker's log warns.
    static func line(_ disk: BrokerStatus.Disk, style: Style) -> String {
        let isScarce =
            disk.freeBytes < Limits.scarceBytes || (disk.lastsSeconds ?? .max) < Limits.scarceSeconds
        let free = "\(byteCount(disk.freeBytes)) free"
        let lasts: String
        if let text = disk.lasts {
            lasts = ", for \(text) at the present rate"
        } else {
            lasts = disk.bytesPerHour == nil || disk.freeBytes == 0 ? "" : ", and what is used does not grow"
        }
        return isScarce ? style.bad(free + lasts) : free + lasts
    }
}

/// The waiting alerts of each mailbox.
enum MailboxView {
    static func lines(_ json: JSONNode, style: Style) throws(Refusal) -> [String] {
        var table = Table(
            ["mailbox", "undelivered", "open", "terminals", "on duty", ""], alignments: [.left, .right, .right, .right])
        try json.forEachElement(of: "mailboxes") { (node) throws(Refusal) in
            let recipient: Recipient = try node.member("recipient")
            let (undelivered, open): (Int64, Int64) = (try node.member("undelivered"), try node.member("open"))
            let terminals: Int64 = try node.member("terminals")
            let isStuck = undelivered > 0 && terminals == 0
            table.add(
                recipient.name, isStuck ? style.warning(undelivered.grouped) : undelivered.grouped, open.grouped,
                terminals.grouped, try DutyView.names(in: node, style: style) ?? "",
                style.dim(try ReportView.title(of: node) ?? ""))
        }
        return table.rows.isEmpty ? ["Nothing waits in any mailbox."] : table.lines(style: style)
    }
}
