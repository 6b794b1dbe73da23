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

    @Option(
        help: ArgumentHelp(
            "How many reports a second; max for as many as the broker takes. (default: 100/s)", valueName: "n/s"),
        transform: Rate.init)
    var rate = Rate(100)

    @Option(help: ArgumentHelp("How many reports may be without a receipt at a time.", valueName: "number"))
    var outstanding = 256

    @Option(
        help: ArgumentHelp("How long to go on trying with one report. (default: 30s)", valueName: "time"),
        transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(30)

    @Flag(help: "Print the summary as one JSON object.")
    var json = false

    @OptionGroup var waiting: WaitOption

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func validate() throws {
        guard (1...65_536).contains(outstanding) else {
            throw ValidationError("--outstanding must be 1 to 65536.")
        }
    }

    func perform() async throws {
        let endpoint = try endpoints.resolved().reports
        var lines = try LineReader(file)
        let reporter = try Reporter(endpoint: endpoint, options: try waiting.clientOptions(for: endpoints))
        var tally = ReplayTally()
        do {
            try await reporter.reach()
            try await replay(&lines, reporter, &tally)
        } catch let error as ClientError {
            await reporter.close()
            throw Failure(error, at: endpoint, for: .reports)
        } catch {
            await reporter.close()
            throw error
        }
        await reporter.close()
        Console.progress("")
        try show(tally)
        guard tally.unanswered == 0 else { throw ExitCode(ExitStatus.unreachable.rawValue) }
        guard tally.refused == 0, tally.differing == 0 else { throw ExitCode(ExitStatus.refused.rawValue) }
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
        if let problem = tally.add(outcome, line: line), !json {
            Console.progress("")
            Console.note("\(file):\(line): \(problem)")
        }
        let now = ContinuousClock.now
        guard Console.showsProgress, now - tally.shownAt > .milliseconds(100) else { return }
        tally.shownAt = now
        Console.progress("\(tally.text) in \(Clock.duration(now - started))")
    }

    private func show(_ tally: ReplayTally) throws {
        if json {
            try Console.line(
                makeJSON { json in
                    json.member("receipts", tally.receipts)
                    json.member("duplicates", tally.duplicates)
                    json.member("differing", tally.differing)
                    json.member("refused", tally.refused)
                    json.member("unanswered", tally.unanswered)
                    json.member("alerts", tally.alerts)
                    json.member("milliseconds", tally.duration.wholeMilliseconds)
                    json.array("problems") { json in
                        for problem in tally.problems { problem.write(to: &json) }
                    }
                })
        } else {
            for problem in tally.problems where problem.count > 1 {
                Console.note(
                    "tocsin: \(counted(problem.count, "report")), line \(problem.line) the first: \(problem.text)")
            }
            let seconds = Double(tally.duration.wholeMilliseconds) / 1000
            let speed = seconds > 0 ? ", \(Int(Double(tally.total) / seconds).grouped)/s" : ""
            try Console.line("\(tally.text) in \(Clock.duration(tally.duration))\(speed)")
        }
    }
}

/// The outcomes of a file's reports.
struct ReplayTally {
    enum Outcome: Sendable {
        case receipted(Receipt)
        case refused(Refusal)
        case unanswered(String)
    }

    /// A problem of one report or of many.
    struct Problem: Sendable {
        /// The line of the first report that has the problem.
        var line: Int
        var code: String
        var text: String
        var count = 1

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.member("line", line)
                json.member("code", code)
                json.member("message", text)
                json.member("reports", count)
            }
        }
    }

    /// The most different problems that are shown. Of more than these a person reads the number.
    private static let toldProblems = 20

    /// The problems in the order in which they came.
    private(set) var problems: [Problem] = []
    private(set) var receipts = 0
    private(set) var duplicates = 0
    /// Duplicates that are different reports under a name that is taken. They were not stored.
    private(set) var differing = 0
    private(set) var refused = 0
    private(set) var unanswered = 0
    private(set) var alerts = 0
    var duration: Duration = .zero
    /// The time at which progress was last shown.
    var shownAt = ContinuousClock.now

    var total: Int { receipts + refused + unanswered }

    /// Counts an outcome, and returns the message to show now. A message that many reports share is shown once.
    mutating func add(_ outcome: Outcome, line: Int) -> String? {
        switch outcome {
        case .receipted(let receipt):
            receipts += 1
            if receipt.isDuplicate { duplicates += 1 } else { alerts += receipt.recipients.count }
            guard receipt.differs else { return nil }
            differing += 1
            return note("differs", "not stored: another report has its sender and identifier", line: line)
        case .refused(let refusal):
            refused += 1
            return note(refusal.code.rawValue, refusal.sentence, line: line)
        case .unanswered(let text):
            unanswered += 1
            return note("unreachable", text, line: line)
        }
    }

    private mutating func note(_ code: String, _ text: String, line: Int) -> String? {
        if let index = problems.firstIndex(where: { $0.text == text }) {
            problems[index].count += 1
            problems[index].line = min(problems[index].line, line)
            return nil
        }
        guard problems.count < Self.toldProblems else { return nil }
        problems.append(Problem(line: line, code: code, text: text))
        return text
    }

    var text: String {
        var parts = [counted(receipts, "receipt"), counted(duplicates, "duplicate"), "\(refused.grouped) refused"]
        if differing > 0 { parts.append("\(differing.grouped) not stored") }
        if unanswered > 0 { parts.append("\(unanswered.grouped) without an answer") }
        return parts.joined(separator: ", ") + ", \(counted(alerts, "alert"))"
    }
}
