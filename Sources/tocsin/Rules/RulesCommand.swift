import ArgumentParser

/// Proves rules before anybody relies on them.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Prove rules before anybody relies on them.",
        discussion: """
            'tocsin check' says whether a file is right; these commands say whether it does what is meant.

            Examples:
              tocsin rules prove Config/dongcheng/rules.yaml
              sudo tocsin rules rehearse new-rules.yaml --last 30d
            """,
        subcommands: [ProveCommand.self, RehearseCommand.self])
}
