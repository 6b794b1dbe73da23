import Testing
import TocsinModel
import TocsinWire

struct CommandTests {
    private let fire: Recipient
    private let police: Recipient
    private let reference: Reference

    init() throws {
        fire = try #require(Recipient("fire"))
        police = try #require(Recipient("police@110101005"))
        reference = try #require(Reference("r-1"))
    }

    @Test func `every command of the reports endpoint is read`() throws {
        #expect(try reports("TIP1 REPORT r-1") == .report(reference))
        #expect(try reports("TIP1 FOLLOW r-1 1234") == .follow(reference, IncidentNumber(1234)))
        #expect(try reports("TIP1 RATE r-1 1234") == .rate(reference, IncidentNumber(1234)))
        #expect(try reports("TIP1 PING abc") == .ping("abc"))
        #expect(try reports("TIP1 PONG abc") == .pong("abc"))
        #expect(try reports("TIP1 PING") == .ping(""))
    }

    @Test func `every command of the alerts endpoint is read`() throws {
        #expect(try alerts("TIP1 JOIN fire desk-2 100") == .join(fire, terminal: "desk-2", credit: 100))
        #expect(
            try alerts("TIP1 RECEIVED police@110101005 17-40,42")
                == .received(
                    police, NumberList([AlertNumber(17)...AlertNumber(40), AlertNumber(42)...AlertNumber(42)])))
        #expect(try alerts("TIP1 ACKNOWLEDGE fire 17") == .acknowledge(fire, AlertNumber(17)))
        #expect(try alerts("TIP1 DECLINE fire 17") == .decline(fire, AlertNumber(17)))
        #expect(try alerts("TIP1 STATUS fire 17") == .status(fire, AlertNumber(17)))
        #expect(try alerts("TIP1 LEAVE fire") == .leave(fire))
        #expect(try alerts("TIP1 PING 消防") == .ping("消防"))
        #expect(try alerts("TIP1 PONG") == .pong(""))
    }

    @Test func `every command of the control endpoint is read`() throws {
        #expect(try control("TIP1 INFO r-1") == .info(reference))
        #expect(try control("TIP1 INCIDENTS r-1") == .incidents(reference))
        #expect(try control("TIP1 INCIDENT r-1") == .incident(reference))
        #expect(try control("TIP1 PENDING r-1") == .pending(reference))
        #expect(try control("TIP1 EXPLAIN r-1") == .explain(reference))
        #expect(try control("TIP1 RELOAD r-1") == .reload(reference))
        #expect(try control("TIP1 CLOSE r-1") == .close(reference))
        #expect(try control("TIP1 CLIENTS r-1") == .clients(reference))
        #expect(try control("TIP1 SUBSCRIPTIONS r-1") == .subscriptions(reference))
        #expect(try control("TIP1 AUDIT r-1") == .audit(reference))
        #expect(try control("TIP1 STATS r-1") == .stats(reference))
        #expect(try control("TIP1 SILENCE r-1") == .silence(reference))
        #expect(try control("TIP1 UNSILENCE r-1") == .unsilence(reference))
        #expect(try control("TIP1 SILENCES r-1") == .silences(reference))
        #expect(try control("TIP1 SPLIT r-1") == .split(reference))
        #expect(try control("TIP1 PING x") == .ping("x"))
        #expect(try control("TIP1 PONG x") == .pong("x"))
    }

    @Test func `a header line is written as it is read`() throws {
        var line = HeaderLine()
        line.begin(.join)
        line.add("fire")
        line.add("desk-2")
        line.add(100)
        #expect(String(decoding: line.bytes, as: UTF8.self) == "TIP1 JOIN fire desk-2 100")
        line.begin(.ping)
        #expect(line.bytes == HeaderLine(.ping).bytes)
        for word in CommandWord.allCases {
            #expect(String(decoding: HeaderLine(word, "a", "消防").bytes, as: UTF8.self) == "TIP1 \(word.rawValue) a 消防")
        }
    }

    @Test func `a subscription is named by its recipient and a name without spaces`() throws {
        let leader = try #require(Recipient("leader@110101"))
        let key = Subscription.Key(leader, try #require(SubscriptionName("火灾-1")))
        #expect(try alerts("TIP1 SUBSCRIBE leader@110101 火灾-1") == .subscribe(key))
        #expect(try alerts("TIP1 UNSUBSCRIBE leader@110101 火灾-1") == .unsubscribe(key))
        #expect(try alerts("TIP1 SUBSCRIPTIONS leader@110101") == .subscriptions(leader))
        let longest = String(repeating: "é", count: 128)
        #expect(throws: Never.self) { try alerts("TIP1 SUBSCRIBE fire \(longest)") }
        for header in ["SUBSCRIBE fire", "SUBSCRIBE fire \(longest)é", "SUBSCRIBE fire a b", "SUBSCRIPTIONS fire a"] {
            let failure = failure { () throws(CommandFailure) in try alerts("TIP1 \(header)") }
            #expect(failure?.refusal.code == .malformed, "\(header)")
            #expect(failure?.subject == "fire", "\(header)")
        }
    }

    @Test func `each endpoint takes its own commands and no others`() {
        for word in CommandWord.allCases {
            let header = "TIP1 \(word.rawValue) 1"
            let accepted: [Set<CommandWord>] = [
                [.report, .follow, .rate, .ping, .pong],
                [
                    .join, .received, .acknowledge, .decline, .status, .leave, .subscribe, .unsubscribe, .subscriptions,
                    .ping,
                    .pong,
                ],
                [
                    .info, .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .reload,
                    .close, .reopen, .silence, .unsilence, .split, .silences, .ping, .pong,
                ],
            ]
            let codes = [
                failure { () throws(CommandFailure) in try reports(header) }?.refusal.code,
                failure { () throws(CommandFailure) in try alerts(header) }?.refusal.code,
                failure { () throws(CommandFailure) in try control(header) }?.refusal.code,
            ]
            for (accepted, code) in zip(accepted, codes) {
                #expect((code != .unsupported) == accepted.contains(word), "\(word.rawValue)")
            }
        }
    }

    @Test(arguments: [
        "", " ", "TIP1", "TIP1 ", "TIP1  REPORT r", "TIP1 REPORT  r", " TIP1 REPORT r", "TIP1 REPORT r ", "TIP1 REPORT",
        "TIP1 REPORT ", "TIP1 REPORT r s", "TIP1 REPORT r\n", "TIP1\tREPORT r", "TIP1 REPORT r\u{0}",
        "TIP1 REPORT \u{7f}",
        "TIP1 PING a b", "HTTP/1.1 GET r", "TIPX REPORT r", "tip1 REPORT r", "TIP1 FOLLOW r", "TIP1 FOLLOW r 0",
        "TIP1 FOLLOW r -1", "TIP1 FOLLOW r 1.0", "TIP1 FOLLOW r x", "TIP1 FOLLOW r 99999999999999999999",
        "TIP1 FOLLOW r １",
    ])
    func `a header that is not single words with single spaces is malformed`(header: String) {
        #expect(failure { () throws(CommandFailure) in try reports(header) }?.refusal.code == .malformed)
    }

    @Test(arguments: [
        "TIP2 REPORT r", "TIP10 REPORT r", "TIP1 report r", "TIP1 SHOUT r", "TIP1 JOIN r", "TIP1 RECEIPT r",
    ])
    func `another version and an unknown command are unsupported`(header: String) {
        #expect(failure { () throws(CommandFailure) in try reports(header) }?.refusal.code == .unsupported)
    }

    @Test func `a header that is not UTF-8 is malformed`() {
        let header = Array("TIP1 REPORT ".utf8) + [0xff, 0xfe]
        let failure = failure { () throws(CommandFailure) in
            try read(header) { (bytes) throws(CommandFailure) in try ReportsCommand(header: bytes) }
        }
        #expect(failure?.refusal.code == .malformed)
        #expect(failure?.subject == "-")
    }

    @Test func `a header above the limit is too large`() {
        let header = "TIP1 REPORT " + String(repeating: "r", count: Limits.headerBytes)
        #expect(failure { () throws(CommandFailure) in try reports(header) }?.refusal.code == .tooLarge)
    }

    @Test(arguments: [
        ("TIP1 REPORT", "-", CommandWord.report), ("TIP1 REPORT r s", "r", .report), ("TIP1 FOLLOW r", "r", .follow),
        ("TIP1 FOLLOW r x", "r", .follow), ("TIP1 JOIN r", "-", .join),
    ])
    func `a failure names its reference where one could be read`(header: String, subject: String, word: CommandWord) {
        let failure = failure { () throws(CommandFailure) in try reports(header) }
        #expect(failure?.subject == subject)
        #expect(failure?.command == word)
    }

    @Test func `a failure before the command names nothing`() {
        for header in ["", "TIP2 REPORT r", "TIP1 SHOUT r", "GET / HTTP/1.1"] {
            let failure = failure { () throws(CommandFailure) in try reports(header) }
            #expect(failure?.subject == "-")
            #expect(failure?.command == nil)
        }
    }

    @Test(arguments: [
        ("TIP1 JOIN", "-"), ("TIP1 JOIN Fire t 1", "-"), ("TIP1 JOIN fire", "fire"), ("TIP1 JOIN fire t", "fire"),
        ("TIP1 JOIN fire t 0", "fire"), ("TIP1 JOIN fire t 10001", "fire"), ("TIP1 JOIN fire t 5 x", "fire"),
        ("TIP1 RECEIVED fire", "fire"), ("TIP1 RECEIVED fire 3-1", "fire"), ("TIP1 ACKNOWLEDGE fire 0", "fire"),
        ("TIP1 DECLINE fire", "fire"), ("TIP1 STATUS fire 1 2", "fire"), ("TIP1 LEAVE fire x", "fire"),
    ])
    func `a failure at the alerts endpoint names its recipient where one could be read`(header: String, subject: String)
    {
        #expect(failure { () throws(CommandFailure) in try alerts(header) }?.subject == subject)
    }

    @Test func `arguments are as long as their limits and no longer`() throws {
        func text(_ count: Int) -> String { String(repeating: "x", count: count) }
        _ = try reports("TIP1 REPORT \(text(64))")
        _ = try alerts("TIP1 JOIN fire \(text(64)) 10000")
        _ = try alerts("TIP1 PING \(text(128))")
        #expect(failure { () throws(CommandFailure) in try reports("TIP1 REPORT \(text(65))") } != nil)
        #expect(failure { () throws(CommandFailure) in try alerts("TIP1 JOIN fire \(text(65)) 1") } != nil)
        #expect(failure { () throws(CommandFailure) in try alerts("TIP1 PING \(text(129))") } != nil)
        let credit = failure { () throws(CommandFailure) in try alerts("TIP1 JOIN fire t 10001") }?.refusal
        #expect(credit?.code == .invalid)
        #expect(credit?.field == "credit")
    }

    @Test func `a reference is 1 to 64 bytes without spaces`() {
        #expect(Reference("报告-1")?.text == "报告-1")
        for wrong in ["", " ", "a b", "a\n", "\u{7f}", String(repeating: "报", count: 22)] {
            #expect(Reference(wrong) == nil)
        }
        #expect(Reference.none.text == "-")
    }
}
