import Foundation
import TocsinModel
import TocsinRouting

let departmentsYAML = """
    departments:
      - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment }
      - { name: police, zh: 公安分局, en: Police }
      - { name: gas, zh: 燃气抢修中心, en: Gas Repair }
      - { name: desk, zh: 值班台, en: Desk }
    roles:
      - { name: grid-officer, at: grid, zh: 网格管理员, en: Grid Officer }
      - { name: police, at: [grid, street], zh: 网格警员, en: Police Officer }
      - { name: leader, at: [district, street], zh: 值班领导, en: Duty Leader }
    """

let gridsYAML = """
    places:
      "110101": 东城区
      "110101005": 北新桥街道
      "110101005003": 甲社区
      "110101005003001": 甲社区第一网格
      "110101005003002": 甲社区第二网格
      "110101006": 东四街道
    """

func makeDirectory(grids: String? = gridsYAML) throws -> Directory {
    try Directory(
        departments: departmentsYAML, departmentsFile: "departments.yaml", grids: grids, gridsFile: "grids.yaml")
}

/// A rule set with the fallback `desk`, from the text of its rules.
func makeRuleset(_ rules: String, directory: Directory? = nil) throws -> Ruleset {
    try Ruleset(
        yaml: "fallback: desk\nrules:\n" + rules, file: "rules.yaml", directory: try directory ?? makeDirectory())
}

func makeReport(
    event: String = "structure-fire", category: TocsinModel.Category = .fire, severity: Severity = .severe,
    grid: String? = "110101005003002", parameters: [String: String] = [:], codes: [String] = [],
    status: ReportStatus = .actual, type: MessageType = .alert, sender: String = "desk-1",
    urgency: Urgency = .unknown, certainty: Certainty = .unknown, eventCodes: [(String, String)] = []
) -> Report {
    Report(
        name: ReportName(sender: sender, identifier: "1"), sent: Timestamp(milliseconds: 0), event: event,
        category: category, severity: severity, urgency: urgency, certainty: certainty, status: status,
        messageType: type,
        eventCodes: codes.map { .init(name: "code", value: $0) }
            + eventCodes.map { .init(name: $0.0, value: $0.1) },
        parameters: parameters.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) },
        grid: grid.flatMap { GridCode($0) })
}

/// A report with these texts, as bytes where its value does not hold them, at a time that does not matter.
func makeCase(_ report: Report = makeReport(), _ texts: [TextField: String] = [:]) -> Case {
    var report = report
    if let event = texts[.event] { report.event = event }
    if let headline = texts[.headline] { report.headline = headline }
    var json = JSONWriter()
    json.object { json in
        json.member("description", ifPresent: texts[.description])
        json.member("instruction", ifPresent: texts[.instruction])
        json.member("contact", ifPresent: texts[.contact])
        json.object("area") { json in json.member("areaDesc", ifPresent: texts[.areaDesc]) }
    }
    return Case(report, at: report.sent, body: json.bytes)
}

extension Ruleset {
    /// Where a report goes at a time that does not matter.
    func route(_ report: Report) -> Routing { route(makeCase(report)) }

    /// Why it goes there, at the same time.
    func explain(_ report: Report) -> Explanation { explain(makeCase(report)) }
}

extension Routing {
    /// "fire action", "leader@110101 information": what most tests compare.
    var told: [String] { addressees.map { "\($0.recipient) \($0.purpose.rawValue)" } }

    func names(_ purpose: Purpose) -> Set<String> {
        Set(addressees.filter { $0.purpose == purpose }.map(\.recipient.name))
    }
}

/// The problems that reading throws, as text.
func problems(_ read: () throws -> Void) -> [String] {
    do {
        try read()
        return []
    } catch let problems as FileProblems {
        return problems.problems.map(\.description)
    } catch {
        return ["\(error)"]
    }
}

extension ZoneData {
    /// The zones of this machine's data.
    static let system = ZoneData.in(URL(filePath: "/usr/share/zoneinfo"))

    /// The zones of a folder.
    static func `in`(_ folder: URL) -> ZoneData {
        ZoneData(
            file: { name in (try? Data(contentsOf: folder.appending(path: name))).map([UInt8].init) },
            machine: { ("UTC", nil) })
    }
}
