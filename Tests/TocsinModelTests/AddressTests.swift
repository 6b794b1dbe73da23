import Testing
import TocsinModel

struct GridCodeTests {
    @Test(arguments: [
        ("110101", PlaceLevel.district), ("110101005", .street), ("110101005003", .community),
        ("110101005003002", .grid),
    ])
    func `the number of digits says how large the place is`(text: String, level: PlaceLevel) throws {
        let code = try #require(GridCode(text))
        #expect(code.level == level)
        #expect(code.description == text)
    }

    @Test(arguments: [
        "", "1", "11010", "1101010", "1101010050030021", "010101", "11010a", "-10101", "110101 ", "１１０１０１",
        "110101005003002000",
    ])
    func `anything else is not a grid code`(text: String) {
        #expect(GridCode(text) == nil)
    }

    @Test func `a place lies in each larger place, and in itself`() throws {
        let grid = try #require(GridCode("110101005003002"))
        #expect(grid.enclosing(.grid) == grid)
        #expect(grid.enclosing(.community)?.description == "110101005003")
        #expect(grid.enclosing(.street)?.description == "110101005")
        #expect(grid.enclosing(.district)?.description == "110101")
        let street = try #require(GridCode("110101005"))
        #expect(grid.isWithin(street))
        #expect(street.isWithin(street))
        #expect(!street.isWithin(grid))
        #expect(street.enclosing(.grid) == nil)
        #expect(!grid.isWithin(try #require(GridCode("110101006"))))
    }

    @Test func `places are ordered as their codes are written`() throws {
        let codes = try ["110102", "110101005", "110101", "110101005003"].map { try #require(GridCode($0)) }
        #expect(codes.sorted().map(\.description) == ["110101", "110101005", "110101005003", "110102"])
        #expect(PlaceLevel.grid < .district)
    }
}

struct RecipientTests {
    @Test(arguments: ["fire", "d0", "120", "duty-office", "police@110101005", "grid-officer@110101005003002"])
    func `a department or a role at a place is a recipient`(text: String) {
        #expect(Recipient(text)?.name == text)
    }

    @Test(arguments: [
        "", "-fire", "Fire", "fire ", "fi re", "消防", "fire_1", "@110101", "police@", "police@1101", "police@110101@1",
        "police@ 110101", "police@street", "po@\u{301}110101", "fire\u{301}", "fire\n",
    ])
    func `anything else is not a recipient`(text: String) {
        #expect(Recipient(text) == nil)
    }

    @Test func `a recipient has at most 64 bytes`() {
        #expect(Recipient(String(repeating: "a", count: 64)) != nil)
        #expect(Recipient(String(repeating: "a", count: 65)) == nil)
    }

    @Test func `a role's mailbox knows its role and its place`() throws {
        let place = try #require(GridCode("110101005"))
        let recipient = Recipient(role: try #require(RoleName("police")), at: place)
        #expect(recipient == Recipient("police@110101005"))
        #expect(recipient.place == place)
        #expect(recipient.word == "police")
        let department = try #require(Recipient("fire"))
        #expect(department.place == nil)
        #expect(department.word == "fire")
    }

    @Test func `the longest role at the smallest place is still a recipient`() throws {
        let role = try #require(RoleName(String(repeating: "r", count: 48)))
        let place = try #require(GridCode("110101005003002"))
        #expect(Recipient(Recipient(role: role, at: place).name) != nil)
        #expect(RoleName(String(repeating: "r", count: 49)) == nil)
    }
}

struct DirectoryTests {
    private let directory: Directory

    init() throws {
        directory = Directory(
            departments: [
                .init(name: try #require(Recipient("fire")), title: Title(chinese: "消防救援支队", english: "Fire"))
            ],
            roles: [
                .init(
                    name: try #require(RoleName("police")), levels: [.street, .grid],
                    title: Title(chinese: "网格警员", english: "Police Officer"))
            ],
            places: [
                try #require(GridCode("110101")): "东城区", try #require(GridCode("110101005")): "北新桥街道",
                try #require(GridCode("110101006")): "东四街道",
            ])
    }

    @Test(arguments: [
        ("fire", true), ("police@110101005", true), ("police@110101006", true), ("police@110101", false),
        ("police@110101007", false), ("police", false), ("fire@110101005", false), ("gas", false),
    ])
    func `a mailbox exists where its department does, or its role at its place`(name: String, exists: Bool) throws {
        let recipient = try #require(Recipient(name))
        #expect(directory.contains(recipient) == exists)
        #expect((directory.title(of: recipient) != nil) == exists)
    }

    @Test func `every mailbox is counted`() {
        #expect(directory.mailboxCount == 3)
    }

    @Test func `a role's mailbox is called by its place and its role`() throws {
        let title = directory.title(of: try #require(Recipient("police@110101005")))
        #expect(title == Title(chinese: "北新桥街道网格警员", english: "Police Officer, 北新桥街道"))
    }

    @Test func `only an only district stands for the district`() throws {
        #expect(directory.district?.description == "110101")
        var places = directory.places
        places[try #require(GridCode("110102"))] = "西城区"
        #expect(Directory(departments: [], roles: [], places: places).district == nil)
        #expect(Directory(departments: [], roles: [], places: [:]).district == nil)
    }
}

struct SeverityTests {
    @Test func `severities are ordered from unknown to extreme`() {
        #expect(Severity.allCases.sorted() == [.unknown, .minor, .moderate, .severe, .extreme])
        #expect(Severity.allCases.map(\.rank) == [0, 1, 2, 3, 4])
    }

    @Test func `each state says who owes what`() {
        for state in AlertState.allCases where state.isFinished {
            #expect(state.isTaken && state.isDelivered)
        }
        #expect(AlertState.allCases.filter { !$0.isDelivered } == [.queued, .sent, .silenced])
        #expect(AlertState.allCases.filter { !$0.isTaken } == [.queued, .sent, .received, .declined, .silenced])
        #expect(
            AlertState.allCases.filter(\.isPersonal) == [.acknowledged, .enRoute, .onScene, .resolved, .declined])
    }
}
