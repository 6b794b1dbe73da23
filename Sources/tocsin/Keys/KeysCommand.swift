import ArgumentParser

/// Makes and shows the keys by which a broker and its clients know each other.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make and show the keys by which a broker and its clients know each other.",
        discussion: """
            A broker with a key, and with a file that says which client may do what, lets in nobody else.

            Examples:
              tocsin keys make broker          then what it prints goes into tocsin.yaml
              tocsin keys make handheld-7      then what it prints goes into clients.yaml
              tocsin reload
              tocsin report … --key keys/handheld-7.key --broker-key keys/broker.key
            """,
        subcommands: [KeysMakeCommand.self, KeysShowCommand.self])
}
