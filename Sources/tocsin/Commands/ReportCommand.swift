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
            still one incident. What is wrong with it is found before it is sent, and the field is named.

            Examples:
              tocsin report --event gas-leak --category Infra --severity Severe \\
                --grid 110101005003002 --headline "Smell of gas" --parameter floor=3
              tocsin report incident.json --follow
              sensor-reading | tocsin report - --json --timeout 2m
            """)

    @OptionGroup(title: "The report") var report: ReportOptions

    @Flag(help: "Show what happens to the incident until it is closed.")
    var follow = false

    @Option(help: ArgumentHelp("How long to go on trying.", valueName: "time"))
    var timeout = TimeSpan.seconds(30)

    @Flag(help: "Print the receipt, and each step of progress, as JSON, one object a line.")
    var json = false

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func perform() async throws {
        let (bytes, _) = try report.json()
        let endpoint = try endpoints.resolved().reports
        let reporter = try Reporter(endpoint: endpoint)
        do {
            let started = ContinuousClock.now
            let receipt = try await reporter.report(bytes, within: timeout.duration)
            show(receipt, after: ContinuousClock.now - started)
            if follow {
                for try await progress in reporter.follow(receipt.incident) { show(progress) }
            }
        } catch ClientError.timedOut {
            await reporter.close()
            throw Failure(
                .unreachable,
                "No receipt from \(endpoint) within \(timeout). It is not known whether the report was stored: send "
                    + "it again with the same --identifier. Is tocsind running, and is --reports right?")
        } catch {
            await reporter.close()
            throw error
        }
        await reporter.close()
    }

    private func show(_ receipt: Receipt, after duration: Duration) {
        if json {
            var writer = JSONWriter()
            receipt.write(to: &writer)
            return Console.line(writer.bytes)
        }
        for line in ReceiptView.lines(receipt, after: duration, style: .output) { Console.line(line) }
    }

    private func show(_ progress: Progress) {
        if json {
            var writer = JSONWriter()
            progress.write(to: &writer)
            return Console.line(writer.bytes)
        }
        Console.line(ReceiptView.line(progress, style: .output))
    }
}

/// A receipt and the progress after it, for people.
enum ReceiptView {
    static func lines(_ receipt: Receipt, after duration: Duration, style: Style) -> [String] {
        let number = style.bold("Incident \(receipt.incident)")
        var lines = [
            receipt.isDuplicate
                ? "\(number): reported before, stored \(Clock.date(receipt.storedAt))"
                : "\(number): durable after \(Clock.duration(duration)), stored \(Clock.date(receipt.storedAt))"
        ]
        var table = Table()
        for told in receipt.recipients {
            let purpose = told.purpose == .action ? style.accent("must acknowledge") : "is informed"
            // Rules are their author's text; terminals that are not there now get the alert when they come.
            let terminals =
                told.terminals == 0
                ? style.warning("no terminal now: it waits") : counted(told.terminals, "terminal")
            table.add(told.recipient.name, purpose, terminals, "rule \(told.rule.printable)")
        }
        lines += table.lines(indent: 2)
        return lines
    }

    static func line(_ progress: Progress, style: Style) -> String {
        var parts = [Clock.preciseTime(progress.at)]
        switch progress.event {
        case .alert(let state): parts.append(state.isTaken ? style.good(state.rawValue) : state.rawValue)
        case .escalated: parts.append(style.warning("escalated to"))
        case .closed: parts.append(style.bold("closed"))
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
