import ArgumentParser
import TocsinClient
import TocsinModel

/// Whose subscription it is, and what it is called there.
struct SubscriptionArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Whose subscription it is.", valueName: "recipient"),
        transform: { text in
            if let recipient = Recipient(text) { return recipient }
            throw ValidationError(
                "'\(text.shortened)' is not a recipient; those look like 'fire' or 'police@110101005'.")
        })
    var recipient: Recipient

    @Argument(
        help: ArgumentHelp("What it is called there.", valueName: "name"),
        transform: { text in
            if let name = SubscriptionName(text) { return name }
            throw ValidationError(
                "'\(text.shortened)' is not a subscription's name, which has \(SubscriptionName.expectation).")
        })
    var name: SubscriptionName

    var key: Subscription.Key { Subscription.Key(recipient, name) }
}

/// The options of the commands that change subscriptions, at the alerts endpoint.
struct SubscriptionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Who asks for it; it is stored.", valueName: "name"))
    var by: String?

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    @OptionGroup var waiting: WaitOption

    @Option(
        help: ArgumentHelp("How long to wait for the answer. (default: 5s)", valueName: "time"),
        transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(5)

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if let by, !(1...Limits.personNameBytes).contains(by.utf8.count) {
            throw ValidationError("--by must be a name of 1 to \(Limits.personNameBytes) bytes.")
        }
    }

    /// Opens a connection for the requests of `body`, as a terminal that has joined nobody.
    ///
    /// - Throws: what `body` throws; a ``Failure`` that names the endpoint.
    func session(_ body: (Terminal, Duration) async throws -> Void) async throws {
        let endpoint = try endpoints.resolved().alerts
        let options = try waiting.clientOptions(for: endpoints)
        let within = timeout.duration
        let terminal = try Terminal(
            endpoint: endpoint, recipients: [], name: Environment.terminalName, options: options)
        do {
            try await body(terminal, within)
        } catch let error as ClientError {
            await terminal.close()
            throw Failure(error, at: endpoint, for: .alerts)
        } catch {
            await terminal.close()
            throw error
        }
        await terminal.close()
    }
}
