import Testing
import TocsinModel

@testable import TocsinRouting

/// What standing subscriptions add to the rules.
@Suite struct SubscriptionTests {
    private let departments = """
        departments:
          - { name: fire, zh: 消防, en: Fire, may-subscribe: action }
          - { name: police, zh: 公安, en: Police, may-subscribe: information }
          - { name: gas, zh: 燃气, en: Gas }
          - { name: desk, zh: 值班台, en: Desk, may-subscribe: action }
        roles:
          - { name: leader, at: [district, street], zh: 值班领导, en: Duty Leader, may-subscribe: information }
        """

    private let rules = """
        - name: fire
          when: { event: structure-fire }
          notify: fire
          inform: police
          acknowledge-within: 60s
          escalate: [{ after: 60s, to: desk }]
          stop: true
        - { name: never reached, when: { event: structure-fire }, notify: gas }
        - { name: test, when: { event: test, status: Test }, inform: gas }
        """

    private func directory(_ text: String? = nil, grids: String = gridsYAML) throws -> Directory {
        try Directory(
            departments: text ?? departments, departmentsFile: "departments.yaml", grids: grids, gridsFile: "grids.yaml"
        )
    }

    private func ruleset(_ directory: Directory? = nil) throws -> Ruleset {
        try makeRuleset(rules, directory: directory ?? self.directory())
    }

    private func subscription(
        _ recipient: String, _ name: String = "s", when: String = "{}", purpose: Purpose = .information,
        since milliseconds: Int64 = 0
    ) throws -> Subscription {
        Subscription(
            Subscription.Key(try #require(Recipient(recipient)), try #require(SubscriptionName(name))), when: when,
            purpose: purpose, since: Timestamp(milliseconds: milliseconds))
    }

    private func table(_ subscriptions: Subscription..., by rules: Ruleset) -> SubscriptionTable {
        var table = SubscriptionTable()
        for subscription in subscriptions { table.add(subscription) }
        table.read(by: rules)
        return table
    }

    private func routing(
        _ report: Report, _ subscriptions: Subscription...
    ) throws -> Routing {
        let rules = try ruleset()
        var table = SubscriptionTable()
        table.read(by: rules)
        for subscription in subscriptions { table.add(subscription) }
        return rules.route(Case(report, at: report.sent, body: []), with: table)
    }

    // MARK: What a subscription adds

    @Test func `a subscription adds its recipient, also behind a rule that ends the list`() throws {
        let routing = try routing(
            makeReport(), try subscription("leader@110101", "fires", when: #"{"category":"Fire"}"#))
        #expect(routing.told == ["fire action", "police information", "leader@110101 information"])
        #expect(routing.addressees.last?.rule == "subscription: fires")
        #expect(routing.addressees.last?.acknowledgeWithinMilliseconds == nil)
        #expect(routing.plans.map(\.rule) == ["fire"])
    }

    @Test func `a report that does not meet the conditions is told as without the subscription`() throws {
        let rules = try ruleset()
        let table = table(try subscription("leader@110101", when: #"{"category":"Met"}"#), by: rules)
        let subject = Case(makeReport(), at: Timestamp(milliseconds: 0), body: [])
        #expect(rules.route(subject, with: table) == rules.route(subject))
    }

    @Test func `a subscription searches texts, also from a shelf, and not where it would search every report`() throws {
        let rules = try ruleset()
        var table = table(by: rules)
        for number in 0..<80 {
            table.add(try subscription("police", "s-\(number)", when: #"{"event":"other-\#(number)"}"#))
        }
        table.add(try subscription("leader@110101", when: #"{"matches":{"event":"ruct.*fire"}}"#))
        for number in 80..<160 {
            table.add(try subscription("police", "s-\(number)", when: #"{"event":"other-\#(number)"}"#))
        }
        let subject = Case(makeReport(), at: Timestamp(milliseconds: 0), body: [])
        #expect(rules.route(subject, with: table).told.last == "leader@110101 information")
        let always = try subscription("leader@110101", "always", when: #"{"matches":{"event":"[0-9]"}}"#)
        let refusal = try #require(throws: Refusal.self) { try table.check(always, by: rules) }
        #expect(refusal.code == .invalid && refusal.field == "when")
    }

    @Test func `the fallback is told of what no rule matches, whoever has subscribed`() throws {
        let routing = try routing(makeReport(event: "rumour"), try subscription("police"))
        #expect(routing.told == ["desk action", "police information"])
    }

    @Test func `a subscription for action must be acknowledged in a rule's usual time, and escalates to nobody`() throws
    {
        let routing = try routing(makeReport(event: "rumour"), try subscription("fire", "all", purpose: .action))
        #expect(routing.told == ["desk action", "fire action"])
        #expect(routing.addressees.last?.acknowledgeWithinMilliseconds == 300_000)
        let plan = try #require(routing.plans.last)
        #expect(plan.rule == "subscription: all" && plan.watched == [1] && plan.steps.isEmpty)
        #expect(routing.keptPlans.isEmpty)
    }

    @Test func `whom a rule tells already is told once, as the rule says`() throws {
        let routing = try routing(
            makeReport(), try subscription("fire", purpose: .action), try subscription("police"))
        #expect(routing.told == ["fire action", "police information"])
        #expect(routing.addressees.map(\.rule) == ["fire", "fire"])
        #expect(routing.plans.count == 1)
        #expect(routing.addressees.first?.acknowledgeWithinMilliseconds == 60_000)
    }

    @Test func `a subscription for action makes an action of what would be information`() throws {
        let departments = departments.replacing("may-subscribe: information", with: "may-subscribe: action")
        let rules = try ruleset(try directory(departments))
        let table = table(try subscription("police", "mine", purpose: .action), by: rules)
        let routing = rules.route(Case(makeReport(), at: Timestamp(milliseconds: 0), body: []), with: table)
        #expect(routing.told == ["fire action", "police action"])
        #expect(routing.addressees.map(\.rule) == ["fire", "subscription: mine"])
        #expect(routing.plans.last?.watched == [1])
        #expect(routing.keptPlans.map(\.rule) == ["fire"])
    }

    @Test func `the oldest of a recipient's subscriptions names it, and one for action wins`() throws {
        let old = try subscription("desk", "old", since: 1)
        let (new, act) = (
            try subscription("desk", "a-new", since: 2), try subscription("desk", "act", purpose: .action, since: 3)
        )
        let test = makeReport(event: "test", status: .test)
        #expect(try routing(test, new, old).addressees.map(\.rule) == ["test"])
        let named = #"{"status":"Test"}"#
        let asked = [old, new, act].map { one in
            var one = one
            one.when = named
            return one
        }
        #expect(try routing(test, asked[1], asked[0]).addressees.map(\.rule) == ["test", "subscription: old"])
        #expect(
            try routing(test, asked[2], asked[1], asked[0]).addressees.map(\.rule) == ["test", "subscription: act"])
    }

    // MARK: Explanations

    @Test func `an explanation has each subscription's verdict, and its JSON comes back`() throws {
        let rules = try ruleset()
        let table = table(
            try subscription("leader@110101", "fires", when: #"{"category":"Fire","severity":"at least Severe"}"#),
            try subscription("leader@110101", "weather", when: #"{"category":"Met"}"#),
            try subscription("gas", "old"), by: rules)
        let explanation = rules.explain(Case(makeReport(), at: Timestamp(milliseconds: 0), body: []), with: table)
        #expect(
            explanation.subscriptions.map { "\($0.subscription)" } == [
                "gas old", "leader@110101 fires", "leader@110101 weather",
            ])
        guard case .notInForce(let reason) = explanation.subscriptions[0].verdict else {
            Issue.record("gas may not subscribe")
            return
        }
        #expect(reason.hasPrefix("gas may not subscribe"))
        #expect(
            explanation.subscriptions[1].verdict
                == .matched(["category is Fire", "severity Severe is at least Severe"]))
        #expect(explanation.subscriptions[2].verdict == .failed(condition: "category", wanted: "Met", found: "Fire"))
        #expect(explanation.routing.addressees.map(\.rule) == ["fire", "fire", "subscription: fires"])
        var json = JSONWriter()
        explanation.write(to: &json)
        let read = try JSONParser(maximumBytes: 100_000).parse(json.bytes) { try Explanation(json: $0) }
        #expect(read == explanation)
    }

    // MARK: What the directory allows

    @Test func `a subscription out of the directory's favour stays, and is in force again with it`() throws {
        let narrower = departments.replacing(
            "  - { name: police, zh: 公安, en: Police, may-subscribe: information }\n", with: "")
        let (before, without) = (
            try ruleset(),
            try Ruleset(
                yaml: "fallback: desk\nrules: [{ name: r, notify: fire }]\n", file: "r", directory: directory(narrower))
        )
        var table = table(
            try subscription("police", "all"),
            try subscription("leader@110101005", "here", when: #"{"within":"110101005"}"#),
            by: before)
        #expect(table.notInForceCount == 0)
        table.read(by: without)
        #expect(table.notInForce().map { "\($0.subscription.key)" } == ["police all"])
        #expect(table.count == 2)
        let subject = Case(makeReport(), at: Timestamp(milliseconds: 0), body: [])
        #expect(without.route(subject, with: table).told == ["fire action", "leader@110101005 information"])
        let elsewhere = try Ruleset(
            yaml: "fallback: desk\nrules: []\n", file: "r",
            directory: directory(grids: "places: { \"110101\": 东城区, \"110101006\": 东四街道 }"))
        table.read(by: elsewhere)
        #expect(
            table.notInForce().map { $0.obstacle ?? "" } == [
                "There is no recipient 'leader@110101005' in the directory: '110101005' is not a street; valid are 110101006; did "
                    + "you mean '110101006'?"
            ])
        table.read(by: before)
        #expect(table.notInForceCount == 0)
    }

    @Test func `a table that was read beforehand is brought to what has happened meanwhile`() throws {
        let (before, after) = (try ruleset(), try ruleset())
        var current = table(try subscription("police", "a"), try subscription("police", "b"), by: before)
        var read = current
        read.read(by: after)
        current.add(try subscription("leader@110101", "c"))
        current.remove(try subscription("police", "a").key)
        current.add(try subscription("police", "b", when: #"{"category":"Met"}"#))
        let brought = read.brought(to: current)
        #expect(brought.isRead(by: after) && !brought.isRead(by: before))
        #expect(brought.subscriptions == current.subscriptions)
        let subject = Case(makeReport(), at: Timestamp(milliseconds: 0), body: [])
        #expect(after.route(subject, with: brought).told == before.route(subject, with: current).told)
        #expect(brought.conditionBytes == current.conditionBytes)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            ("fyre", "{}", Purpose.information, "unknownRecipient", nil, "did you mean 'fire'?"),
            ("leader@110101009", "{}", .information, "unknownRecipient", nil, "is not a street"),
            ("gas", "{}", .information, "notPermitted", nil, "has no 'may-subscribe', which is information or action"),
            (
                "police", "{}", .action, "notPermitted", "purpose",
                "'may-subscribe' of its entry in the directory is information"
            ),
            ("police", #"{"category":"Fyre"}"#, .information, "invalid", "when.category", "did you mean 'Fire'?"),
            ("police", #"{"categery":"Fire"}"#, .information, "invalid", "when.categery", "did you mean 'category'?"),
            (
                "police", #"{"event":["a","b"],"severity":["Severe","Bad"]}"#, .information, "invalid",
                "when.severity[1]", "'Bad'"
            ),
            (
                "police", #"{"within":"110102"}"#, .information, "invalid", "when.within",
                "is not a district of the directory"
            ),
            (
                "police", #"{"parameter":{"a":{}}}"#, .information, "invalid", "when.parameter.a",
                "parameter"
            ),
            ("police", #"{"event":[]}"#, .information, "invalid", "when.event", "empty list"),
            ("police", #"{"event":"a","event":"b"}"#, .information, "invalid", "when", "more than once"),
            ("police", "[]", .information, "invalid", "when", "a mapping is expected"),
        ] as [(String, String, Purpose, String, String?, String)])
    func `a subscription that cannot be is refused, and says where and what would be right`(
        _ recipient: String, _ when: String, _ purpose: Purpose, _ code: String, _ field: String?, _ words: String
    ) throws {
        let rules = try ruleset()
        var table = table(by: rules)
        let asked = try subscription(recipient, when: when, purpose: purpose)
        let refusal = #expect(throws: Refusal.self) { try table.check(asked, by: rules) }
        #expect(refusal?.code.rawValue == code)
        #expect(refusal?.field == field)
        #expect(refusal?.message.contains(words) ?? false, "\(refusal?.message ?? "")")
    }

    @Test func `conditions and subscriptions have bounds`() throws {
        let rules = try ruleset()
        var table = table(by: rules)
        let long = #"{"event":""# + String(repeating: "a", count: Limits.conditionBytes) + #""}"#
        let tooLarge = #expect(throws: Refusal.self) {
            try table.check(try subscription("police", when: long), by: rules)
        }
        #expect(tooLarge?.code == .tooLarge)
        for number in 1...Limits.subscriptionsPerRecipient { table.add(try subscription("police", "s\(number)")) }
        let tooMany = #expect(throws: Refusal.self) { try table.check(try subscription("police", "more"), by: rules) }
        #expect(tooMany?.code == .invalid && tooMany?.field == "name")
        // One of a name that is there replaces it, and others have bounds of their own.
        #expect(throws: Never.self) { try table.check(try subscription("police", "s7"), by: rules) }
        #expect(throws: Never.self) { try table.check(try subscription("fire", "s7"), by: rules) }
        table.remove(try subscription("police", "s7").key)
        #expect(throws: Never.self) { try table.check(try subscription("police", "more"), by: rules) }
    }

    @Test func `no rule passes for a subscription`() throws {
        let problems = #expect(throws: FileProblems.self) {
            try makeRuleset("- { name: \"subscription: fires\", notify: fire }\n")
        }
        #expect(problems?.description.contains("the broker's own rules are called 'subscription: fires'") ?? false)
        #expect(Ruleset.subscription(of: "subscription: fires")?.text == "fires")
        #expect(Ruleset.subscription(of: "fires") == nil)
    }

    // MARK: The index

    /// Whatever comes and goes in whatever order, the index finds what looking at each finds.
    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `the index finds what looking at each subscription finds`(seed: UInt64) throws {
        let rules = try ruleset()
        var table = table(by: rules)
        var state = seed
        func pick(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        let conditions = [
            #"{"event":"e1"}"#, #"{"event":["e2","e3"]}"#, #"{"category":"Fire"}"#, #"{"severity":"at least Severe"}"#,
            #"{"within":"110101005"}"#, "{}", #"{"parameter":{"a":"1"}}"#, #"{"status":["Actual","Test"]}"#,
        ]
        let recipients = ["police", "leader@110101", "leader@110101005"]
        for step in 1...1500 {
            let (recipient, name) = (recipients[pick(3)], "s\(pick(90))")
            if pick(100) < 35 {
                table.remove(try subscription(recipient, name).key)
            } else {
                table.add(try subscription(recipient, name, when: conditions[pick(8)], since: Int64(step)))
            }
            guard step % 25 == 0 else { continue }
            let report = makeReport(
                event: "e\(pick(5))", severity: Severity.allCases[pick(5)],
                grid: ["110101005003002", "110101006", nil][pick(3)], parameters: ["a": "\(pick(2))"],
                status: [.actual, .test][pick(2)])
            let subject = Case(report, at: Timestamp(milliseconds: 0), body: [])
            var fresh = SubscriptionTable()
            for subscription in table.subscriptions { fresh.add(subscription) }
            fresh.read(by: rules)
            let matching = fresh.verdicts(on: subject).filter { if case .matched = $0.verdict { true } else { false } }
            let found = table.matches(subject).map(\.key).sorted()
            #expect(found == matching.map(\.subscription), "step \(step)")
            #expect(rules.route(subject, with: table) == rules.route(subject, with: fresh), "step \(step)")
        }
        #expect(table.count > 64)
    }
}
