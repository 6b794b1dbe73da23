import FoundationEssentials
import Testing
import TocsinModel
import TocsinRouting

/// The example configuration of the district, as it is delivered.
struct DongchengTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let streetList = repository.appending(path: "../shared/data/dongcheng-streets.csv").path

    private let directory: Directory
    private let ruleset: Ruleset

    init() throws {
        directory = try Directory(
            departments: Self.text("dongcheng/departments.yaml"), departmentsFile: "departments.yaml",
            grids: Self.text("dongcheng/grids.yaml"), gridsFile: "grids.yaml")
        ruleset = try Ruleset(
            yaml: Self.text("dongcheng/rules.yaml"), file: "rules.yaml", directory: directory)
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: repository.appending(path: "Config/\(path)"), encoding: .utf8)
    }

    private func places(_ level: PlaceLevel) -> [GridCode] {
        directory.places.keys.filter { $0.level == level }
    }

    @Test func `there are 17 streets, 205 communities and 589 grids`() {
        #expect(places(.district).map(\.description) == ["110101"])
        #expect(directory.places[places(.district)[0]] == "东城区")
        #expect(places(.street).count == 17)
        #expect(places(.community).count == 205)
        #expect(places(.grid).count == 589)
    }

    @Test func `every community has two to five grids and a name of its own`() {
        let sizes = Dictionary(grouping: places(.grid)) { $0.enclosing(.community) }.values.map(\.count)
        #expect(sizes.count == 205)
        #expect(sizes.allSatisfy { (2...5).contains($0) })
        #expect(Set(places(.community).compactMap { directory.places[$0] }).count == 205)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: streetList), "The list of streets is not there."))
    func `the streets have their real names and codes`() throws {
        let list = try String(contentsOf: URL(filePath: Self.streetList), encoding: .utf8)
        let real = list.split(whereSeparator: \.isNewline).map { $0.split(separator: ",").map(String.init) }
        #expect(real.count == 17)
        for street in real {
            let code = try #require(GridCode(street[0]))
            #expect(directory.places[code] == street[1])
        }
    }

    @Test func `seven roles are on duty in every grid`() {
        let roles = directory.roles.filter { $0.levels.contains(.grid) }
        #expect(
            roles.map(\.title.chinese) == ["网格管理员", "网格助理员", "网格警员", "网格督导员", "网格党支部书记", "网格司法工作者", "网格消防员"])
        for grid in places(.grid) {
            #expect(roles.allSatisfy { directory.contains(Recipient(role: $0.name, at: grid)) })
        }
    }

    @Test func `at least twelve departments have titles in both languages`() {
        #expect(directory.departments.count >= 12)
        for department in directory.departments {
            #expect(department.title.chinese.unicodeScalars.contains { (0x4e00...0x9fff).contains($0.value) })
            #expect(department.title.english.utf8.allSatisfy { $0 < 0x80 })
        }
    }

    @Test func `at least thirty rules cover the four classes of the Emergency Response Law`() {
        #expect(ruleset.rules.count >= 30)
        for name in ["自然灾害", "事故灾难", "公共卫生", "社会安全"] {
            #expect(ruleset.rules.filter { $0.name.hasPrefix(name + "·") }.count >= 5, "\(name)")
        }
        #expect(ruleset.rules.first?.inform.map(\.description).contains("leader@district") == true)
        #expect(ruleset.fallback.name == "duty-office@110101")
    }

    @Test func `the file tests itself with what is expected of it`() {
        #expect(ruleset.expectationCount == 17)
    }

    @Test func `every rule matches some report`() throws {
        let grid = try #require(GridCode("110101005003002"))
        for rule in ruleset.rules {
            var report = Report(
                name: ReportName(sender: "s", identifier: "i"), sent: Timestamp(milliseconds: 0), event: "anything",
                category: .other, severity: .moderate, grid: grid)
            for condition in rule.conditions.asked { Self.meet(condition, &report) }
            let verdict = try #require(ruleset.explain(report).verdicts.first { $0.rule == rule.name }).verdict
            guard case .matched = verdict else {
                Issue.record("\(rule.name): \(verdict)")
                continue
            }
            #expect(ruleset.route(report) == ruleset.explain(report).routing)
        }
    }

    /// Makes a report such that the condition holds.
    private static func meet(_ condition: Condition, _ report: inout Report) {
        switch condition {
        case .category(let categories): report.category = categories[0]
        case .event(let events): report.event = events[0]
        case .eventCode(let name, let values): report.eventCodes.append(.init(name: name, value: values[0]))
        case .severity(let range): report.severity = range.words.last ?? .unknown
        case .urgency(let range): report.urgency = range.words.last ?? .unknown
        case .certainty(let range): report.certainty = range.words.last ?? .unknown
        case .within(let codes): report.grid = codes[0]
        case .near(let circle): report.point = circle.center
        case .parameter(let name, let values): report.parameters.append(.init(name: name, value: values[0]))
        case .sender(let patterns): report.name = ReportName(sender: patterns[0].text, identifier: "i")
        case .text(let search): report.headline = search.words[0]
        // Whoever writes an expression writes a test of it.
        case .matches: break
        case .any(let branches): for condition in branches[0] { meet(condition, &report) }
        // What nobody has thought of, a report does not have. The time is not the report's.
        case .not, .during: break
        case .message(let types): report.messageType = types[0]
        case .status(let statuses): report.status = statuses[0]
        }
    }

    /// An event, and who a duty officer would want to act and to know of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var event: String
        var category: TocsinModel.Category
        var severity = Severity.moderate
        var grid: String? = "110101009003001"
        var parameters: [String: String] = [:]
        var action: Set<String>
        var information: Set<String> = []

        var testDescription: String { event }
    }

    @Test(arguments: [
        Case(
            event: "structure-fire", category: .fire, severity: .extreme, parameters: ["trapped": "true"],
            action: ["fire", "police@110101009", "firefighter@110101009003001", "emergency-medical"],
            information: ["leader@110101", "leader@110101009", "grid-officer@110101009003001", "gas", "power"]),
        Case(
            event: "rubbish-fire", category: .fire, severity: .minor,
            action: ["fire", "firefighter@110101009003001"], information: ["grid-officer@110101009003001"]),
        Case(
            event: "structure-fire", category: .fire, severity: .severe, grid: "110101003001001",
            action: ["fire", "firefighter@110101003001001", "grid-officer@110101003001001"],
            information: ["waterworks", "leader@110101003"]),
        Case(
            event: "gas-leak", category: .infra, action: ["gas", "fire"], information: ["police@110101009", "power"]),
        Case(event: "elevator-entrapment", category: .rescue, action: ["market-supervision"], information: ["fire"]),
        Case(
            event: "rainstorm-flooding", category: .met,
            action: ["water", "urban-management", "duty-office@110101009"],
            information: ["traffic-police", "meteorology"]),
        Case(
            event: "earthquake", category: .geo, severity: .extreme, grid: nil,
            action: ["emergency-management", "fire", "duty-office@110101"],
            information: ["leader@110101", "earthquake"]),
        Case(
            event: "food-poisoning", category: .health, parameters: ["place": "school"],
            action: ["market-supervision", "disease-control", "emergency-medical", "education"],
            information: ["health"]),
        Case(
            event: "infectious-disease", category: .health, action: ["disease-control", "health"],
            information: ["emergency-management"]),
        Case(
            event: "crowd-crush", category: .safety, severity: .severe, grid: "110101011002001",
            action: ["police", "emergency-medical", "police@110101011", "traffic-police", "duty-office@110101011"],
            information: ["leader@110101", "fire", "transport"]),
        Case(
            event: "missing-person", category: .security,
            action: ["police@110101009", "grid-officer@110101009003001"], information: ["civil-affairs"]),
        Case(
            event: "traffic-accident", category: .transport, parameters: ["casualties": "true"],
            action: ["traffic-police", "emergency-medical", "fire"], information: ["transport"]),
        Case(
            event: "domestic-dispute", category: .security,
            action: ["judicial-worker@110101009003001"], information: ["party-secretary@110101009003001", "justice"]),
        Case(event: "noise-complaint", category: .other, severity: .minor, action: ["grid-officer@110101009003001"]),
        Case(event: "something-new", category: .other, action: ["duty-office@110101"]),
    ])
    func `a report goes where a duty officer expects`(_ expected: Case) {
        let routing = ruleset.route(
            makeReport(
                event: expected.event, category: expected.category, severity: expected.severity, grid: expected.grid,
                parameters: expected.parameters))
        #expect(routing.names(.action).isSuperset(of: expected.action))
        #expect(routing.names(.information).isSuperset(of: expected.information))
        #expect(routing.addressees.allSatisfy { directory.contains($0.recipient) })
    }

    @Test func `a fire that nobody takes climbs to the supervisor, the street and the district`() throws {
        let routing = ruleset.route(makeReport(grid: "110101009003001"))
        let plan = try #require(routing.plans.first { $0.rule.contains("建筑火灾") })
        #expect(plan.acknowledgeWithin == .seconds(60))
        #expect(plan.steps.map(\.to.name) == ["supervisor@110101009003001", "leader@110101009", "leader@110101"])
        #expect(plan.steps.map(\.after) == [.seconds(60), .seconds(180), .seconds(300)])
    }

    @Test func `a matter that the grid settles itself goes no further`() {
        let routing = ruleset.route(
            makeReport(event: "noise-complaint", category: .other, severity: .minor, grid: "110101009003001"))
        #expect(routing.told == ["grid-officer@110101009003001 action", "assistant@110101009003001 information"])
    }
}

struct BenchConfigurationTests {
    @Test(arguments: [1, 4, 16, 32])
    func `one report is told to as many departments as its event says`(_ count: Int) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Config/bench")
        let directory = try Directory(
            departments: String(contentsOf: folder.appending(path: "departments.yaml"), encoding: .utf8),
            departmentsFile: "departments.yaml", grids: nil, gridsFile: "grids.yaml")
        let ruleset = try Ruleset(
            yaml: String(contentsOf: folder.appending(path: "rules.yaml"), encoding: .utf8), file: "rules.yaml",
            directory: directory)
        #expect(directory.departments.count == 32)
        let routing = ruleset.route(makeReport(event: "bench-\(count)", grid: nil))
        #expect(routing.told == (0..<count).map { "d\($0) information" })
        #expect(routing.addressees.first?.rule == "bench \(count)")
    }
}
