import ArgumentParser
import Glibc
import TocsinClient
import TocsinConfiguration
import TocsinModel

/// Looks at everything that a broker needs.
struct DoctorCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at all that the broker needs, and say what is well and what to do.",
        discussion: """
            The configuration and the files that it names, the folders and who may use them, disk and file system, clock, \
            limits, versions, and whether each endpoint is reached. Nothing is changed. As root it sees more. Without \
            --config it looks at /etc/tocsin/tocsin.yaml, if that is there.

            Examples:
              sudo tocsin doctor
              tocsin doctor --config my-site/tocsin.yaml
              tocsin doctor --json | jq '.findings[] | select(.state == "todo")'

            The exit status is 1 where something is to be done.
            """)

    private static let usualConfiguration = "/etc/tocsin/tocsin.yaml"

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func perform() async throws {
        var endpoints = endpoints
        if endpoints.configuration == nil, access(Self.usualConfiguration, F_OK) == 0 {
            endpoints.configuration = Self.usualConfiguration
        }
        let findings = await findings(endpoints)
        if json {
            try Console.line(
                makeJSON { json in
                    json.array("findings") { json in
                        for finding in findings { finding.write(to: &json) }
                    }
                })
        } else {
            for finding in findings {
                for line in finding.lines(width: Console.width, style: .output) { try Console.line(line) }
            }
        }
        if findings.contains(where: { $0.state == .todo }) { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private func findings(_ endpoints: EndpointOptions) async -> [Finding] {
        var findings = [configuration(endpoints.configuration)]
        let file = endpoints.configuration
        let variables = ConfigurationKey.allCases.map(\.variable)
        let named = ConfigurationReading(file: file, environment: Environment.variables(variables), flags: [])
            .configuration
        let state = named.state ?? Environment["STATE_DIRECTORY"] ?? "/var/lib/tocsin"
        let runtime = named.runtime ?? Environment["RUNTIME_DIRECTORY"] ?? "/run/tocsin"
        let resolved: (all: Endpoints, feed: String, keys: ClientKeys?)
        do {
            resolved = (try endpoints.resolved(), try endpoints.feed(nil), try endpoints.keys())
        } catch {
            return findings + [.todo("endpoints", "\(error)", "Name the endpoints that the broker has.")]
        }
        findings.append(FolderCheck.state(state))
        if resolved.all.control.hasPrefix("ipc://") {
            findings.append(FolderCheck.runtime(runtime, socket: String(resolved.all.control.dropFirst(6))))
        }
        findings += DiskCheck.finding(state, mounts: text("/proc/self/mountinfo") ?? "")
        findings.append(MachineCheck.clock())
        let broker = BrokerCheck(endpoints: resolved.all, feed: resolved.feed, keys: resolved.keys)
        let status = await broker.status()
        findings += await broker.findings(status)
        let process = (try? status.get()).map { "/proc/\($0.processID)" }
        findings.append(MachineCheck.libraries(daemon: (try? status.get())?.version))
        guard let process else { return findings }
        findings.append(MachineCheck.descriptors(text("\(process)/limits")))
        findings.append(MachineCheck.memory(text("\(process)/cgroup"), read: text))
        return findings
    }

    private func configuration(_ file: String?) -> Finding {
        guard let file else {
            return .unknown(
                "configuration", "none is named, and \(Self.usualConfiguration) is not there",
                "Name it with --config, or begin with 'tocsin init'.")
        }
        var check = FileCheck(departments: nil, grids: nil)
        check.configuration(file)
        guard let first = check.problems.first else {
            return .ok("configuration", check.summary.joined(separator: "; "))
        }
        let more = check.problems.count > 1 ? " (and \((check.problems.count - 1).grouped) more)" : ""
        return .todo("configuration", first + more, "'tocsin check --config \(file)' names every problem.")
    }

    private func text(_ path: String) -> String? { try? InputFile.text(path) }
}
