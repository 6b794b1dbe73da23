import ArgumentParser
import TocsinClient
import TocsinModel

/// Shows what happens at the broker, as it happens.
struct WatchCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch the feed: incidents, alerts and what becomes of them, as it happens.",
        discussion: """
            The feed promises nothing: what happens while the connection is away, or faster than it can be shown, is \
            missed, and that is said. Whoever must act uses 'tocsin listen'.

            A topic is incident/CATEGORY/SEVERITY/GRID, alert/RECIPIENT/SEVERITY/GRID or state/INCIDENT. Each argument is \
            the beginning of topics; without one everything is shown. End it with a slash where a part ends: alert/fire/ \
            is fire alone, and alert/fire also fire-prevention.

            Examples:
              tocsin watch
              tocsin watch incident/Fire/ alert/fire/
              tocsin watch state/1234
              tocsin watch incident --json | jq .item.report.headline
            """)

    @Argument(
        help: ArgumentHelp("The beginning of topics.", valueName: "topic"), transform: TopicPrefix.init(argument:))
    var topics: [TopicPrefix] = []

    @Option(help: ArgumentHelp("End after so many items.", valueName: "number"))
    var count: Int?

    @Flag(help: "Print what happens as JSON, one object a line.")
    var json = false

    @OptionGroup var waiting: WaitOption

    @Option(help: ArgumentHelp("Where the broker publishes its feed.", valueName: "endpoint"))
    var feed: String?

    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    func validate() throws {
        guard count ?? 1 > 0 else { throw ValidationError("--count must be 1 or more.") }
    }

    func perform() async throws {
        let endpoint = try endpoints.feed(feed)
        let feed = try Feed(
            endpoint: endpoint, prefixes: topics.map(\.text), options: try waiting.clientOptions(for: endpoints))
        defer { feed.close() }
        do {
            try await show(feed)
        } catch let error as ClientError {
            throw Failure(error, at: endpoint, for: .feed)
        }
    }

    private func show(_ feed: Feed) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await printEvents(of: feed) }
            group.addTask {
                for await _ in Signals.ending() { return }
            }
            defer { group.cancelAll() }
            try await group.next()
            feed.close()
        }
    }

    private func printEvents(of feed: Feed) async throws {
        var seen = 0
        var wasConnected = false
        for try await event in feed.events {
            switch event {
            case .item(let topic, let item):
                guard try isWanted(topic, item) else { continue }
                try show(topic, item)
                seen += 1
                if seen == count { return }
            case .connected:
                try say("connected", wasConnected ? "The broker is back." : nil)
                wasConnected = true
            case .disconnected: try say("disconnected", "The broker is away; what happens now is missed.")
            case .shutOut(let absence): try say("shutOut", "\(absence.words(.feed)) Trying on.", isMessage: true)
            case .refused(let prefix, let refusal): try say(refusal, of: prefix)
            case .dropped(let count):
                try say("dropped", "\(counted(count, "item")) came too fast and are missing here.", count)
            }
        }
    }

    private func show(_ topic: String, _ item: [UInt8]) throws {
        guard !json else { return try Console.line(FeedView.json(topic: topic, item)) }
        try Console.line(
            readAnswer(item) { (node) throws(Refusal) in
                try FeedView.line(topic: topic, node, style: .output)
            })
    }

    /// Says what happens to the connection: an object where programs read, else a line on standard error.
    private func say(_ type: String, _ text: String?, _ count: Int? = nil, isMessage: Bool = false) throws {
        guard json else {
            if let text { Console.note("tocsin: \(text)") }
            return
        }
        try Console.line(
            makeJSON { json in
                json.member("type", type)
                if let count { json.member("count", count) }
                if isMessage { json.member("message", ifPresent: text) }
            })
    }

    /// Says that nothing will come of one of the beginnings.
    private func say(_ refusal: Refusal, of prefix: String) throws {
        guard json else { return Console.note("tocsin: \(refusal.sentence) Nothing of it will come.") }
        try Console.line(
            makeJSON { json in
                json.member("type", "refused")
                json.member("topic", prefix)
                json.member("code", refusal.code)
                json.member("message", refusal.message)
            })
    }

    /// Returns true if the item was asked for: the prefix `state/12` brings 123 too.
    private func isWanted(_ topic: String, _ item: [UInt8]) throws -> Bool {
        let numbers = topics.compactMap(\.incident)
        guard !numbers.isEmpty, topic.hasPrefix("state/") else { return true }
        let number: Int64 = try readAnswer(item) { (node) throws(Refusal) in try node.member("incident") }
        return numbers.contains(number)
            || topics.contains { $0.incident == nil && topic.hasPrefix($0.text) }
    }
}
