public import TocsinJournal
public import TocsinModel

/// Records to try a journal with: Chinese text, quotes, newlines, every optional member once there and once not.
public enum Sample {
    /// The moment of every sample, plus its position in milliseconds.
    public static let start = Timestamp(milliseconds: 1_795_420_800_123)

    public static let fire = recipient("fire")
    public static let police = recipient("police@110101005")
    public static let leader = recipient("leader@110101")

    /// A recipient, by a name that is known to be good.
    public static func recipient(_ name: String) -> Recipient {
        guard let recipient = Recipient(name) else { preconditionFailure("\(name) is not a recipient.") }
        return recipient
    }

    public static func entry(_ position: Int64, _ record: JournalRecord, at: Timestamp? = nil) -> JournalEntry {
        JournalEntry(
            position: Position(position), at: at ?? Timestamp(milliseconds: start.milliseconds + position),
            record: record)
    }

    /// An incident that tells each recipient by the number beside it; `plan` adds steps to the leader.
    public static func incident(
        _ identifier: String, telling alerts: [(Recipient, Int64)], plan: Bool = false, headline: String = "鼓楼西大街冒烟"
    ) -> JournalRecord {
        let report = "{\"identifier\": \"\(identifier)\",\r\n \"headline\" : \"\(headline)\", \"说\":\"\\\"喂?\\\"\\n\"}"
        return .incident(
            IncidentRecord(
                name: ReportName(sender: "网格员@110101005003002", identifier: identifier), event: "structure-fire",
                category: .fire, severity: .severe, status: .actual, grid: GridCode("110101005003002"),
                alerts: alerts.enumerated().map { index, alert in
                    IncidentRecord.Alert(
                        Addressee(
                            recipient: alert.0, purpose: .action, rule: "火灾 \"structure\"",
                            acknowledgeWithinMilliseconds: index == 0 ? 60_000 : nil,
                            note: index == 0 ? nil : "stands in for\nnobody"),
                        number: AlertNumber(alert.1), terminals: 2)
                },
                plans: plan
                    ? [
                        Plan(
                            rule: "火灾 \"structure\"", acknowledgeWithinMilliseconds: 60_000, watched: [0],
                            steps: [
                                Plan.Step(afterMilliseconds: 60_000, to: leader),
                                Plan.Step(afterMilliseconds: 180_000, to: leader),
                            ])
                    ] : [],
                rules: Position(1), report: [UInt8](report.utf8)))
    }

    public static func received(_ recipient: Recipient, _ numbers: ClosedRange<Int64>...) -> JournalRecord {
        .received(ReceivedRecord(recipient: recipient, numbers: ranges(numbers)))
    }

    public static func personal(
        _ recipient: Recipient, _ state: AlertState, _ numbers: ClosedRange<Int64>..., note: String? = nil
    ) -> JournalRecord {
        .personal(
            PersonalRecord(
                recipient: recipient, numbers: ranges(numbers), state: state,
                person: Person(by: "王警官, desk 2", note: note)))
    }

    public static func escalated(_ incident: Int64, step: Int = 0, to recipient: Recipient, _ number: Int64)
        -> JournalRecord
    {
        .escalated(
            EscalatedRecord(
                incident: IncidentNumber(incident), plan: 0, step: step, recipient: recipient,
                number: AlertNumber(number), cause: .unanswered))
    }

    public static func closed(_ incident: Int64, reason: String? = "误报:\n\"toast\"") -> JournalRecord {
        .closed(ClosedRecord(incident: IncidentNumber(incident), person: Person(by: "李值班", note: reason)))
    }

    public static let rules = JournalRecord.rules(
        RulesRecord(
            RuleTexts(rules: "fallback: fire # 备用\nrules:\t\"[]\"\n", departments: "# 部门", grids: "places: {}")))

    /// One record of each kind, twice where members are optional, as positions 1 to 9.
    public static let everyKind: [JournalEntry] = [
        entry(1, rules),
        entry(2, incident("A-1", telling: [(fire, 1), (police, 1)], plan: true)),
        entry(3, received(fire, 1...1)),
        entry(4, personal(fire, .acknowledged, 1...1)),
        entry(5, personal(fire, .declined, 1...1, note: "没有车 \\ \"no engine\"\n\u{1}")),
        entry(6, escalated(2, to: leader, 1)),
        entry(7, incident("A-2", telling: [(fire, 2)])),
        entry(8, closed(2)),
        entry(9, closed(7, reason: nil)),
    ]

    /// Records of subscriptions, as positions 10 to 13: one that is replaced, and another one that ends.
    public static let subscriptions: [JournalEntry] = [
        entry(10, subscribed(leader, "fires", at: 10)),
        entry(11, subscribed(fire, "气体", purpose: .action, by: nil, at: 11)),
        entry(12, subscribed(leader, "fires", when: #"{"event":["\"火\\n"]}"#, at: 12)),
        entry(13, unsubscribed(fire, "气体")),
    ]

    /// Records of alerts of ``everyKind`` that ring again or are stood down, and of incidents that are opened again, with and
    /// without everything optional.
    public static let rings: [JournalRecord] = [
        .rung(
            RungRecord(
                incident: IncidentNumber(2), recipient: fire, number: AlertNumber(1), cause: .unanswered, plan: 0,
                step: 1,
                acknowledgeWithinMilliseconds: 60_000, lateMilliseconds: 5_000)),
        .rung(
            RungRecord(
                incident: IncidentNumber(2), recipient: police, number: AlertNumber(1), cause: .silent)),
        .stoodDown(
            StoodDownRecord(
                incident: IncidentNumber(2), recipient: police, number: AlertNumber(1), state: .silenced,
                cause: .answered(fire, by: "王"))),
        .stoodDown(
            StoodDownRecord(
                incident: IncidentNumber(2), recipient: police, number: AlertNumber(1), state: .cancelled,
                cause: .answered(fire, by: "Wang"))),
        .stoodDown(
            StoodDownRecord(
                incident: IncidentNumber(2), recipient: fire, number: AlertNumber(1), state: .silenced,
                cause: .silenced(Silencing(.silence(Position(5)), until: start)))),
        .stoodDown(
            StoodDownRecord(
                incident: IncidentNumber(2), recipient: fire, number: AlertNumber(1), state: .silenced,
                cause: .silenced(Silencing(.window("夜间施工"), until: start)))),
        .rung(
            RungRecord(
                incident: IncidentNumber(2), recipient: fire, number: AlertNumber(1), cause: .lifted)),
        .reopened(reopened(2, telling: [(fire, 3), (police, 2)], news: nil)),
        .reopened(
            reopened(
                7, telling: [(fire, 4)],
                news: ReportNews(
                    .update, roots: [.init(IncidentNumber(2), sender: "handheld-7")],
                    astray: [.init(ReportName(sender: "a", identifier: "b"), .unknown)], isRaised: true))),
    ]

    /// Records of reports that joined an incident or were taken out of it, and of one that can be joined.
    public static let joins: [JournalRecord] = {
        func record(
            _ identifier: String, telling: Bool = false, _ news: ReportNews? = nil, _ keys: [CorrelationKey] = [],
            _ split: ReportSplit? = nil
        ) -> IncidentRecord {
            let addressee = Addressee(
                recipient: fire, purpose: .information, rule: "joined: 2", joined: news?.joinedReport)
            return IncidentRecord(
                name: ReportName(sender: "网格员@110101005003002", identifier: identifier), event: "烟\n\"雾\"",
                category: .fire, severity: .minor, status: .actual, grid: nil,
                alerts: telling ? [IncidentRecord.Alert(addressee, number: AlertNumber(9), terminals: 0)] : [],
                plans: [], rules: Position(1), report: [UInt8]("{\"说\": 1}".utf8), news: news, correlation: keys,
                split: split)
        }
        let keys = ["Actual\n火灾\n烟\n110101005003002", "Actual\n\n台风 7"].map {
            CorrelationKey($0, withinMilliseconds: 600_000)
        }
        let news = ReportNews(.alert, roots: [.init(IncidentNumber(2), sender: "a")], joined: 17)
        let person = Person(by: "李值班", note: "另一处", principal: "operator-li")
        return [
            .incident(record("J-1", telling: true, nil, keys)), .incident(record("J-2", telling: true, news)),
            .joined(record("J-3", news)),
            .incident(
                record("J-4", telling: true, nil, [], ReportSplit(of: Position(7), from: IncidentNumber(2), by: person))
            ),
        ]
    }()

    /// Records of silences, with and without everything optional.
    public static let silences: [JournalRecord] = [
        .silenced(
            Silence(
                when: #"{"event":["\"火\\n"]}"#, until: start,
                person: Person(by: "李值班", note: "夜间施工", principal: "operator-li"), evenExtreme: true)),
        .silenced(Silence(when: #"{"category":"Fire"}"#, until: start, person: Person(by: "Li", note: "test"))),
        .unsilenced(UnsilencedRecord(Position(5), by: Person(by: "Li", note: "over", principal: "uid:li"))),
        .unsilenced(UnsilencedRecord(Position(5), by: Person(by: "Li"))),
    ]

    private static func reopened(
        _ incident: Int64, telling recipients: [(Recipient, Int64)], news: ReportNews?
    ) -> ReopenedRecord {
        ReopenedRecord(
            incident: IncidentNumber(incident),
            person: Person(by: "李值班", note: news == nil ? nil : "又冒烟", principal: news == nil ? nil : "uid:li"),
            category: .fire, severity: .severe, status: .actual,
            grid: news == nil ? nil : GridCode("110101005003002"), reportBytes: 312, sender: "handheld-7", news: news,
            alerts: recipients.map { recipient, number in
                IncidentRecord.Alert(
                    Addressee(
                        recipient: recipient, purpose: .action, rule: "fire", acknowledgeWithinMilliseconds: 60_000),
                    number: AlertNumber(number), terminals: 1)
            },
            plans: news == nil
                ? [] : [Plan(rule: "fire", acknowledgeWithinMilliseconds: 60_000, watched: [0], steps: [])])
    }

    /// What is left of records, with and without everything optional.
    public static let removed: [JournalRecord] = [
        .removed(
            RemovedRecord(
                .init(
                    IncidentNumber(2), rules: Position(1), name: ReportName(sender: "网格员", identifier: "A-1"),
                    reportBytes: 812, reportChecksum: .max),
                given: [.init(fire, AlertNumber(1)), .init(police, AlertNumber(7))])),
        .removed(
            RemovedRecord(.init(IncidentNumber(7), rules: .zero, name: nil, reportBytes: 0, reportChecksum: 0))),
        .removed(
            RemovedRecord(
                .init(
                    IncidentNumber(8), rules: .zero, name: nil, reportBytes: 0, reportChecksum: 0,
                    joined: IncidentNumber(7)))),
        .removed(RemovedRecord(given: [.init(leader, AlertNumber(1))])),
        .removed(RemovedRecord()),
    ]

    public static func subscribed(
        _ recipient: Recipient, _ name: String, when: String = #"{"category":"Fire"}"#,
        purpose: Purpose = .information, by: String? = "李值班", at position: Int64
    ) -> JournalRecord {
        .subscribed(
            Subscription(
                key(recipient, name), when: when, purpose: purpose, by: by,
                since: Timestamp(milliseconds: start.milliseconds + position),
                principal: by == nil ? nil : "leader-desk"))
    }

    public static func unsubscribed(_ recipient: Recipient, _ name: String) -> JournalRecord {
        .unsubscribed(UnsubscribedRecord(key(recipient, name), by: "Wang", principal: "uid:li"))
    }

    public static func key(_ recipient: Recipient, _ name: String) -> Subscription.Key {
        guard let name = SubscriptionName(name) else { preconditionFailure("'\(name)' is not a subscription's name.") }
        return Subscription.Key(recipient, name)
    }

    private static func ranges(_ numbers: [ClosedRange<Int64>]) -> [ClosedRange<AlertNumber>] {
        numbers.map { AlertNumber($0.lowerBound)...AlertNumber($0.upperBound) }
    }
}
