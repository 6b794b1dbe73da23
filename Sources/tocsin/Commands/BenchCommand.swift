import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// Measures throughput and latency.
struct BenchCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how many incidents a second a broker takes, and how soon its alerts arrive.",
        discussion: """
            Starts a tocsind of its own with the journal in a temporary folder (TMPDIR: put it on the disk that you \
            mean), or measures a running one that --reports and --alerts name; there the reports have status Test, and \
            its rules decide who is told of --event.

            Three measurements: departments are informed; departments acknowledge each alert by name; and, at a steady \
            rate, the time from a report being due to its receipt and to each alert. Every report is receipted, every \
            alert RECEIVED.

            Examples:
              tocsin bench
              tocsin bench --incidents 200000 --fan-out 16 --json
              tocsin bench --event bench-4 --reports tcp://127.0.0.1:7701 \\
                --alerts tcp://127.0.0.1:7702
            """)

    @Option(help: ArgumentHelp("How many reports a measurement of throughput sends.", valueName: "number"))
    var incidents = 50_000

    @Option(
        name: .customLong("fan-out"), help: ArgumentHelp("How many departments are told of each.", valueName: "number"))
    var fanOut = 4

    @Option(help: ArgumentHelp("How many reports may be without a receipt at a time.", valueName: "number"))
    var outstanding = 1024

    @Option(
        help: ArgumentHelp(
            "How many reports a second the measurement of latency sends. (default: 1000/s)", valueName: "n/s"),
        transform: Rate.init)
    var rate = Rate(1000)

    @Option(
        help: ArgumentHelp("How long the measurement of latency takes. (default: 10s)", valueName: "time"),
        transform: TimeSpan.init)
    var duration = TimeSpan.seconds(10)

    @Option(help: ArgumentHelp("Where a running broker takes reports.", valueName: "endpoint"))
    var reports: String?

    @Option(help: ArgumentHelp("Where terminals connect to it.", valueName: "endpoint"))
    var alerts: String?

    @Option(
        help: ArgumentHelp("The event that is reported to a running broker; bench-4 unless said.", valueName: "event"))
    var event: String?

    @Flag(help: "Print the results as one JSON object.")
    var json = false

    func validate() throws {
        guard (reports == nil) == (alerts == nil) else {
            throw ValidationError("--reports and --alerts go together: both of a running broker, or neither.")
        }
        guard event == nil || reports != nil else { throw ValidationError("--event goes with --reports and --alerts.") }
        guard BenchRules.fanOuts.contains(fanOut) else { throw ValidationError("--fan-out must be 1 to 32.") }
        guard (1...100_000_000).contains(incidents) else {
            throw ValidationError("--incidents must be 1 to 100000000.")
        }
        guard (1...16_384).contains(outstanding) else { throw ValidationError("--outstanding must be 1 to 16384.") }
        guard rate.perSecond != nil else { throw ValidationError("--rate must be a number a second.") }
    }

    func perform() async throws {
        let results: [BenchResult]
        if let reports, let alerts {
            results = try await measure(
                reports: reports, alerts: alerts, events: [event ?? BenchRules.informed(fanOut)])
        } else {
            results = try await measureOwn()
        }
        if json {
            try Console.line(
                makeJSON { json in
                    json.array("results") { json in
                        for result in results { result.write(to: &json) }
                    }
                })
        } else {
            for result in results {
                for line in result.lines(style: .output) { try Console.line(line) }
            }
        }
    }

    private func measureOwn() async throws -> [BenchResult] {
        let folder = try TemporaryFolder("tocsin-bench")
        let signals = Signals.ending()
        let daemon = try folder.orRemoved {
            try DaemonProcess(
                .init(
                    folder: folder, rules: folder.write("rules.yaml", BenchRules.rules(fanOut)),
                    departments: folder.write("departments.yaml", BenchRules.departments(fanOut)), grids: nil,
                    heartbeat: "5s", redeliverAfter: "60s"))
        }
        let outcome: Result<[BenchResult], any Error>
        do {
            outcome = .success(
                try await withThrowingTaskGroup(of: [BenchResult].self) { group in
                    group.addTask { try await measure(daemon) }
                    group.addTask {
                        for await signal in signals { throw ExitCode(128 + signal) }
                        throw CancellationError()
                    }
                    defer { group.cancelAll() }
                    return try await group.next() ?? []
                })
        } catch {
            outcome = .failure(error)
        }
        await daemon.stop()
        folder.remove()
        return try outcome.get()
    }

    private func measure(_ daemon: DaemonProcess) async throws -> [BenchResult] {
        let status = try await daemon.start()
        let results = try await measure(
            reports: status.endpoints.reports, alerts: status.endpoints.alerts,
            events: [BenchRules.informed(fanOut), BenchRules.acknowledged(fanOut)])
        let waiting = try await daemon.info().known().undeliveredAlerts
        guard waiting == 0 else {
            throw Failure(.refused, "\(waiting) alerts are not RECEIVED by the broker's word.")
        }
        return results
    }

    private func measure(reports: String, alerts: String, events: [String]) async throws -> [BenchResult] {
        let load = try await connect(reports: reports, alerts: alerts, event: events[0])
        do {
            let results = try await measure(load, events)
            await load.close()
            Console.progress("")
            return results
        } catch {
            await load.close()
            Console.progress("")
            throw error
        }
    }

    /// Learns the event's recipients from a first report, and opens their terminals.
    private func connect(reports: String, alerts: String, event: String) async throws -> BenchLoad {
        let reporter = try Reporter(endpoint: reports)
        do {
            let probe = BenchReports(event: event).report(0, at: Monotonic.now)
            let told = try await reporter.report(probe, within: .seconds(10)).recipients.map(\.recipient)
            let terminal = try Terminal(
                endpoint: alerts, recipients: told, name: Environment.terminalName, credit: 2048)
            for try await alert in terminal.alerts {
                terminal.received(alert)
                if alert.needsAnswer { _ = try await terminal.acknowledge(alert, by: "bench, desk 1") }
                if alert.report == probe, alert.recipient == told.last { break }
            }
            let load = BenchLoad(reporter: reporter, terminals: [terminal])
            load.open()
            return load
        } catch {
            await reporter.close()
            throw error
        }
    }

    private func measure(_ load: BenchLoad, _ events: [String]) async throws -> [BenchResult] {
        var results: [BenchResult] = []
        for (index, event) in events.enumerated() {
            let isAnswered = index > 0
            let name = isAnswered ? "Throughput, each alert acknowledged by name" : "Throughput"
            // A twentieth of the load warms up: the journal gets its pages and the connections their buffers.
            _ = try await load.flood(event, incidents: max(1, incidents / 20), outstanding: outstanding) { _ in }
            let counts = try await load.flood(event, incidents: incidents, outstanding: outstanding) {
                show(isAnswered ? "With acknowledgements" : "Throughput", $0)
            }
            results.append(
                BenchResult(
                    name: "\(name), \(fanOut(counts)) recipients, \(outstanding.grouped) reports outstanding",
                    event: event, kind: .flood(outstanding: outstanding), counts: counts))
        }
        let total = Int((rate.perSecond ?? 0) * Double(duration.duration.wholeMilliseconds) / 1000)
        let counts = try await load.pace(events[0], incidents: max(1, total), rate: rate) { show("Latency", $0) }
        results.append(
            BenchResult(
                name: "Latency at \(rate), \(fanOut(counts)) recipients", event: events[0],
                kind: .pace(rate, load.latencies), counts: counts))
        return results
    }

    private func fanOut(_ counts: BenchLoad.Counts) -> Int {
        counts.receipts > 0 ? counts.promised / counts.receipts : 0
    }

    private func show(_ name: String, _ counts: BenchLoad.Counts) {
        let acknowledged =
            counts.promisedForAction > 0 ? ", \(counts.acknowledged.grouped) acknowledged" : ""
        Console.progress(
            "\(name): \(counts.receipts.grouped)/\(counts.sent.grouped) receipts, \(counts.alerts.grouped) alerts"
                + acknowledged)
    }
}
