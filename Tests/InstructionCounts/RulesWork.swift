import TocsinModel
import TocsinRouting

/// Routing alone, by rule sets of several sizes. Ten rules of each match the report; the others ask for the same kinds of
/// things, and do not. Those of `searched` can only be found by what the report's texts say, and none matches. `alone` has
/// the ten, `near` as many circles beside them, and `subscribed` as many subscriptions, of which none is met.
struct RulesWork {
    enum Size: String, CaseIterable {
        case few, more, many, searched, alone, near, subscribed

        var count: Int {
            switch self {
            case .few: 100
            case .more: 10_000
            case .many: 100_000
            case .searched: 10_000
            case .alone, .subscribed: 10
            case .near: 10_010
            }
        }

        var subscriptions: Int {
            switch self {
            case .few, .more, .many, .searched, .alone, .near: 0
            case .subscribed: 10_000
            }
        }
    }

    private let ruleset: Ruleset
    private let subscriptions: SubscriptionTable
    private let subject: Case

    init(_ size: Size) throws {
        let body = Self.report
        subject = Case(
            try ReportDecoder().decode(body), at: Timestamp(milliseconds: 1_795_392_600_000), body: body)
        let directory = try Directory(
            departments: "departments:\n"
                + (0..<10).map { "  - { name: d\($0), zh: 部门 \($0), en: Department \($0), may-subscribe: action }\n" }
                .joined(),
            departmentsFile: "departments.yaml", grids: nil, gridsFile: "")
        var rules = size == .searched ? [] : try Self.matching.enumerated().map { try Self.rule($0, $1) }
        while rules.count < size.count {
            let conditions =
                switch size {
                case .searched: try Self.searching(rules.count)
                case .near: try Self.near(rules.count)
                case .few, .more, .many, .alone, .subscribed: try Self.other(rules.count)
                }
            rules.append(try Self.rule(rules.count, conditions))
        }
        ruleset = Ruleset(fallback: try Self.recipient("d0"), rules: rules, directory: directory)
        var table = SubscriptionTable()
        for number in 0..<size.subscriptions { table.add(try Self.subscription(number)) }
        table.read(by: ruleset)
        guard table.notInForceCount == 0 else { throw Refusal(.invalid, "A subscription is not in force.") }
        subscriptions = table
    }

    /// Routes the report so many times; answers how many recipients there were.
    ///
    /// The tool counts from the beginning of this method to its end, so it stays one.
    @inline(never)
    func run(_ count: Int) -> Int {
        var recipients = 0
        for _ in 0..<count {
            // As the broker does it.
            let routing =
                subscriptions.isEmpty ? ruleset.route(subject) : ruleset.route(subject, with: subscriptions)
            recipients += routing.addressees.count
        }
        return recipients
    }

    // MARK: The rules

    private static func rule(_ number: Int, _ conditions: [Condition]) throws -> Rule {
        Rule(
            name: "rule \(number)", conditions: Conditions(conditions),
            notify: [.mailbox(try recipient("d\(number % 10)"))], inform: [],
            acknowledgeWithin: Rule.defaultAcknowledgeWithin, steps: [], stop: false)
    }

    private static func recipient(_ name: String) throws -> Recipient {
        guard let recipient = Recipient(name) else { throw Refusal(.invalid, "\(name) is no recipient.") }
        return recipient
    }

    private static let matching: [[Condition]] = {
        let place = GridCode("110101005").map { [$0] } ?? []
        let expression =
            (try? RegularExpression("(?i)gas (leak|smell)")).map { [Condition.matches(.headline, $0)] } ?? []
        return [
            [.event(["gas-leak"])],
            [.category([.fire, .safety]), .severity(.atLeast(.moderate))],
            [.within(place), .category([.fire])],
            [.parameter(name: "floor", values: ["3", "4"])],
            [.eventCode(name: "SAME", values: ["FRW"]), .urgency(.atLeast(.expected))],
            [.sender([SenderPattern("handheld-*")])],
            [.text(TextSearch(["毒气", "smell of gas"]))],
            expression,
            [.any([[.event(["flood"])], [.category([.fire]), .certainty(.atMost(.likely))]])],
            [.not([.severity(.atMost(.minor))]), .category([.fire])],
        ]
    }()

    /// What one of fifteen kinds of rules asks for that the report does not meet.
    private static func other(_ number: Int) throws -> [Condition] {
        let code = GridCode("110101\(String(number % 1_000_000_000 + 100_000_000))").map { [$0] } ?? []
        return switch number % 15 {
        case 0: [.event(["event-\(number)"])]
        case 1: [.category([.fire]), .event(["event-\(number)", "other-\(number)"])]
        case 2: [.category([.met]), .severity(.atLeast(.severe)), .event(["event-\(number)"])]
        case 3: [.category([.fire]), .parameter(name: "sensor", values: ["s\(number)"])]
        case 4: [.eventCode(name: "SAME", values: ["C\(number)"])]
        case 5: [.category([.fire]), .within(code)]
        case 6: [.sender([SenderPattern("sensor-\(number)")])]
        case 7: [.sender([SenderPattern("sensor-\(number)-*")]), .severity(.atLeast(.minor))]
        case 8: [.urgency(.atLeast(.expected)), .certainty(.atMost(.likely)), .event(["event-\(number)"])]
        case 9: [.text(TextSearch(["word\(number)", "词\(number)"]))]
        case 10: [.matches(.headline, try RegularExpression("(?i)number (\(number)|\(number)th)$"))]
        case 11: [.any([[.event(["event-\(number)"])], [.parameter(name: "sensor", values: ["s\(number)"])]])]
        case 12: [.not([.category([.fire])]), .event(["event-\(number)"])]
        case 13: [.message([.update, .cancel]), .event(["gas-leak"])]
        default: [.status([.test]), .sender([SenderPattern("sensor-*")])]
        }
    }

    private static func searching(_ number: Int) throws -> [Condition] {
        number % 2 == 0
            ? [.text(TextSearch(["word\(number)", "毒气\(number)"]))]
            : [.matches(.description, try RegularExpression("(?i)leak.* number (\(number)|\(number)th)$"))]
    }

    /// A circle of 500 m that ends a kilometre south of the report, or further away.
    private static func near(_ number: Int) throws -> [Condition] {
        let (row, column) = (Double(number / 100 % 100), Double(number % 100))
        guard let center = Point(latitude: 39.8 + row * 0.001, longitude: 116.35 + column * 0.0014),
            let circle = Circle(center: center, radius: 500)
        else { throw Refusal(.invalid, "That is no circle.") }
        return [.near(circle)]
    }

    /// What one of four kinds of subscriptions asks for that the report does not meet.
    private static func subscription(_ number: Int) throws -> Subscription {
        guard let name = SubscriptionName("s\(number)") else { throw Refusal(.invalid, "That is no name.") }
        let when =
            switch number % 4 {
            case 0: #"{"event":"event-\#(number)"}"#
            case 1: #"{"category":"Fire","parameter":{"sensor":"s\#(number)"}}"#
            case 2: #"{"sender":"sensor-\#(number)-*","severity":"at least Minor"}"#
            default: #"{"text":{"contains":"word\#(number)"}}"#
            }
        return Subscription(
            Subscription.Key(try recipient("d\(number % 10)"), name), when: when, purpose: .action,
            since: Timestamp(milliseconds: Int64(number)))
    }

    // MARK: The report

    private static let report = Array(
        """
        {"identifier":"1","sender":"handheld-4711","sent":"2026-11-23T08:00:00+08:00","category":"Fire",\
        "event":"gas-leak","severity":"Severe","urgency":"Immediate","certainty":"Likely",\
        "eventCode":{"SAME":"FRW","local":"g7"},"parameter":{"floor":"3","sensor":"none"},\
        "area":{"grid":"110101005003002","point":[39.93,116.42],"areaDesc":"胡同 12, second yard, behind the school"},\
        "headline":"Gas leak in a courtyard","description":"Two neighbours report a strong smell of gas from the kitchen on \
        the third floor; 疑似燃气泄漏. The windows are open, nobody is hurt, an old man does not leave his room. The valve in \
        the cellar cannot be turned."}
        """.utf8)
}
