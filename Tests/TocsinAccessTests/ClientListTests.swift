import Testing
import TocsinAccess
import TocsinModel
import TocsinRouting

/// The clients file: what it may say, and what is wrong with one that says something else.
struct ClientListTests {
    @Test func `the file that the contract shows is read`() throws {
        let list = try read(
            """
            clients:
              - name: handheld-7
                key: "\(keys[0])"
                report: { as: [handheld-7, "grid-officer-*"], within: ["110101005"], rate: 20/s }
                until: 2027-06-30
              - name: fire-desk
                key: "\(keys[1])"
                join: [fire, "firefighter@*"]
                feed: [alert/fire/, incident/Fire/]
              - name: operator-li
                key: "\(keys[2])"
                operate: read
            """)
        #expect(list.principals.map(\.name.text) == ["handheld-7", "fire-desk", "operator-li"])
        #expect(list.principals.map(\.line) == [2, 6, 10])
        let handheld = list.principals[0].rights
        #expect(handheld.report?.senders == .only([SenderPattern("handheld-7"), SenderPattern("grid-officer-*")]))
        #expect(handheld.report?.within?.map(\.description) == ["110101005"] && handheld.report?.rate == Rate("20/s"))
        #expect(handheld.join == .only([]) && handheld.feed == .only([]) && handheld.operate == nil)
        let desk = list.principals[1].rights
        #expect(desk.report == nil && desk.feed == .only(["alert/fire/", "incident/Fire/"]))
        #expect(list.principals[2].rights.operate == .read)
        let key = try #require(PublicKey(z85: keys[1]))
        #expect(list.principal(with: key)?.name.text == "fire-desk")
    }

    @Test func `the last day that can be written down is the last`() throws {
        let client = try read("clients:\n  - { name: a, key: \"\(keys[0])\", join: all, until: 9999-12-31 }")
            .principals[0]
        #expect(client.until?.description.hasPrefix("9999-12-31") == true)
    }

    @Test func `how often a client is heard, and who is told when it is not, belong together`() throws {
        let client = try read(
            "clients:\n  - { name: a, key: \"\(keys[0])\", report: all, heartbeat: 60s, supervised-by: leader@district }"
        ).principals[0]
        #expect(client.supervision?.heartbeat == .seconds(60) && client.supervision?.supervisor.name == "leader@110101")
        #expect(
            try read("clients:\n  - { name: a, key: \"\(keys[0])\", report: all }").principals[0].supervision == nil)
    }

    @Test(arguments: [
        ("heartbeat: 60s", "heartbeat needs 'supervised-by': somebody must be told of silence"),
        ("supervised-by: fire", "supervised-by needs 'heartbeat': how often the client is heard, such as 60s"),
        ("heartbeat: 4s, supervised-by: fire", "'4s' is not a duration for heartbeat; valid are whole numbers"),
        ("heartbeat: often, supervised-by: fire", "'often' is not a duration for heartbeat; valid are whole numbers"),
        (
            "heartbeat: 60s, supervised-by: fier",
            "'fier' is not a department; valid are fire, gas; did you mean 'fire'?"
        ),
        (
            "heartbeat: 60s, supervised-by: firefighter@street",
            "'firefighter@street' depends on a place, and a client has"
        ),
    ])
    func `a heartbeat that cannot be is named with its place`(_ lines: String, _ expected: String) {
        let found = problems("clients:\n  - { name: a, key: \"\(keys[0])\", report: all, \(lines) }")
        #expect(
            found.count == 1 && found[0].contains(": " + expected) && found[0].hasPrefix("clients.yaml:2:"), "\(found)")
    }

    @Test(arguments: ["feed: all", "feed: [state/]"])
    func `who may only see the feed has no heartbeat, for it says nothing`(_ rights: String) {
        let before = "  - { name: a, key: \"\(keys[0])\", \(rights), heartbeat: "
        let entry = "clients:\n\(before)60s, supervised-by: fire"
        #expect(
            problems(entry + " }") == [
                "clients.yaml:2:\(before.count + 1): heartbeat needs report, join or operate: a subscriber of the feed says "
                    + "nothing by which it could be heard"
            ])
        for right in ["report: all", "join: [fire]", "operate: read"] {
            #expect(problems(entry + ", \(right) }").isEmpty)
        }
    }

    @Test func `all of a kind can be allowed`() throws {
        let held = try rights("report: all, join: all, feed: all, operate: full")
        #expect(held == .all)
    }

    @Test(arguments: ["clients: []", "clients:", "clients: ~"]) func `nobody may be named yet`(_ yaml: String) throws {
        #expect(try read(yaml).principals.isEmpty)
    }

    @Test func `a day counts to its end and a time to the moment`() throws {
        let day = try read("clients:\n  - { name: a, key: \"\(keys[0])\", join: all, until: 2027-06-30 }").principals[0]
        let time = try read(
            "clients:\n  - { name: a, key: \"\(keys[0])\", join: all, until: \"2027-06-30T18:00:00+08:00\" }"
        ).principals[0]
        let end = try #require(day.until)
        // Wherever this machine is: the day's end is a midnight there.
        let noon = try #require(Timestamp("2027-06-30T12:00:00Z"))
        #expect(end > noon + .seconds(-3600 * 3) && end <= noon + .seconds(3600 * 27))
        #expect(day.isIn(at: end + .milliseconds(-1)) && !day.isIn(at: end))
        #expect(time.until == Timestamp("2027-06-30T10:00:00Z"))
    }

    @Test func `a key is worth nothing from the end of its time on`() throws {
        let list = try read(
            "clients:\n  - { name: a, key: \"\(keys[0])\", join: all, until: \"2027-06-30T10:00:00Z\" }")
        let (key, end) = (try #require(PublicKey(z85: keys[0])), try #require(Timestamp("2027-06-30T10:00:00Z")))
        #expect(list.principal(with: key)?.isIn(at: end + .milliseconds(-1)) == true)
        #expect(list.principal(with: key)?.isIn(at: end) == false)
    }

    static let mistakes: [(String, String)] = [
        ("client: []", "clients.yaml:1:1: 'client' is not a key of the clients file; valid are clients; did you mean"),
        ("clients: fire", "clients.yaml:1:10: clients is 'fire'; a list is expected"),
        (
            "clients: [{ name: a, key: K0, reprot: all }]",
            "clients.yaml:1:71: 'reprot' is not a key of a client; valid are"
        ),
        ("clients: [{ name: a, key: K0 }]", "clients.yaml:1:11: 'a' may do nothing; give it report, join, feed or"),
        ("clients: [{ key: K0, join: all }]", "clients.yaml:1:11: a client needs 'name', which is missing"),
        ("clients: [{ name: a, join: all }]", "clients.yaml:1:11: a client needs 'key', which is missing"),
        (
            "clients: [{ name: 'a b', key: K0, join: all }]",
            "clients.yaml:1:19: 'a b' is not the name of a client; valid are"
        ),
        ("clients: [{ name: 'uid:1', key: K0, join: all }]", "clients.yaml:1:19: 'uid:1' is not the name of a client"),
        (
            "clients: [{ name: a, key: abc, join: all }]",
            "clients.yaml:1:27: this key has 3 characters; a public key is 40"
        ),
        (
            "clients: [{ name: a, key: \"~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\", join: all }]",
            "clients.yaml:1:27: this key has characters that Z85 does not have"
        ),
        (
            "clients: [{ name: a, key: K0, join: all }, { name: a, key: K1, join: all }]",
            "clients.yaml:1:84: the client 'a' is there already, in line 1"
        ),
        (
            "clients: [{ name: a, key: K0, join: all }, { name: b, key: K0, join: all }]",
            "clients.yaml:1:84: 'b' has the same key as 'a'; each needs its own: tocsin keys make b"
        ),
        (
            "clients: [{ name: a, key: K0, operate: write }]",
            "clients.yaml:1:80: 'write' is not a right to operate; valid are read, full"
        ),
        ("clients: [{ name: a, key: K0, report: true }]", "clients.yaml:1:79: report must be all, or a mapping"),
        (
            "clients: [{ name: a, key: K0, report: { within: ['110101'] } }]",
            "clients.yaml:1:79: report needs 'as', which is"
        ),
        (
            "clients: [{ name: a, key: K0, report: { as: [] } }]",
            "clients.yaml:1:85: as is an empty list; name at least one"
        ),
        (
            "clients: [{ name: a, key: K0, report: { as: all, within: [1101] } }]",
            "clients.yaml:1:99: '1101' is not a grid code"
        ),
        (
            "clients: [{ name: a, key: K0, report: { as: all, within: ['110101007'] } }]",
            "clients.yaml:1:99: '110101007' is not a street; valid are 110101005, 110101006"
        ),
        (
            "clients: [{ name: a, key: K0, report: { as: all, rate: 0/s } }]",
            "clients.yaml:1:96: '0/s' is not a rate; valid are"
        ),
        (
            "clients: [{ name: a, key: K0, report: { as: all, rate: 5 } }]",
            "clients.yaml:1:96: '5' is not a rate; valid are"
        ),
        (
            "clients: [{ name: a, key: K0, join: [fyre] }]",
            "clients.yaml:1:78: 'fyre' is not a department; valid are fire, gas"
        ),
        (
            "clients: [{ name: a, key: K0, join: ['leeder@*'] }]",
            "clients.yaml:1:78: 'leeder' is not a role; valid are firefighter, leader; did"
        ),
        (
            "clients: [{ name: a, key: K0, join: ['leader@110101005'] }]",
            "clients.yaml:1:78: the role 'leader' does not exist at a street"
        ),
        (
            "clients: [{ name: a, key: K0, join: ['*'] }]",
            "clients.yaml:1:78: '*' is not a recipient; valid are a department"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [alerts] }]",
            "clients.yaml:1:78: 'alerts' is not the beginning of a topic; valid"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [alert/fyre/] }]",
            "clients.yaml:1:78: 'fyre' is not a department; valid are"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [alert/hose] }]",
            "clients.yaml:1:78: 'hose' is not the beginning of a recipient; valid are fire, gas, firefighter, leader"
        ),
        (
            "clients: [{ name: a, key: K0, feed: ['alert/leader@1101010/'] }]",
            "clients.yaml:1:78: 'leader@1101010' is not a recipient"
        ),
        (
            "clients: [{ name: a, key: K0, feed: ['alert/fire@110101'] }]",
            "clients.yaml:1:78: 'fire' is not a role; valid are"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [incident/fire/] }]",
            "clients.yaml:1:78: 'fire' is not a category; valid are Geo, Met"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [incident/Fire/severe] }]",
            "clients.yaml:1:78: 'severe' is not the beginning of a severity; valid are Extreme, Severe"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [incident/Fire/Severe/011] }]",
            "clients.yaml:1:78: '011' is not the beginning of a grid code; nor is it -"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [incident/Fire/Severe/-/x] }]",
            "clients.yaml:1:78: no topic begins with 'incident/Fire/Severe/-/x'; the longest are incident/CATEGORY/"
        ),
        (
            "clients: [{ name: a, key: K0, feed: [state/open] }]",
            "clients.yaml:1:78: 'open' is not the number of an incident"
        ),
        (
            "clients: [{ name: a, key: K0, join: all, until: 2027-02-30 }]",
            "clients.yaml:1:89: '2027-02-30' is not a day; valid are"
        ),
        (
            "clients: [{ name: a, key: K0, join: all, until: soon }]",
            "clients.yaml:1:89: 'soon' is not a day; valid are"
        ),
    ]

    @Test(arguments: mistakes) func `a mistake is named with its place and what would be right`(
        _ yaml: String, _ expected: String
    ) {
        let found = problems(yaml.replacing("K0", with: "\"\(keys[0])\"").replacing("K1", with: "\"\(keys[1])\""))
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test func `the beginning of a topic may end anywhere`() throws {
        let beginnings = [
            "alert/", "alert/fi", "alert/fire", "alert/fire/", "alert/fire/Severe/1101", "alert/fire/Severe/-",
            "alert/leader@", "alert/firefighter@110101005", "alert/firefighter@110101005/Mi", "incident/",
            "incident/F", "incident/Fire/Severe/110101005003002", "state/", "state/12",
        ]
        let held = try rights("feed: [\(beginnings.joined(separator: ", "))]")
        #expect(held.feed == .only(beginnings))
    }

    @Test func `a day that is over is refused where that is asked for`() throws {
        let yaml = "clients:\n  - { name: a, key: \"\(keys[0])\", join: all, until: 2020-01-01 }"
        let now = try #require(Timestamp("2026-11-29T12:00:00Z"))
        #expect(
            problems(yaml, now: now) == [
                "clients.yaml:2:83: 2020-01-01 is over; remove the client, or give it a later day"
            ])
        #expect(problems(yaml).isEmpty)
        // A client that has ended meanwhile may stay in the file, and a new day for it may not be over.
        let (inForce, directory) = (try read(yaml), try makeDirectory())
        let again = { (text: String) throws(FileProblems) in
            try ClientList(yaml: text, file: "clients.yaml", directory: directory, now: now, inForce: inForce)
        }
        #expect(try again(yaml).principals.count == 1)
        #expect(throws: FileProblems.self) { try again(yaml.replacing("2020-01-01", with: "2020-01-02")) }
        #expect(throws: FileProblems.self) { try again(yaml.replacing(keys[0], with: keys[1])) }
        #expect(throws: FileProblems.self) { try again(yaml.replacing("join: all", with: "join: fire")) }
        #expect(try again("# another line\n" + yaml).principals.count == 1)
    }

    @Test func `clients whose time is over and a list of nobody are right, and may not be meant`() throws {
        let now = try #require(Timestamp("2026-11-29T12:00:00Z"))
        let list = try read(
            """
            clients:
              - { name: a, key: "\(keys[0])", join: all, until: 2099-01-01 }
              - { name: b, key: "\(keys[1])", join: all, until: "2026-11-29T12:00:00Z" }
            """)
        #expect(
            list.warnings(file: "c.yaml", at: now) == [
                "c.yaml:3: 'b' is out since 2026-11-29T12:00:00.000Z, its 'until'; remove it, or give it a later day"
            ])
        #expect(list.over(at: now).map(\.name.text) == ["b"])
        #expect(
            try read("clients: []").warnings(file: "c.yaml", at: now) == [
                "c.yaml: there is no client: no key opens anything"
            ])
    }

    @Test func `what stands where a public key belongs is not repeated, for it may be a secret`() {
        let found = problems("clients: [{ name: a, key: '\(String(repeating: "secret", count: 6))', join: all }]")
        #expect(found.count == 1 && !found[0].contains("secret"))
    }

    @Test func `ten thousand clients are read`() throws {
        var yaml = "clients:\n"
        for number in 0..<10_000 {
            let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 2 * 8)) }
            let key = try #require(bytes.withUnsafeBytes { PublicKey($0) })
            yaml += "  - { name: c\(number), key: \"\(key)\", join: [fire] }\n"
        }
        #expect(try read(yaml).principals.count == 10_000)
    }
}
