import TocsinClient
import TocsinModel

/// The incidents of the demonstration: one morning in Dongcheng, over the four classes of the Emergency Response Law.
/// The communities are invented; the sub-districts are real.
enum DemoScenario {
    /// The parameter that the demonstration's own rule asks for.
    static let unanswered = Report.NamedValue(name: "demo", value: "unanswered")

    /// Returns the incidents that are shown one after the other.
    static func incidents() -> [ReportDraft] {
        [
            draft(
                "grid-officer-017", "structure-fire", .fire, .severe, "同心坊平房起火，有人被困 · House fire, people trapped",
                grid: "110101005003002", place: "北新桥街道同心坊社区", parameters: ["trapped": "true"]),
            draft(
                "call-centre-12345", "gas-leak", .infra, .severe, "楼道有燃气味 · Smell of gas in a stairwell",
                grid: "110101006002002", place: "东四街道松鹤园社区"),
            draft(
                "elevator-sensor-4471", "elevator-entrapment", .rescue, .moderate,
                "电梯停运，轿厢内三人 · Lift stopped, three people inside", grid: "110101010002002", place: "和平里街道雅集巷社区"),
            draft(
                "traffic-camera-208", "traffic-accident", .transport, .moderate,
                "两车相撞，有人受伤 · Two cars collided, one injured", grid: "110101009001002", place: "东直门街道荣光巷社区",
                parameters: ["casualties": "true"]),
            draft(
                "water-gauge-31", "underpass-flooding", .met, .severe, "立交桥下积水 40 厘米 · Underpass flooded, 40 cm",
                grid: "110101017001001", place: "永定门外街道嘉禾园社区"),
            draft(
                "school-office", "food-poisoning", .health, .severe, "食堂用餐后多人呕吐 · Pupils ill after lunch",
                grid: "110101015001001", place: "体育馆路街道雅集苑社区", parameters: ["place": "school"]),
            draft(
                "street-camera-77", "overcrowding", .safety, .extreme, "步行街人流过密 · Shopping street overcrowded",
                grid: "110101011002001", place: "前门街道翠微园社区"),
            draft(
                "household-alarm-902", "carbon-monoxide-poisoning", .health, .severe,
                "一氧化碳报警，老人昏迷 · CO alarm, resident unconscious", grid: "110101004002001", place: "安定门街道望春坊社区"),
            draft(
                "call-centre-12345", "missing-person", .security, .moderate, "八旬老人走失 · Woman of 80 missing",
                grid: "110101007001002", place: "朝阳门街道培英坊社区"),
            draft(
                "grid-officer-233", "neighbour-dispute", .other, .minor, "邻里因漏水争执 · Neighbours quarrel over a leak",
                grid: "110101002003001", place: "景山街道花影苑社区"),
        ]
    }

    /// Returns the incident that nobody answers.
    static func unansweredIncident() -> ReportDraft {
        draft(
            "grid-officer-105", "welfare-check", .health, .severe, "独居老人敲门无人应 · No answer at an old man's door",
            grid: "110101001002001", place: "东华门街道望春园社区", parameters: [unanswered.name: unanswered.value])
    }

    /// Returns one of many small incidents, reported while the broker is killed.
    static func smallIncident(_ number: Int) -> ReportDraft {
        draft(
            "traffic-camera-\(100 + number % 80)", "traffic-accident", .transport, .minor,
            "车辆剐蹭第 \(number) 起 · Scratched car, number \(number)", grid: "110101005003002",
            place: "北新桥街道同心坊社区")
    }

    private static func draft(
        _ sender: String, _ event: String, _ category: TocsinModel.Category, _ severity: Severity, _ headline: String,
        grid: String, place: String, parameters: [String: String] = [:]
    ) -> ReportDraft {
        ReportDraft(
            sender: sender, event: event, category: category, severity: severity, urgency: .immediate,
            certainty: .observed, headline: headline, grid: GridCode(grid), areaDescription: place,
            parameters: parameters.map { Report.NamedValue(name: $0.key, value: $0.value) })
    }

    /// Returns the rules with one more in front, whose escalation takes seconds instead of minutes.
    ///
    /// - Throws: a ``Failure`` `invalid` if the file has no list of rules.
    static func rules(from text: String) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("rules:") }) else {
            throw Failure(.invalid, "The demonstration's rules have no line that begins with 'rules:'.")
        }
        let rule = """
              - name: \(ruleName)
                when: { parameter: { \(unanswered.name): \(unanswered.value) } }
                notify: civil-affairs
                acknowledge-within: 2s
                escalate:
                  - { after: 2s, to: leader@district }
                stop: true
            """
        return (lines[...start] + [Substring(rule)] + lines[(start + 1)...]).joined(separator: "\n")
    }

    static let ruleName = "演示·无人响应 nobody answers"
}

/// A post in the demonstration: a terminal, and the person who answers at it.
struct DemoPost: Sendable {
    var name: String
    var recipients: [String]
    /// The person who acknowledges; nil if nobody does.
    var person: String?
    /// The time that the person takes.
    var pause: Duration
    /// The time that the terminal takes over an alert before it has the next. A slow terminal has some alerts on their
    /// way when the broker is killed.
    var reading: Duration = .zero

    static let posts = [
        DemoPost(name: "fire-desk", recipients: ["fire"], person: "赵志强 Zhao Zhiqiang", pause: .milliseconds(500)),
        DemoPost(
            name: "ambulance-desk", recipients: ["emergency-medical"], person: "孙丽 Sun Li", pause: .milliseconds(800)),
        DemoPost(
            name: "police-desk",
            recipients: ["police", "police@110101005", "police@110101007", "police@110101011"],
            person: "王建国 Wang Jianguo", pause: .milliseconds(650)),
        DemoPost(
            name: "traffic-desk", recipients: ["traffic-police", "transport"], person: "刘洋 Liu Yang",
            pause: .milliseconds(400), reading: .milliseconds(4)),
        DemoPost(
            name: "utilities-desk", recipients: ["gas", "power", "water", "waterworks", "heating", "urban-management"],
            person: "陈静 Chen Jing", pause: .milliseconds(950)),
        DemoPost(
            name: "health-desk", recipients: ["health", "disease-control", "market-supervision", "education"],
            person: "周敏 Zhou Min", pause: .milliseconds(700)),
        DemoPost(
            name: "district-office", recipients: ["duty-office@110101", "emergency-management"],
            person: "李娜 Li Na", pause: .milliseconds(200)),
        DemoPost(
            name: "district-leader", recipients: ["leader@110101"], person: "张伟 Zhang Wei, leader",
            pause: .milliseconds(400)),
        DemoPost(name: "civil-affairs-desk", recipients: ["civil-affairs"], person: nil, pause: .zero),
        DemoPost(
            name: "grid-tablet",
            recipients: [
                "firefighter@110101005003002", "grid-officer@110101005003002", "grid-officer@110101002003001",
                "judicial-worker@110101002003001",
            ], person: "马超 Ma Chao", pause: .milliseconds(900)),
    ]

    /// Returns the post for all recipients without a terminal above. It opens at the end.
    static func lateShift(_ recipients: [Recipient]) -> DemoPost {
        DemoPost(name: "late-shift", recipients: recipients.map(\.name), person: "夜班 late shift", pause: .zero)
    }
}
