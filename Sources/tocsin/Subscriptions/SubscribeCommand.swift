import ArgumentParser
import TocsinClient
import TocsinModel

/// Subscribes a recipient to reports that meet conditions.
struct SubscribeCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "Have a recipient told of every report that meets conditions, beside whomever the rules tell.",
        discussion: """
            The directory must allow it: 'may-subscribe: information' or 'action' of the department or the role. The \
            conditions are those of a rule's 'when', as JSON. A subscription of the same name is replaced. 'tocsin status \
            --subscriptions' lists them all.

            Examples:
              tocsin subscribe leader@110101 fires \\
                --when '{"category": "Fire", "severity": "at least Severe"}'
              tocsin subscribe gas leaks --when leaks.json --purpose action \\
                --by "Li, gas works"
            """)

    @OptionGroup var subscription: SubscriptionArguments

    @Option(
        help: ArgumentHelp("The conditions, or a file that has them; - is standard input.", valueName: "json-or-file"))
    var when: String

    @Option(help: "What it is told for; action must be acknowledged.")
    var purpose: Purpose = .information

    @OptionGroup var asking: SubscriptionOptions

    var json: Bool { asking.json }

    func perform() async throws {
        let key = subscription.key
        let conditions = try ConditionsArgument.read(when)
        try await asking.session { terminal, timeout in
            try await terminal.subscribe(
                key.recipient, key.name, when: conditions, purpose: purpose, by: asking.by, within: timeout)
        }
        if json {
            try Console.line(
                makeJSON { json in
                    json.member("recipient", key.recipient)
                    json.member("subscribed", key.name.text)
                })
        } else {
            try Console.line("\(key.recipient) is told by its subscription \(key.name.text.printable) from now on.")
        }
    }
}

/// Ends a subscription.
struct UnsubscribeCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "unsubscribe",
        abstract: "End a subscription: its recipient is told by the rules alone from now on.",
        discussion: """
            What the subscription has brought stays with its recipient.

            Example:
              tocsin unsubscribe leader@110101 fires --by "Li"
            """)

    @OptionGroup var subscription: SubscriptionArguments

    @OptionGroup var asking: SubscriptionOptions

    var json: Bool { asking.json }

    func perform() async throws {
        let key = subscription.key
        do {
            try await asking.session { terminal, timeout in
                try await terminal.unsubscribe(key.recipient, key.name, by: asking.by, within: timeout)
            }
        } catch let failure as Failure {
            throw failure.hinting("'tocsin status --subscriptions' lists what each has.", at: "name")
        }
        if json {
            try Console.line(
                makeJSON { json in
                    json.member("recipient", key.recipient)
                    json.member("unsubscribed", key.name.text)
                })
        } else {
            try Console.line("The subscription \(key.name.text.printable) of \(key.recipient) is ended.")
        }
    }
}
