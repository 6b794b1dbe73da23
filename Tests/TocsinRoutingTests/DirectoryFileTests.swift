import Testing
import TocsinModel
import TocsinRouting

struct DirectoryFileTests {
    private func problems(departments: String = departmentsYAML, grids: String? = gridsYAML) -> [String] {
        TocsinRoutingTests.problems {
            _ = try Directory(departments: departments, departmentsFile: "d", grids: grids, gridsFile: "g")
        }
    }

    @Test func `departments, roles and places are read with their Chinese names`() throws {
        let directory = try makeDirectory()
        #expect(directory.departments.map(\.name.name) == ["fire", "police", "gas", "desk"])
        #expect(directory.departments.first?.title.chinese == "消防救援支队")
        #expect(directory.roles.map(\.levels) == [[.grid], [.grid, .street], [.district, .street]])
        #expect(directory.places.count == 6)
        #expect(directory.district?.description == "110101")
        let police = try #require(Recipient("police@110101005"))
        #expect(directory.title(of: police)?.chinese == "北新桥街道网格警员")
    }

    @Test func `the grid file may be absent`() throws {
        let directory = try makeDirectory(grids: nil)
        #expect(directory.places.isEmpty)
        #expect(directory.mailboxCount == 4)
    }

    @Test(arguments: [
        ("departments: [{ name: Fire, zh: 火, en: F }]", "d:1:23: 'Fire' is not the name of a department"),
        ("departments: [{ name: a@110101, zh: 火, en: F }]", "d:1:23: 'a@110101' is not the name of a department"),
        ("departments: [{ name: a, zh: '', en: F }]", "d:1:30: zh is empty"),
        ("departments: [{ name: a, en: F }]", "d:1:15: a department needs 'zh', which is missing"),
        ("departments: [{ name: a, zh: 火, en: F, cn: x }]", "d:1:40: 'cn' is not a key of a department; valid are"),
        (
            "departments: [{ name: a, zh: 火, en: F }, { name: a, zh: 火, en: F }]",
            "d:1:42: the department 'a' is there twice"
        ),
        (
            "departments: []\nroles: [{ name: r, at: house, zh: 火, en: F }]",
            "d:2:24: 'house' is not a size of place; valid are district, street, community, grid"
        ),
        ("departments: []\nroles: [{ name: r, at: [grid, grid], zh: 火, en: F }]", "d:2:31: 'grid' is there twice"),
        ("departments: fire", "d:1:14: departments is 'fire'; a list is expected"),
        ("people: []", "d:1:1: 'people' is not a key of the department file"),
    ])
    func `a mistake among the departments is named with its place`(_ yaml: String, _ expected: String) {
        let found = problems(departments: yaml, grids: nil)
        #expect(found.first?.hasPrefix(expected) == true, "\(found)")
    }

    @Test(arguments: [
        ("places: { 110101005: 街道 }", "g:1:11: 110101005 lies in 110101, which is missing; name that place too"),
        ("places: { 11010: 区 }", "g:1:11: '11010' is not a grid code; valid are 6, 9, 12 or 15 digits, not 0 first"),
        ("places: { 110101: '' }", "g:1:19: the name of 110101 is empty"),
        ("places: { 110101: [a] }", "g:1:19: the name of 110101 is a list; one value is expected"),
        (
            "places: { 110101: a, \"110101\": b }",
            "g:1:11: '110101' is there more than once in the same mapping; each key may be there once"
        ),
        ("places: []", "g:1:9: places must be a mapping of grid codes to names"),
        ("districts: {}", "g:1:1: 'districts' is not a key of the grid file; valid are places"),
    ])
    func `a mistake among the places is named with its place`(_ yaml: String, _ expected: String) {
        #expect(problems(grids: yaml).first == expected)
    }

    @Test func `who supervises whom is read for departments and for roles at their places`() throws {
        let directory = try Directory(
            departments: """
                departments:
                  - { name: fire, zh: 消防, en: Fire, supervised-by: leader@district }
                  - { name: desk, zh: 值班室, en: Desk, supervised-by: fire }
                roles:
                  - { name: police, at: [street, grid], zh: 警员, en: Police, supervised-by: leader@street }
                  - { name: leader, at: [district, street], zh: 值班领导, en: Leader }
                """, departmentsFile: "d", grids: gridsYAML, gridsFile: "g")
        #expect(
            directory.supervised.prefix(3).map { "\($0.recipient) by \($0.supervisor)" } == [
                "fire by leader@110101", "desk by fire", "police@110101005 by leader@110101005",
            ])
        #expect(
            directory.supervised.dropFirst(2).allSatisfy {
                $0.recipient.word == "police" && $0.supervisor.word == "leader"
            })
    }

    @Test(arguments: [
        ("fire", "d:2:52: fire would supervise itself; name somebody else"),
        ("fyre", "d:2:52: 'fyre' is not a department; valid are fire, desk; did you mean 'fire'?"),
        ("leader@grid", "d:2:52: the role 'leader' does not exist at grid; valid are leader@district, leader@street"),
        ("leader@street", "d:2:52: 'leader@street' is no mailbox for fire, which lies in no such place; valid are"),
        (
            "leader",
            "d:2:52: 'leader' is a role, which has a mailbox at a place; valid are leader@district, leader@street"
        ),
        ("[desk]", "d:2:52: supervised-by is a list; one value is expected"),
    ])
    func `a supervisor that cannot be is named with its place`(_ supervisor: String, _ expected: String) {
        let found = problems(
            departments: """
                departments:
                  - { name: fire, zh: 消防, en: Fire, supervised-by: \(supervisor) }
                  - { name: desk, zh: 值班室, en: Desk }
                roles:
                  - { name: leader, at: [district, street], zh: 值班领导, en: Leader }
                """)
        #expect(found.count == 1 && found[0].hasPrefix(expected), "\(found)")
    }

    @Test(arguments: [
        ("leader@street", "d:3:71: leader@110101005 would supervise itself"),
        ("leader@110101", "d:3:71: leader@110101 would supervise itself"),
    ])
    func `a role does not supervise itself at any of its places`(_ supervisor: String, _ expected: String) {
        let found = problems(
            departments: """
                departments: []
                roles:
                  - { name: leader, at: [district, street], zh: 领导, en: L, supervised-by: \(supervisor) }
                """)
        #expect(found.count == 1, "\(found)")
    }

    @Test func `the problems of both files are told together`() {
        let found = problems(departments: "departments: [{}]", grids: "places: { 1: a }")
        #expect(found.map { $0.prefix(1) } == ["d", "d", "d", "g"])
    }
}
