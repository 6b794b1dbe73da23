import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Reports one incident and prints the receipt.
struct ReportCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Report an incident and print the receipt: it is durable, and these are told.",
        discussion: """
            The report is sent again, under the same identifier, until the broker has receipted it: sent twice it is \
            still one incident. The identifier is printed with the receipt, and where there is none. What is wrong with \
            it is found before it is sent, and the field is named.

            Where a file has no identifier, sender or time of sending, they are filled in, and that is said: kept and sent \
            again the same file would be another incident. --strict takes only what is complete. Flags override what the \
            file says, and give what it lacks; urgency and certainty are never guessed for it.

            --update makes it an Update of an earlier report, and --cancel a Cancel, which ends its incident. Either takes that \
            report's sender, identifier and time of sending, with commas. The receipt names the incidents that it is news of, \
            and says why a reference leads nowhere.

            Examples:
              tocsin report --event gas-leak --category Infra --severity Severe \\
                --grid 110101005003002 --headline "Smell of gas" --parameter floor=3
              tocsin report incident.json --follow
              sensor-reading | tocsin report - --json --timeout 2m
              tocsin report template.json --grid 110101005003002 --headline "Smell of gas"
              tocsin report --event gas-leak --category Infra --severity Minor \\
                --update handheld-7,r-0017,2026-11-23T08:10:00+08:00
              tocsin show 2 --json |
                jq -r '.report | [.sender, .identifier, .sent] | join(",")'
            """)

    @OptionGroup(title: "The report") var report: ReportOptions

    @Flag(help: "Show what happens to the incident until it is closed, and then who resolved it.")
    var follow = false

    @Option(
        help: ArgumentHelp("How long to go on trying. (default: 30s)", valueName: "time"), transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(30)

    @Flag(help: "Print the receipt, and each step of progress, as JSON, one object a line.")
    var json = false

    @OptionGroup var waiting: WaitOption

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func perform() async throws {
        var prepared = try report.prepared()
        let endpoint = try endpoints.resolved().reports
        if let notice = prepared.notice { Console.note(notice) }
        let reporter = try Reporter(endpoint: endpoint, options: try waiting.clientOptions(for: endpoints))
        let notices = Task { await tell(reporter.events) }
        defer { notices.cancel() }
        do {
            try await reporter.reach()
            let started = ContinuousClock.now
            let receipt = try await send(&prepared, with: reporter)
            let decoded = prepared.report
            guard !receipt.differs else {
                throw Failure(
                    .refused, ReceiptView.notStored(receipt, of: decoded.name), code: "differs", field: "identifier")
            }
            try show(receipt, of: decoded.name, after: ContinuousClock.now - started)
            if receipt.isPlaceUnknown, let grid = decoded.grid {
                Console.note("tocsin: The broker knows no place \(grid). Who is there is not told; is the code right?")
            }
            if follow { try await follow(receipt, with: reporter) }
        } catch ClientError.timedOut {
            await reporter.close()
            throw Failure(
                .unreachable,
                "No receipt from \(endpoint) within \(timeout). It is not known whether the report was stored: send "
                    + "it again \(sameReport(prepared)), and it is one incident all the same. Is tocsind running, and "
                    + "is --reports right?")
        } catch ClientError.refused(let refusal) where refusal.code == .unavailable || refusal.code == .busy {
            await reporter.close()
            throw Failure(
                .refused,
                "\(refusal.sentence) It was tried for \(timeout); its identifier is \(prepared.report.name.identifier).",
                code: refusal.code.rawValue)
        } catch let error as ClientError {
            await reporter.close()
            throw Failure(error, at: endpoint, for: .reports)
        } catch {
            await reporter.close()
            throw error
        }
        await reporter.close()
    }

    /// Sends the report, under the name that this client's key may use where nobody has said another and there is but one.
    private func send(_ prepared: inout PreparedReport, with reporter: Reporter) async throws -> Receipt {
        do {
            return try await reporter.report(prepared.bytes, within: timeout.duration)
        } catch ClientError.refused(let refusal) where refusal.code == .notPermitted && refusal.field == "sender" {
            guard report.sender == nil, report.file == nil || prepared.filledIn.contains("sender") else {
                throw ClientError.refused(refusal)
            }
            guard refusal.allowed.count == 1, let sender = refusal.allowed.first else {
                throw Failure(
                    .refused, "\(refusal.sentence) Say which with --sender.", code: refusal.code.rawValue,
                    field: "sender")
            }
            Console.note("tocsin: This key reports as \(sender) and as nobody else; so does this report.")
            var report = report
            report.sender = sender
            report.identifier = prepared.report.name.identifier
            report.sent = "\(prepared.report.sent)"
            prepared = try report.prepared()
            return try await reporter.report(prepared.bytes, within: timeout.duration)
        }
    }

    private func follow(_ receipt: Receipt, with reporter: Reporter) async throws {
        var beginning = json ? FollowBeginning(expected: 0) : FollowBeginning(after: receipt)
        var outcome = FollowOutcome()
        for try await progress in reporter.follow(receipt.splitInto ?? receipt.incident) {
            outcome.take(progress)
            for line in beginning.take(progress, style: .output) { try Console.line(line) }
            if beginning.isOver { try show(progress) }
        }
        guard !json else { return }
        for line in outcome.lines(style: .output) { try Console.line(line) }
    }

    /// Says what happens to the connection, for people.
    private func tell(_ events: AsyncStream<ReporterEvent>) async {
        var isAway = false
        for await event in events {
            switch event {
            case .disconnected: Console.note("tocsin: The broker is away; trying to reach it again.")
            case .shutOut(let absence): Console.note("tocsin: \(absence.words(.reports)) Trying on.")
            case .connected: if isAway { Console.note("tocsin: The broker is back.") }
            }
            isAway = event != .connected
        }
    }

    /// Returns the way to send a report again so that it is the same one, byte for byte.
    private func sameReport(_ prepared: PreparedReport) -> String {
        let report = prepared.report
        if self.report.file != nil, prepared.filledIn.isEmpty { return "as it is" }
        let sender = self.report.sender == nil ? " --sender \(report.name.sender)" : ""
        return "with the same flags and --identifier \(report.name.identifier) --sent \(report.sent)" + sender
    }

    private func show(_ receipt: Receipt, of name: ReportName, after duration: Duration) throws {
        do {
            if json { return try Console.line(ReceiptView.json(receipt, of: name)) }
            let lines = ReceiptView.lines(receipt, of: name, after: duration, style: .output)
            // In one piece, so that it is shown to whoever reads no more than its first line.
            try Console.text(lines.map { $0 + "\n" }.joined())
        } catch {
            // A caller that cannot read the receipt must not report it again as another incident.
            throw Failure(
                error.status,
                "\(error.description); the report is stored all the same: incident \(receipt.incident), identifier "
                    + name.identifier, code: "output")
        }
    }

    private func show(_ progress: Progress) throws {
        if json {
            var writer = JSONWriter()
            progress.write(to: &writer)
            return try Console.line(writer.bytes)
        }
        try Console.line(ReceiptView.line(progress, style: .output))
    }
}

/// A receipt and the progress after it, for people.
enum ReceiptView {
    /// Returns the receipt as it came, preceded by the name of its report.
    static func json(_ receipt: Receipt, of name: ReportName) -> [UInt8] {
        var writer = JSONWriter()
        receipt.write(to: &writer)
        let head = makeJSON { json in
            json.member("identifier", name.identifier)
            json.member("sender", name.sender)
        }
        return head.dropLast() + [UInt8(ascii: ",")] + writer.bytes.dropFirst()
    }

    static func lines(_ receipt: Receipt, of name: ReportName, after duration: Duration, style: Style) -> [String] {
        let number = style.bold("Incident \(receipt.incident)")
        var lines = [
            receipt.isDuplicate
                ? "\(number): reported before, stored \(Clock.date(receipt.storedAt))"
                : "\(number): durable after \(Clock.duration(duration)), stored \(Clock.date(receipt.storedAt))"
        ]
        if let grid = receipt.grid { lines.append("  in \(grid), where its point lies") }
        if receipt.isRemoved {
            return lines + [style.dim("  the broker has removed it since, and knows nothing more of it")]
        }
        lines += NewsView.lines(receipt, style: style)
        if let now = receipt.splitInto {
            lines.append(style.warning("  taken out of it since: the report is incident \(now) now"))
        }
        var table = Table()
        for told in receipt.recipients {
            let purpose = told.purpose == .action ? style.accent("must acknowledge") : "is informed"
            // Rules are their author's text. Terminals that are absent now get the alert when they come.
            let terminals =
                told.terminals == 0
                ? style.warning("no terminal now: it waits") : counted(told.terminals, "terminal")
            table.add(told.recipient.name, purpose, terminals, "rule \(told.rule.printable)")
        }
        lines += table.lines(indent: 2)
        let shown = receipt.splitInto ?? receipt.incident
        lines.append(
            style.dim("  'tocsin show \(shown)' shows it; its identifier is \(name.identifier.printable)"))
        return lines
    }

    /// Returns the message for a report that was not stored because another one has its name.
    static func notStored(_ receipt: Receipt, of name: ReportName) -> String {
        "This report was not stored. Another one of '\(name.sender.printable)' is identified as "
            + "'\(name.identifier.printable)': incident \(receipt.incident). Report it again with an identifier of its own."
    }

    static func line(_ progress: Progress, style: Style) -> String {
        "\(Clock.preciseTime(progress.at))  \(words(progress, style: style))"
    }

    /// Returns the words for a change, without its time.
    static func words(_ progress: Progress, style: Style) -> String {
        var parts: [String] = []
        switch progress.event {
        case .alert(let state): parts.append(state.isTaken ? style.good(state.phrase) : state.phrase)
        case .escalated: parts.append(style.warning("escalated to"))
        case .rung: parts.append(style.warning("rings again"))
        case .closed: parts.append(style.bold("closed"))
        case .reopened: parts.append(style.warning("opened again"))
        case .updated: parts.append(progress.news.map(NewsView.words) ?? "updated")
        case .split: parts.append("a report was taken out" + (progress.news.map { ": incident \($0.incident)" } ?? ""))
        case .rated: parts.append("rated" + (progress.score.map { " \($0) of 5" } ?? ""))
        }
        if let recipient = progress.recipient {
            parts.append(recipient.name + (progress.number.map { " #\($0)" } ?? ""))
        }
        if let person = progress.person {
            parts.append("by \(person.by.printable)" + (person.note.map { ": \($0.printable)" } ?? ""))
        }
        return parts.joined(separator: "  ")
    }
}
