import ArgumentParser

/// Makes and shows the keys by which a broker and its clients know each other, and who may do what with them.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, show, list, test and revoke the keys by which a broker and its clients know each other.",
        discussion: """
            A broker with a key, and with a file that says which client may do what, lets in nobody else.

            Examples:
              tocsin keys make broker          then what it prints goes into tocsin.yaml
              tocsin keys make handheld-7      then what it prints goes into clients.yaml
              tocsin reload
              tocsin report … --key keys/handheld-7.key --broker-key keys/broker.key
              tocsin keys test handheld-7 report --as handheld-7
              tocsin keys list
              tocsin keys revoke handheld-7 --file /etc/tocsin/clients.yaml
            """,
        subcommands: [
            KeysMakeCommand.self, KeysShowCommand.self, KeysListCommand.self, KeysTestCommand.self,
            KeysRevokeCommand.self,
        ])
}
