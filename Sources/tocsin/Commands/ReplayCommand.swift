import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Reports many incidents from a file.
struct ReplayCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Report every incident of a file, one JSON object a line.",
        discussion: """
            Each report is sent again until it is receipted; what is in the journal already is a duplicate and does \
            no harm, so a replay that was stopped can be started again.

            Examples:
              tocsin replay incidents.ndjson --rate 50/s
              tocsin replay - --rate max < incidents.ndjson

            The exit status is 1 where a report was refused, and 2 where one had no receipt in time.
            """)

    @Argument(help: "A file with one report a line, or - for standard input.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("How many reports a second; max for as many as the broker takes.", valueName: "n/s"))
    var rate = Rate(100)

    @Option(help: ArgumentHelp("How many reports may be without a receipt at a time.", valueName: "number"))
    var outstanding = 256

    @Option(help: ArgumentHelp("How long to go on trying with one report.", valueName: "time"))
    var timeout = TimeSpan.seconds(30)

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func validate() throws {
        guard (1...65_536).contains(outstanding) else {
            throw ValidationError("--outstanding must be 1 to 65536.")
        }
    }

    func perform() async throws {
        let endpoint = try endpoints.resolved().reports
        var lines = try LineReader(file)
        let reporter = try Reporter(endpoint: endpoint)
        var tally = ReplayTally()
        do {
            try await replay(&lines, reporter, &tally)
        } catch {
            await reporter.close()
            throw error
        }
        await reporter.close()
        Console.progress("")
        show(tally)
        guard tally.unanswered == 0 else { throw ExitCode(ExitStatus.unreachable.rawValue) }
        guard tally.refused == 0 else { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private func replay(_ lines: inout LineReader, _ reporter: Reporter, _ tally: inout ReplayTally) async throws {
        let started = ContinuousClock.now
        try await withThrowingTaskGroup(of: (Int, ReplayTally.Outcome).self) { group in
            var number = 0
            var sent = 0
            var underWay = 0
            while let line = try lines.next() {
                number += 1
                guard line.contains(where: { $0 > 0x20 }) else { continue }
                if underWay >= outstanding, let (number, outcome) = try await group.next() {
                    underWay -= 1
                    note(outcome, line: number, in: &tally, started)
                }
                if rate.perSecond != nil {
                    try await Task.sleep(until: started + rate.due(sent), clock: .continuous)
                }
                sent += 1
                underWay += 1
                group.addTask { [number, limit = timeout.duration] in
                    (number, await Self.outcome(of: line, reporter, limit))
                }
            }
            while let (number, outcome) = try await group.next() { note(outcome, line: number, in: &tally, started) }
        }
        tally.duration = ContinuousClock.now - started
    }

    private static func outcome(
        of line: [UInt8], _ reporter: Reporter, _ limit: Duration
    ) async -> ReplayTally.Outcome {
        do {
            return .receipted(try await reporter.report(line, within: limit))
        } catch ClientError.refused(let refusal) {
            return .refused(refusal)
        } catch {
            return .unanswered("\(error)")
        }
    }

    private func note(
        _ outcome: ReplayTally.Outcome, line: Int, in tally: inout ReplayTally, _ started: ContinuousClock.Instant
    ) {
        if let problem = tally.add(outcome) {
            Console.progress("")
            Console.note("\(file):\(line): \(problem)")
        }
        if tally.total % 256 == 0 {
            Console.progress("\(tally.text), \(Clock.duration(ContinuousClock.now - started))")
        }
    }

    private func show(_ tally: ReplayTally) {
        if json {
            Console.line(
                makeJSON { json in
                    json.member("receipts", tally.receipts)
                    json.member("duplicates", tally.duplicates)
                    json.member("refused", tally.refused)
                    json.member("unanswered", tally.unanswered)
                    json.member("alerts", tally.alerts)
                    json.member("milliseconds", tally.duration.wholeMilliseconds)
                })
        } else {
            let seconds = Double(tally.duration.wholeMilliseconds) / 1000
            let speed = seconds > 0 ? ", \(Int(Double(tally.total) / seconds).grouped)/s" : ""
            Console.line("\(tally.text) in \(Clock.duration(tally.duration))\(speed)")
        }
    }
}

/// What has become of the reports of a file.
struct ReplayTally {
    enum Outcome: Sendable {
        case receipted(Receipt)
        case refused(Refusal)
        case unanswered(String)
    }

    /// Problems that are printed; of more than these a person reads the number.
    private static let shownProblems = 20

    private(set) var receipts = 0
    private(set) var duplicates = 0
    private(set) var refused = 0
    private(set) var unanswered = 0
    private(set) var alerts = 0
    var duration: Duration = .zero

    var total: Int { receipts + refused + unanswered }

    /// Counts an outcome; answers what is to be said of it.
    mutating func add(_ outcome: Outcome) -> String? {
        switch outcome {
        case .receipted(let receipt):
            receipts += 1
            if receipt.isDuplicate { duplicates += 1 } else { alerts += receipt.recipients.count }
            return nil
        case .refused(let refusal):
            refused += 1
            return refused + unanswered <= Self.shownProblems ? refusal.sentence : nil
        case .unanswered(let text):
            unanswered += 1
            return refused + unanswered <= Self.shownProblems ? text : nil
        }
    }

    var text: String {
        var parts = [counted(receipts, "receipt"), counted(duplicates, "duplicate"), "\(refused.grouped) refused"]
        if unanswered > 0 { parts.append("\(unanswered.grouped) without an answer") }
        return parts.joined(separator: ", ") + ", \(counted(alerts, "alert"))"
    }
}
