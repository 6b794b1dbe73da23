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

    @Test func `the problems of both files are told together`() {
        let found = problems(departments: "departments: [{}]", grids: "places: { 1: a }")
        #expect(found.map { $0.prefix(1) } == ["d", "d", "d", "g"])
    }
}
