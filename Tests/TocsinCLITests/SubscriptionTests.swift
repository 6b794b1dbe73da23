import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinSQLite

@testable import tocsin

/// Standing subscriptions, for people at a command line.
@Suite struct SubscriptionTests {
    private static let listed = """
        {"subscriptions":[\
        {"recipient":"gas","name":"leaks","when":{"event": "gas-leak"},"purpose":"action","since":"2026-11-23T08:00:00Z",\
        "principal":"gas-desk","notInForce":"gas may not subscribe."},\
        {"recipient":"leader@110101","name":"火灾","when":{},"purpose":"information","by":"Li",\
        "since":"2026-11-23T08:00:00Z"}]}
        """

    @Test func `the page lists every subscription, and says of one that is not in force why`() throws {
        let lines = try readAnswer(Array(Self.listed.utf8)) { (json) throws(Refusal) in
            try SubscriptionView.lines(json, style: .plain)
        }
        #expect(lines.count == 6, "\(lines)")
        #expect(lines[1].hasPrefix("gas            leaks  action       2026-11-23 "))
        #expect(lines[1].hasSuffix(#"gas-desk  {"event":"gas-leak"}"#))
        #expect(
            lines[2].hasPrefix("leader@110101  火灾   information  2026-11-23 ") && lines[2].hasSuffix("Li        {}"))
        #expect(Array(lines[3...]) == ["", "Not in force", "  gas leaks: gas may not subscribe."])
        let none = try readAnswer(Array(#"{"subscriptions":[]}"#.utf8)) { (json) throws(Refusal) in
            try SubscriptionView.lines(json, style: .plain)
        }
        #expect(none == ["Nobody has subscribed."])
    }

    private static let summary = """
        "subscriptions":{"count":12,"notInForceCount":2,"notInForce":[\
        {"recipient":"gas","name":"leaks","reason":"gas may not subscribe."}]}
        """

    @Test func `status and reload say which subscriptions are not in force`() throws {
        let info = AnswerTests.info.replacing(#""terminals":6"#, with: Self.summary + #","terminals":6"#)
        let status = try readAnswer(Array(info.utf8), BrokerStatus.init(json:))
        let lines = StatusView.lines(status, style: .plain)
        let place = try #require(lines.firstIndex { $0.hasPrefix("subscribed") })
        #expect(
            lines[place..<place + 3].map { String($0.dropFirst(13)) } == [
                "12 subscriptions, 2 not in force", "gas leaks: gas may not subscribe.",
                "and 1 more: tocsin status --subscriptions",
            ])
        let reloaded = #"{"rules":1,"departments":2,"mailboxes":3,"# + Self.summary + "}"
        let (_, warnings) = try readAnswer(Array(reloaded.utf8), ReloadCommand.words)
        #expect(
            warnings == [
                "a subscription is not in force: gas leaks: gas may not subscribe.",
                "and 1 more: tocsin status --subscriptions",
            ])
    }

    @Test func `an explanation shows the subscriptions that matched and those that are not in force, or all`() throws {
        let json = #"""
            {"rules":[],"subscriptions":[
             {"recipient":"gas","name":"leaks","verdict":"notInForce","reason":"gas may not subscribe."},
             {"recipient":"leader@110101","name":"fires","verdict":"matched","conditions":["category is Fire"]},
             {"recipient":"leader@110101","name":"met","verdict":"failed","condition":"category","wanted":"Met",
              "found":"Fire"}],
             "addressees":[{"recipient":"desk","purpose":"action","rule":"fallback"},
                           {"recipient":"leader@110101","purpose":"information","rule":"subscription: fires"}],"plans":[]}
            """#
        let explanation = try readAnswer(Array(json.utf8), Explanation.init(json:))
        let lines = ExplanationView.lines(explanation, style: .plain, unmatched: 5)
        #expect(lines.contains("  leader@110101  is informed       subscription: fires"))
        let place = try #require(lines.firstIndex(of: "Subscriptions that matched or are not in force"))
        #expect(
            Array(lines[(place + 1)...]) == [
                "  ✗ gas leaks", "      not in force: gas may not subscribe.", "  ✓ leader@110101 fires",
                "      category is Fire",
            ])
        let all = ExplanationView.lines(explanation, style: .plain, unmatched: nil)
        #expect(all.suffix(2) == ["  ✗ leader@110101 met", "      category: wants Met, found Fire"])
        #expect(all.contains("Subscriptions"))
    }

    @Test func `the audit and the check know the journal's subscriptions`() throws {
        let files = try TemporaryFiles([
            "departments.yaml": """
            departments:
              - { name: fire, zh: 消防, en: Fire }
            roles:
              - { name: leader, at: district, zh: 领导, en: Leader, may-subscribe: information }
            """,
            "grids.yaml": "places: { \"110101\": 东城区 }\n",
            "rules.yaml": "fallback: fire\nrules: [{ name: all, notify: fire }]\n",
        ])
        let journal = try SQLiteJournalStore(folder: files.path("state")).open()
        try journal.append(Sample.everyKind + Sample.subscriptions.prefix(3))
        #expect(
            try JournalSubscriptions.read(files.path("state")).map { "\($0.key)" } == [
                "fire 气体", "leader@110101 fires",
            ])
        journal.close()
        let audit = try CommandRun(["audit", "--journal", files.path("state")])
        #expect(
            audit.output.hasSuffix(
                """
                2026-11-23 08:00:00  leader-desk       SUBSCRIBE leader@110101 fires, for information, by 李值班: {"category":"Fire"}
                2026-11-23 08:00:00  –                 SUBSCRIBE fire 气体, for action: {"category":"Fire"}
                2026-11-23 08:00:00  leader-desk       SUBSCRIBE leader@110101 fires, for information, by 李值班: \
                {"event":["\\"火\\\\n"]}

                """), "\(audit.output)\(audit.errors)")
        let named = ["rules", "departments", "grids"].map { "\($0): \(files.path("\($0).yaml"))\n" }
        try (named + ["state: \(files.path("state"))\n"]).joined()
            .write(to: files.url("tocsin.yaml"), atomically: false, encoding: .utf8)
        let check = try CommandRun(["check", "--config", files.path("tocsin.yaml")])
        #expect(check.status == 0)
        #expect(check.output.contains("\(files.path("state")): 2 subscriptions\n"), "\(check.output)")
        #expect(
            check.errors
                == "\(files.path("state")): the subscription fire 气体 is not in force: fire may not subscribe: its entry in the "
                + "directory has no 'may-subscribe', which is information or action.\n")
    }

    @Test(arguments: [
        (["subscribe", "Fire", "a", "--when", "{}"], "'Fire' is not a recipient"),
        (
            ["subscribe", "fire", "a b", "--when", "{}"],
            "'a b' is not a subscription's name, which has 1 to 128 characters"
        ),
        (["subscribe", "fire", "a"], "Missing expected argument '--when <json-or-file>'"),
        (["subscribe", "fire", "a", "--when", "{}", "--purpose", "fun"], "'action' and 'information'"),
        (["unsubscribe", "fire", "a", "--by", ""], "--by must be a name of 1 to 128 bytes"),
        (["status", "--mailboxes", "--subscriptions"], "are two pages; give one"),
    ])
    func `a wrong command line says what would be right`(arguments: [String], words: String) throws {
        let run = try CommandRun(arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains(words), "\(run.errors)")
    }
}
