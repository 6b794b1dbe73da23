import TocsinModel

/// A report of the broker's own: that a supervised link is lost, or that it is back.
///
/// It is as complete as anybody's. Its identifier has the number of its incident, so that it is given once and the same
/// state makes the same report. Texts are in both languages of the house.
struct LinkReport {
    /// The sender of the broker's own reports. Nobody else may report under this name.
    static let sender = "tocsind"
    static let lostEvent = "link-lost"
    static let restoredEvent = "link-restored"

    let report: Report
    /// The report as JSON.
    let body: [UInt8]

    /// Creates the report of a loss.
    ///
    /// - Parameters:
    ///   - link: The lost link.
    ///   - number: The number that the incident will have.
    ///   - title: The recipient's title; nil for a client.
    ///   - lastHeard: When it was heard last; nil for never since the broker began to wait for it.
    ///   - now: The time of the report.
    init(
        lost link: SupervisedLink, _ number: IncidentNumber, title: Title?, lastHeard: Timestamp?, now: Timestamp
    ) {
        let name = Names(link.name, title)
        // People read it, and need no milliseconds.
        let lastHeard = lastHeard.map { $0.description.prefix(19) + "Z" }
        let since =
            lastHeard.map { ("自 \($0) 起没有收到其任何消息。", "Nothing has been heard of it since \($0).") }
            ?? ("一直没有收到其任何消息。", "Nothing has been heard of it since the broker began to wait for it.")
        let (chinese, english) =
            switch link.name {
            case .recipient:
                ("请检查其终端和网络。警情将保留至终端接入。", "Check its terminals and their network. Alerts wait until one joins.")
            case .client: ("请检查该设备和网络。", "Check the device and its network.")
            }
        self.init(
            Self.lostEvent, link, number, severity: .severe, urgency: .immediate,
            headline: "\(name.chinese)链路中断 The link to \(name.english) is lost", description: since,
            instruction: (chinese, english),
            parameters: [("lastHeard", lastHeard.map(String.init))], now: now)
    }

    /// Creates the report that a link is back, which refers to that of its loss.
    ///
    /// - Parameters:
    ///   - link: The link.
    ///   - loss: The loss that has ended.
    ///   - seconds: How long it was lost.
    ///   - number: The number that the incident will have.
    ///   - title: The recipient's title; nil for a client.
    ///   - now: The time of the report.
    init(
        restored link: SupervisedLink, after loss: SupervisedLink.Loss, seconds: Int64, _ number: IncidentNumber,
        title: Title?, now: Timestamp
    ) {
        let name = Names(link.name, title)
        let description = (
            "中断 \(seconds) 秒，共 \(loss.times) 次。",
            "It was lost for \(seconds) s\(loss.times == 1 ? "" : ", \(loss.times) times")."
        )
        self.init(
            Self.restoredEvent, link, number, severity: .minor, urgency: .past,
            headline: "\(name.chinese)链路恢复 The link to \(name.english) is back", description: description,
            references:
                "\(Self.sender),\(Self.identifier(Self.lostEvent, link.name, loss.incident)),\(loss.storedAt)",
            parameters: [
                ("incident", loss.incident.description), ("losses", String(loss.times)), ("seconds", String(seconds)),
            ], now: now)
    }

    private init(
        _ event: String, _ link: SupervisedLink, _ number: IncidentNumber, severity: Severity, urgency: Urgency,
        headline: String, description: (String, String), instruction: (String, String)? = nil,
        references: String? = nil, parameters: [(String, String?)], now: Timestamp
    ) {
        let named =
            [("link", link.name.description), ("supervisor", link.supervisor.name)] + parameters
        let grid: GridCode? =
            switch link.name {
            case .recipient(let recipient): recipient.place
            case .client: nil
            }
        report = Report(
            name: ReportName(sender: Self.sender, identifier: Self.identifier(event, link.name, number)), sent: now,
            event: event, category: .infra, severity: severity, urgency: urgency, certainty: .observed,
            status: .actual, messageType: references == nil ? .alert : .update, references: references,
            headline: headline,
            parameters: named.compactMap { name, value in value.map { Report.NamedValue(name: name, value: $0) } },
            grid: grid)
        body = report.ownJSON(
            description: "\(description.0) \(description.1)", instruction: instruction.map { "\($0) \($1)" })
    }

    /// `link-lost/fire/1234`
    private static func identifier(_ event: String, _ link: LinkName, _ number: IncidentNumber) -> String {
        "\(event)/\(link)/\(number)"
    }

    /// What a link's other end is called in texts.
    private struct Names {
        let chinese: String
        let english: String

        init(_ link: LinkName, _ title: Title?) {
            switch link {
            case .recipient(let recipient):
                chinese = title?.chinese ?? recipient.name
                english = title?.english ?? recipient.name
            case .client(let name):
                chinese = "客户端 \(name) "
                english = "client \(name)"
            }
        }
    }
}
