import Testing
import TocsinAccess
import TocsinModel
import TocsinRouting

/// What is not named is not allowed, and a refusal names what is missing.
struct RightsTests {
    private let name: PrincipalName

    init() throws {
        name = try #require(PrincipalName(client: "desk-1"))
    }

    private func refusal(_ held: Rights, _ demand: Demand) -> String? {
        held.refusal(of: demand, by: name)?.message
    }

    private func place(_ code: String) -> GridCode? { GridCode(code) }

    @Test func `every right allows everything`() {
        for demand: Demand in [
            .report(sender: "anybody", place: nil), .follow(isOwn: false), .join(Recipient("fire")!),
            .feed(""), .ask, .command,
        ] {
            #expect(Rights.all.refusal(of: demand, by: name) == nil, "\(demand)")
        }
    }

    @Test func `no right allows nothing`() {
        for demand: Demand in [
            .report(sender: "anybody", place: nil), .follow(isOwn: false), .follow(isOwn: true),
            .join(Recipient("fire")!), .feed(""), .feed("state/"), .ask, .command,
        ] {
            #expect(Rights().refusal(of: demand, by: name)?.code == .notPermitted, "\(demand)")
        }
    }

    @Test func `a sender must be one of those that are named`() throws {
        let held = try rights("report: { as: [handheld-7, 'grid-officer-*'] }")
        #expect(refusal(held, .report(sender: "handheld-7", place: nil)) == nil)
        #expect(refusal(held, .report(sender: "grid-officer-12", place: nil)) == nil)
        #expect(
            refusal(held, .report(sender: "handheld-8", place: nil))
                == "desk-1 may not report as 'handheld-8': 'report.as' of its entry is handheld-7, grid-officer-*.")
        #expect(held.refusal(of: .report(sender: "x", place: nil), by: name)?.field == "sender")
    }

    @Test(arguments: [
        ("[hand-7]", ["hand-7"]), ("[hand-7, hand-8]", ["hand-7", "hand-8"]), ("[hand-7, 'desk-*']", []),
        ("[a, b, c, d, e, f, g, h, i]", []),
    ])
    func `programs are told the senders, if those are a short list`(senders: String, allowed: [String]) throws {
        let held = try rights("report: { as: \(senders) }")
        #expect(held.refusal(of: .report(sender: "x", place: nil), by: name)?.allowed == allowed)
    }

    @Test(arguments: [
        ("", false), ("alert/", false), ("alert/fire/", false), ("alert/fire/Severe/", false), ("alert/ems/", true),
        ("state/", true), ("alert/fired", true),
    ])
    func `a subscription under which nothing may be seen is refused`(beginning: String, isRefused: Bool) throws {
        let held = try rights("feed: [alert/fire/]")
        let refusal = held.refusal(ofSubscription: Array(beginning.utf8), by: name)
        #expect((refusal != nil) == isRefused)
        #expect(Rights.all.refusal(ofSubscription: Array(beginning.utf8), by: name) == nil)
    }

    @Test func `a report must lie in one of the places that are named`() throws {
        let held = try rights("report: { as: all, within: ['110101005'] }")
        for allowed in ["110101005", "110101005003", "110101005003002"] {
            #expect(refusal(held, .report(sender: "x", place: place(allowed))) == nil)
        }
        #expect(
            refusal(held, .report(sender: "x", place: place("110101006")))
                == "desk-1 may not report from 110101006: 'report.within' of its entry is 110101005.")
        // The district is larger than the street that is allowed.
        #expect(refusal(held, .report(sender: "x", place: place("110101"))) != nil)
        #expect(
            refusal(held, .report(sender: "x", place: nil))
                == "desk-1 may not report without a grid: 'report.within' of its entry is 110101005.")
    }

    @Test func `a recipient must be one of those that are named`() throws {
        let held = try rights("join: [fire, 'firefighter@*']")
        for allowed in ["fire", "firefighter@110101005", "firefighter@110101005003002"] {
            #expect(refusal(held, .join(Recipient(allowed)!)) == nil)
        }
        #expect(
            refusal(held, .join(Recipient("gas")!))
                == "desk-1 may not speak for gas: 'join' of its entry is fire, firefighter@*.")
        #expect(refusal(held, .join(Recipient("leader@110101")!)) != nil)
        // A department is no role at every place.
        #expect(refusal(try rights("join: ['firefighter@*']"), .join(Recipient("firefighter")!)) != nil)
    }

    @Test func `of the feed all is seen that begins as one of those that are named`() throws {
        let held = try rights("feed: [alert/fire/, incident/Fire/Sev]")
        for allowed in ["alert/fire/", "alert/fire/Minor/-", "incident/Fire/Severe/110101"] {
            #expect(refusal(held, .feed(allowed)) == nil)
        }
        #expect(
            refusal(held, .feed("alert/"))
                == "desk-1 may not see all of the feed under 'alert/': 'feed' of its entry is alert/fire/, incident/Fire/Sev."
        )
        for other in ["", "alert/fire", "alert/fire-prevention/", "incident/Fire/", "state/1"] {
            #expect(refusal(held, .feed(other)) != nil)
        }
        #expect(refusal(try rights("join: all"), .feed("state/"))?.contains("has no 'feed'") == true)
    }

    @Test func `whoever reported may follow, and whoever may ask may follow everything`() throws {
        let reporter = try rights("report: all")
        #expect(refusal(reporter, .follow(isOwn: true)) == nil)
        #expect(refusal(reporter, .follow(isOwn: false))?.contains("has no 'operate'; read is enough") == true)
        #expect(refusal(try rights("operate: read"), .follow(isOwn: false)) == nil)
    }

    @Test func `to ask is less than to command`() throws {
        let reader = try rights("operate: read")
        #expect(refusal(reader, .ask) == nil)
        #expect(
            refusal(reader, .command)
                == "desk-1 may not command here: 'operate' of its entry is read, and full is needed.")
        let full = try rights("operate: full")
        #expect(refusal(full, .ask) == nil && refusal(full, .command) == nil)
    }

    @Test(arguments: [
        ("abc", "abc", true), ("abc", "ab", false), ("abc", "abcd", false), ("*", "", true), ("*", "anything", true),
        ("a*", "a", true), ("a*", "ba", false), ("*c", "abc", true), ("*c", "cb", false), ("a*c", "ac", true),
        ("a*c", "abcbc", true), ("ab*ba", "aba", false), ("a*b*c", "a1b2c", true), ("a*b*c", "a1c2b", false),
        ("**", "x", true), ("网格员-*", "网格员-7", true), ("网格员-*", "网格-7", false), ("a*a", "a", false), ("", "", true),
        ("", "a", false), ("*aab", "aaab", true),
    ])
    func `an asterisk stands for any characters`(_ pattern: String, _ sender: String, _ expected: Bool) {
        #expect(SenderPattern(pattern).matches(sender) == expected)
    }

    @Test func `a pattern of many asterisks takes no time`() {
        let pattern = SenderPattern(String(repeating: "a*", count: 1000) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 100_000)))
    }

    @Test(arguments: ["20/s", "1/h", "1000000/m"]) func `a rate is a number in a time`(_ text: String) {
        #expect(Rate(text)?.description == text)
    }

    @Test(arguments: [
        "", "0/s", "1000001/s", "20", "20/d", "-1/s", "1.5/s", "/s", "20/", "20/s/s", "٢/s", "99999999999999999999/s",
    ])
    func `what is no rate is refused`(_ text: String) {
        #expect(Rate(text) == nil)
    }
}
