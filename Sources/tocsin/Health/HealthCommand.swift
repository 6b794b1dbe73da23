import ArgumentParser
import TocsinClient
import TocsinModel

/// Says in one line for a monitor how the broker does.
struct HealthCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Say in one line how the broker does, as monitoring plug-ins do.",
        discussion: """
            One line on standard output, with numbers for graphs behind the bar, and the exit status that Nagios, Icinga \
            and others take: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Where the line cannot be written, it is 3 unless it is 2.

            Critical are a broker that is not there, a journal that cannot write, escalation steps that wait for it, and \
            alerts that nobody answers for too long, and hardly any room on the disk. Warnings are alerts that wait where nobody listens, terminals that do \
            not say RECEIVED, rules that are not those of the file, and what is beyond the thresholds.

            Examples:
              tocsin health
              tocsin health --warn-overdue 2m --critical-overdue 10m
              tocsin health --json | jq .metrics
            """)

    @Option(help: ArgumentHelp("Undelivered alerts beyond this are a warning.", valueName: "number"))
    var warnUndelivered: Int64 = 1000

    @Option(help: ArgumentHelp("Undelivered alerts beyond this are critical.", valueName: "number"))
    var criticalUndelivered: Int64?

    @Option(
        help: ArgumentHelp(
            "An alert that nobody has answered so long beyond its time is a warning. (default: 5m)", valueName: "time"),
        transform: TimeSpan.init)
    var warnOverdue = TimeSpan.seconds(300)

    @Option(
        help: ArgumentHelp(
            "An alert that nobody has answered so long beyond its time is critical. (default: 30m)", valueName: "time"),
        transform: TimeSpan.init)
    var criticalOverdue = TimeSpan.seconds(1800)

    @Option(help: ArgumentHelp("Less room on the journal's disk is a warning.", valueName: "megabytes"))
    var warnFree: Int64 = 2000

    @Option(help: ArgumentHelp("Less room on the journal's disk is critical.", valueName: "megabytes"))
    var criticalFree: Int64 = 300

    @OptionGroup var control: ControlOptions

    var json: Bool { control.json }

    func validate() throws {
        guard warnUndelivered >= 0, criticalUndelivered ?? 0 >= 0 else {
            throw ValidationError("--warn-undelivered and --critical-undelivered must be 0 or more.")
        }
        guard (0...Self.mostMegabytes).contains(warnFree), (0...Self.mostMegabytes).contains(criticalFree) else {
            throw ValidationError("--warn-free and --critical-free must be 0 to \(Self.mostMegabytes) megabytes.")
        }
    }

    func perform() async throws {
        let verdict = await self.verdict()
        do throws(Failure) {
            try Console.line(json ? String(decoding: verdict.json, as: UTF8.self) : verdict.line)
        } catch {
            // A monitor that reads nothing but the status must not take it for a warning, nor miss the worst.
            Console.note("tocsin: \(error.description)")
            throw ExitCode((verdict.level == .critical ? verdict.level : .unknown).rawValue)
        }
        guard verdict.level == .ok else { throw ExitCode(verdict.level.rawValue) }
    }

    /// A bound, so that bytes fit 64 bits.
    private static let mostMegabytes: Int64 = 1_000_000_000

    private func verdict() async -> HealthVerdict {
        let thresholds = HealthThresholds(
            warnUndelivered: warnUndelivered, criticalUndelivered: criticalUndelivered,
            warnOverdue: warnOverdue.duration, criticalOverdue: criticalOverdue.duration,
            warnFree: warnFree * 1_000_000, criticalFree: criticalFree * 1_000_000)
        var verdict = HealthVerdict()
        do {
            let request = try control.request()
            return thresholds.judge(
                try await request.session { try await HealthFacts.ask($0, within: request.timeout) })
        } catch let failure as Failure {
            // A broker that may not be asked, or a wrong configuration of this command's, says nothing of the broker.
            let isBroken = ["unreachable", RefusalCode.unavailable.rawValue].contains(failure.code)
            verdict.note(isBroken ? .critical : .unknown, failure.description)
        } catch {
            verdict.note(.unknown, "\(error)")
        }
        return verdict
    }
}
