import ArgumentParser
import Dispatch
import Glibc
import TocsinModel

/// The command line for everybody except the daemon.
@main
struct Tocsin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Report incidents, receive alerts, and ask a Tocsin broker.",
        discussion: """
            Tocsin takes incident reports, makes them durable, decides by rule who must know, and tells them until \
            somebody has acknowledged.

            See it work, with a broker of its own:
              tocsin demo

            Begin with a configuration of your own:
              tocsin init my-site

            Against a running tocsind:
              tocsin listen fire
              tocsin report --event structure-fire --category Fire --severity Severe \\
                --grid 110101005003002
              tocsin show 2                  the number that 'report' printed

            The endpoints are tcp://127.0.0.1:7701 for reports, tcp://127.0.0.1:7702 for alerts and \
            ipc:///run/tocsin/control.ipc for control, unless a flag, one of TOCSIN_ENDPOINTS_REPORTS, \
            TOCSIN_ENDPOINTS_ALERTS and TOCSIN_ENDPOINTS_CONTROL, or --config says otherwise.

            Exit status:
              0   done
              1   refused by the broker, or what was asked for did not happen
              2   no broker was there, or none answered in time
              3   the input, a rule file or the configuration is wrong
              64  the command line is wrong
              141 whoever read the output has gone, as with '| head'

            Completion for bash, zsh and fish:
              tocsin --generate-completion-script bash > /etc/bash_completion.d/tocsin
            """,
        version: Release.version,
        groupedSubcommands: [
            CommandGroup(name: "Field", subcommands: [ReportCommand.self, RateCommand.self, ReplayCommand.self]),
            CommandGroup(
                name: "Department",
                subcommands: [ListenCommand.self, WatchCommand.self, SubscribeCommand.self, UnsubscribeCommand.self]),
            CommandGroup(
                name: "Operator",
                subcommands: [
                    StatusCommand.self, HealthCommand.self, DoctorCommand.self, IncidentsCommand.self, ShowCommand.self,
                    StatsCommand.self, DutyCommand.self, CloseCommand.self, ReopenCommand.self, SilenceCommand.self,
                    UnsilenceCommand.self, SilencesCommand.self, SplitCommand.self, ReloadCommand.self,
                    InitCommand.self,
                    CheckCommand.self, ExplainCommand.self,
                    RulesCommand.self, KeysCommand.self,
                ]),
            CommandGroup(
                name: "Journal",
                subcommands: [
                    AuditCommand.self, BackupCommand.self, RestoreCommand.self, VerifyCommand.self, SalvageCommand.self,
                ]),
            CommandGroup(name: "Trial", subcommands: [DemoCommand.self, DrillCommand.self, BenchCommand.self]),
        ])

    static func main() {
        // libdispatch's threads ask for priorities that an ordinary user may not give. Without this variable it would write
        // that to the system's log at every command. It reads the variable when its first thread begins.
        setenv("LIBDISPATCH_LOG", "NO", 0)
        Task {
            await runCommand()
            exit()
        }
        dispatchMain()
    }

    private static func runCommand() async {
        do {
            var commands: [String] = []
            for group in configuration.groupedSubcommands {
                for command in group.subcommands {
                    if let name = command.configuration.commandName { commands.append(name) }
                }
            }
            try CommandLineCheck.check(CommandLine.arguments.dropFirst(), commands: commands)
            var command = try parseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            // A monitor knows its plug-in's own statuses alone.
            if exitCode(for: error) == .validationFailure, CommandLine.arguments.dropFirst().first == "health" {
                var verdict = HealthVerdict()
                verdict.note(.unknown, message(for: error))
                _ = try? Console.line(verdict.line)
                exit(withError: ExitCode(verdict.level.rawValue))
            }
            // Programs read the errors of the command line too.
            if exitCode(for: error) == .validationFailure, CommandLine.arguments.contains("--json") {
                Console.note(String(decoding: Failure(.usage, message(for: error)).json, as: UTF8.self))
                exit(withError: ExitCode.validationFailure)
            }
            exit(withError: error)
        }
    }
}
