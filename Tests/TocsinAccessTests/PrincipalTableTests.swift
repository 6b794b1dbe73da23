import Testing
import TocsinAccess
import TocsinModel

/// A number stands for one principal with its rights, for ever.
struct PrincipalTableTests {
    private let now = Timestamp(milliseconds: 1_000)

    private func list(_ lines: [String]) throws -> ClientList {
        try read("clients:\n" + lines.map { "  - { \($0) }\n" }.joined())
    }

    private func client(_ name: String, _ key: Int, _ rights: String) -> String {
        "name: \(name), key: \"\(keys[key])\", \(rights)"
    }

    private func number(_ table: PrincipalTable, _ key: Int) throws -> PrincipalNumber? {
        table.number(of: try #require(PublicKey(z85: keys[key])), at: now)
    }

    @Test func `whoever stays as it was keeps its number, and all others are told`() throws {
        var table = PrincipalTable()
        #expect(
            table.use(
                try list([client("a", 0, "join: all"), client("b", 1, "join: all"), client("c", 2, "join: all")])) == []
        )
        let (a, b, c) = (try #require(try number(table, 0)), try number(table, 1), try #require(try number(table, 2)))
        // b is gone, and c may do something else.
        let out = table.use(try list([client("c", 2, "join: [fire]"), client("a", 0, "join: all")]))
        #expect(out == [b, c])
        #expect(try number(table, 0) == a && table[a]?.isIn(at: now) == true)
        #expect(try number(table, 1) == nil && table[c]?.isIn(at: now) == false)
        let another = try #require(try number(table, 2))
        #expect(another != c && table[another]?.rights.join == .only([.mailbox(Recipient("fire")!)]))
        #expect(table[another]?.name.text == "c" && table[c]?.rights.join == .all)
        let gone = try #require(b)
        #expect(table[c]?.successor == another && table[gone]?.successor == nil)
    }

    @Test func `a name with another key is somebody else`() throws {
        var table = PrincipalTable()
        _ = table.use(try list([client("a", 0, "join: all")]))
        let before = try #require(try number(table, 0))
        #expect(table.use(try list([client("a", 1, "join: all")])) == [before])
        #expect(try number(table, 0) == nil && number(table, 1) != before)
    }

    @Test func `a key whose time is over opens nothing`() throws {
        var table = PrincipalTable()
        _ = table.use(try list([client("a", 0, "join: all, until: \"2027-06-30T10:00:00Z\"")]))
        let (key, end) = (try #require(PublicKey(z85: keys[0])), try #require(Timestamp("2027-06-30T10:00:00Z")))
        let number = try #require(table.number(of: key, at: end + .milliseconds(-1)))
        #expect(table.number(of: key, at: end) == nil)
        #expect(table.nextEnd(after: now) == end && table.nextEnd(after: end) == nil)
        #expect(
            table.ended(after: now, upTo: end + .milliseconds(-1)) == []
                && table.ended(after: now, upTo: end) == [number])
        #expect(table.ended(after: end, upTo: end + .seconds(1)) == [])
    }

    @Test func `users of this machine are told apart, and may do everything`() throws {
        var table = PrincipalTable()
        let (root, li) = (table.number(of: PrincipalName(user: "root")), table.number(of: PrincipalName(user: "li")))
        #expect(root != li && table.number(of: PrincipalName(user: "li")) == li)
        #expect(table[li]?.rights == .all && table[li]?.name.text == "uid:li")
        // They are no clients, and stay.
        #expect(table.use(.empty) == [] && table[li]?.isIn(at: now) == true)
        #expect(table[.anybody] == nil && table[PrincipalNumber(value: 3)] == nil)
    }
}
