import ArgumentParser
import TocsinModel
import TocsinProof
import TocsinRouting

/// Shows what is true of a rule file for every report there can be.
struct ProveCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Say what no rule is for, which rules never match, whom none reaches, and where no leader is told.",
        discussion: """
            Looked at is every class of reports that the rules can tell apart: by category, event, severity, urgency, \
            certainty, status, type, place, time, parameters, event codes and sender. Every finding has an example, \
            which the rules themselves have been asked about. No broker is needed.

              falls through   new reports in earnest, and exercises, that no rule matches
              only informs    the same, where the rules that match name nobody who has to act
              never match     rules whose conditions no report meets, or that come after a rule with 'stop' that does
              not reached     mailboxes to which no rule, step, fallback or 'supervised-by' leads
              without leader  'notify' whose steps lead to no leader; of several rules for a recipient one suffices
              many alerts     mailboxes with more alerts of one incident, if nobody answers, than --alerts

            Searches ('text', 'matches') and distances ('near') are taken to hold or not, whatever else holds. Where no \
            example was found of what that allows, the proof is not complete, and says for which rules.

            Examples:
              tocsin rules prove Config/dongcheng/rules.yaml
              tocsin rules prove --config /etc/tocsin/tocsin.yaml --strict
              tocsin rules prove rules.yaml --leader leader --leader party-secretary \\
                --alerts 3
              tocsin rules prove rules.yaml --json | jq '.gaps[].example.report'

            The exit status is 0 whatever is found, or 3 with --strict where anything is; 1 where the proof had to stop \
            before its end; 3 where the files are wrong.
            """)

    @Argument(
        help: ArgumentHelp("The rules.", valueName: "rules"), completion: .file(extensions: ["yaml", "yml"]))
    var rules: String?

    @OptionGroup var beside: BesideRules

    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The daemon's configuration file, instead of the rules.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var configurationFile: String?

    @Option(
        help: ArgumentHelp(
            "A role or department that is a leader; may be given several times. (default: leader)", valueName: "name"))
    var leader: [String] = []

    @Option(help: ArgumentHelp("The most alerts of one incident that a mailbox should get.", valueName: "count"))
    var alerts = ProofWishes.defaultAlerts

    @Flag(help: "End with exit status 3 where anything is found.")
    var strict = false

    @Flag(help: "Print one JSON object, with every finding.")
    var json = false

    func validate() throws {
        guard (rules == nil) != (configurationFile == nil) else {
            throw ValidationError("Give a rule file or --config, and not both.")
        }
        guard rules != nil || beside.isEmpty else {
            throw ValidationError("--departments, --grids and --holidays go with a rule file.")
        }
        guard alerts > 0 else { throw ValidationError("--alerts is at least 1.") }
    }

    func perform() async throws {
        let files = try files()
        let directory = try files.directory()
        let ruleset = try files.ruleset(directory)
        try checkLeaders(directory, departments: files.others.departments)
        let proof = Proof(
            of: ruleset,
            ProofWishes(leaders: leader.isEmpty ? ProofWishes.defaultLeaders : leader, alerts: alerts, now: Clock.now))
        if json {
            var json = JSONWriter()
            proof.write(to: &json)
            try Console.line(json.bytes)
        } else {
            let view = ProofView(proof, ruleset, file: files.rules, style: .output)
            for line in view.lines { try Console.line(line) }
        }
        if strict, proof.findings > 0 || proof.extent.isStopped { throw ExitCode(ExitStatus.invalid.rawValue) }
        if proof.extent.isStopped { throw ExitCode(ExitStatus.refused.rawValue) }
    }

    private func files() throws -> RuleFiles {
        if let rules { return try beside.files(rules: rules) }
        guard let configurationFile else { preconditionFailure("validate() demands one of both.") }
        return try RuleFiles(configuration: configurationFile)
    }

    /// Refuses a leader whom the directory does not know: everything would be without one.
    private func checkLeaders(_ directory: Directory, departments: String) throws {
        let known = directory.roles.map(\.name.name) + directory.departments.map(\.name.name)
        for name in leader where !known.contains(name) {
            throw Failure(
                .invalid,
                "\(departments): " + Suggestion.message(name, isNot: "a role or a department", valid: known))
        }
    }
}
