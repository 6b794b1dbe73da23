import ArgumentParser
import Glibc
import TocsinClient
import TocsinModel

/// A department's terminal: shows alerts as they come, and names the people who take them on.
struct ListenCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Receive the alerts of one or several recipients, and answer them.",
        discussion: """
            A recipient is a department, such as fire, or a role at a place, such as police@110101005. What waited \
            while nobody was there comes first, most severe first.

            On a screen the alerts can be answered with keys: a acknowledge, e en route, o on scene, r resolved, \
            d decline, arrows or n and p select, q quit. Everywhere else, and with --acknowledge-as, --count, --json \
            or --plain, they are printed one after the other.

            RECEIVED is said of an alert once it is on the screen or written out whole. Where it cannot be written, the \
            command ends with 1, and the alert waits for the next terminal, neither received nor acknowledged.

            Examples:
              tocsin listen fire
              tocsin listen police@110101005 grid-officer@110101005003002 --name desk-2
              tocsin listen fire --acknowledge-as "Wang, desk 2"
              tocsin listen fire --json --count 1 | jq .report.headline
            """)

    @Argument(help: ArgumentHelp("Whose alerts to receive.", valueName: "recipient"))
    var recipients: [String]

    @Option(
        help: ArgumentHelp(
            "This terminal's name, which no other of the recipient may have; one that is unique unless said.",
            valueName: "terminal"))
    var name: String?

    @Option(
        name: .customLong("acknowledge-as"),
        help: ArgumentHelp("Acknowledge each alert for action under this name.", valueName: "name"))
    var acknowledgeAs: String?

    @Option(help: ArgumentHelp("End after so many alerts.", valueName: "number"))
    var count: Int?

    @Flag(help: "Print the alerts one after the other even on a screen.")
    var plain = false

    @Flag(help: "Print alerts and what else happens as JSON, one object a line.")
    var json = false

    @OptionGroup var waiting: WaitOption

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func validate() throws {
        for recipient in recipients where Recipient(recipient) == nil {
            throw ValidationError(
                "'\(recipient.shortened)' is not a recipient; those look like 'fire' or 'police@110101005'.")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count must be 1 or more.") }
        if let acknowledgeAs, !(1...Limits.personNameBytes).contains(acknowledgeAs.utf8.count) {
            throw ValidationError("--acknowledge-as must be a name of 1 to \(Limits.personNameBytes) bytes.")
        }
        if let name, !(1...Limits.terminalBytes).contains(name.utf8.count) || name.contains(" ") {
            throw ValidationError("--name must have 1 to \(Limits.terminalBytes) bytes and no spaces.")
        }
    }

    func perform() async throws {
        let endpoint = try endpoints.resolved().alerts
        let terminal = try Terminal(
            endpoint: endpoint, recipients: recipients.compactMap { Recipient($0) },
            name: name ?? Environment.terminalName, options: try waiting.clientOptions(for: endpoints))
        do {
            if isInteractive {
                try await BoardSession(terminal: terminal, title: recipients.joined(separator: ", ")).run()
            } else {
                try await AlertPrinter(
                    terminal: terminal, endpoint: endpoint, acknowledgeAs: acknowledgeAs, count: count, json: json
                ).run()
            }
        } catch let error as ClientError {
            await terminal.close()
            throw Failure(error, at: endpoint, for: .alerts)
        } catch {
            await terminal.close()
            throw error
        }
        await terminal.close()
    }

    private var isInteractive: Bool {
        !plain && !json && acknowledgeAs == nil && count == nil && isatty(STDIN_FILENO) == 1
            && isatty(STDOUT_FILENO) == 1
    }
}

/// Prints alerts one after the other until there are enough, a signal comes, or the broker refuses.
struct AlertPrinter: Sendable {
    /// The time before the absence of a broker is reported.
    private static let patience: Duration = .seconds(3)
    /// The most acknowledgements that the broker has not confirmed. At this number no more alerts are taken, and the
    /// broker keeps them.
    private static let acknowledgementsUnderWay = 1024

    let terminal: Terminal
    let endpoint: String
    let acknowledgeAs: String?
    let count: Int?
    let json: Bool

    func run() async throws {
        // Each task returns true if its end ends the command. Events other than alerts must not end it.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await printAlerts()
                return true
            }
            group.addTask {
                for await _ in Signals.ending() { return true }
                return false
            }
            group.addTask {
                try await printEvents()
                return false
            }
            defer { group.cancelAll() }
            while let isEnd = try await group.next(), !isEnd {}
        }
    }

    private func printAlerts() async throws {
        // An acknowledgement waits for the broker's disk; the next alert does not.
        try await withThrowingTaskGroup(of: Void.self) { group in
            var seen = 0
            var underWay = 0
            for try await alert in terminal.alerts {
                try show(alert)
                terminal.received(alert)
                if let acknowledgeAs, alert.needsAnswer {
                    if underWay == Self.acknowledgementsUnderWay {
                        try await group.next()
                        underWay -= 1
                    }
                    group.addTask { try await acknowledge(alert, by: acknowledgeAs) }
                    underWay += 1
                }
                seen += 1
                if seen == count { break }
            }
            try await group.waitForAll()
        }
    }

    private func show(_ alert: Alert) throws {
        if json {
            try Console.line(AlertView.json(alert))
        } else {
            // The alert is one write, so that no confirmation comes in between.
            try Console.line(AlertView.lines(alert, style: .output).joined(separator: "\n"))
        }
    }

    private func acknowledge(_ alert: Alert, by name: String) async throws {
        let notice = Task {
            try await Task.sleep(for: Self.patience)
            Console.note(
                "tocsin: \(alert.recipient) #\(alert.number): the acknowledgement is not confirmed yet; it is said again "
                    + "until it is.")
        }
        defer { notice.cancel() }
        do {
            let state = try await terminal.acknowledge(alert, by: name)
            if json {
                try Console.line(
                    makeJSON { json in
                        json.member("type", "confirmed")
                        json.member("recipient", alert.recipient)
                        json.member("number", alert.number.value)
                        json.member("state", state)
                        json.member("by", name)
                    })
            } else {
                try Console.line(
                    "          \(alert.recipient) #\(alert.number): " + Style.output.good("\(state.phrase) by \(name)"))
            }
        } catch ClientError.refused(let refusal) {
            // Somebody else may have been faster, or an operator has closed the incident. The next alert is not
            // affected.
            if json {
                try Console.line(EventView.json(.refused(alert.recipient, refusal), number: alert.number))
            } else {
                Console.note("tocsin: \(alert.recipient) #\(alert.number): \(refusal.sentence)")
            }
        }
    }

    private func printEvents() async throws {
        let notice = Task {
            try await Task.sleep(for: Self.patience)
            Console.note("tocsin: no broker at \(endpoint) yet; trying on.")
        }
        defer { notice.cancel() }
        var last = ""
        for await event in terminal.events {
            notice.cancel()
            // The alerts end with this same refusal, and the command with them.
            if case .refused(_, let refusal) = event, refusal.endsTerminal { continue }
            if json {
                try Console.line(EventView.json(event))
            } else {
                let line = EventView.line(event, style: .plain)
                // A repeated refusal is shown once.
                if line != last { Console.note("tocsin: \(line)") }
                last = line
            }
        }
    }
}

extension Refusal {
    /// True if a terminal that is refused so when it joins is over. The others pass, or are about one alert.
    fileprivate var endsTerminal: Bool {
        switch code {
        case .busy, .unavailable, .unknownAlert, .unknownIncident: false
        case .malformed, .unsupported, .invalid, .tooLarge, .notPermitted, .unknownRecipient, .notJoined: true
        }
    }
}
