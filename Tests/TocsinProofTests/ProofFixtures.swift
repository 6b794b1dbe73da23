import Foundation
import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinProof

let departmentsYAML = """
    departments:
      - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment }
      - { name: gas, zh: 燃气抢修中心, en: Gas Repair }
      - { name: desk, zh: 值班台, en: Desk }
    roles:
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
      "110101006": { name: 东四街道, polygon: [[39.90, 116.40], [39.90, 116.50], [39.99, 116.50], [39.99, 116.40]] }
    """

let now = Timestamp(milliseconds: 1_796_000_000_000)

func makeDirectory(departments: String = departmentsYAML, grids: String? = gridsYAML) throws -> Directory {
    try Directory(departments: departments, departmentsFile: "departments.yaml", grids: grids, gridsFile: "grids.yaml")
}

/// A rule set with the fallback `desk`, from the text of its rules.
func makeRuleset(_ rules: String, directory: Directory? = nil, holidays: Holidays? = nil) throws -> Ruleset {
    try Ruleset(
        yaml: "fallback: desk\nrules:\n" + rules, file: "rules.yaml", directory: try directory ?? makeDirectory(),
        holidays: holidays, zones: .system)
}

/// The proof of rules with the fallback `desk`.
func prove(
    _ rules: String, directory: Directory? = nil, holidays: Holidays? = nil,
    _ wishes: ProofWishes = ProofWishes(now: now)
) throws -> Proof {
    Proof(of: try makeRuleset(rules, directory: directory, holidays: holidays), wishes)
}

extension Proof {
    /// The gaps, a line each: `category Geo, Met; severity Minor`.
    var gapLines: [String] {
        gaps.map { $0.properties.map { "\($0.name) \($0.values)" }.joined(separator: "; ") }
    }

    /// The idle rules with what is before them.
    var idleLines: [String] {
        idle.map {
            $0.behind.isEmpty ? $0.rule.name : "\($0.rule.name) behind \($0.behind.map(\.name).joined(separator: ", "))"
        }
    }

    /// The unreached mailboxes: `police@street 1 of 2`.
    var unreachedLines: [String] {
        unreached.map { "\($0.name)\($0.level.map { "@\($0.rawValue)" } ?? "") \($0.count) of \($0.all)" }
    }

    /// The rules without a leader, with the recipients: `fires: fire, police@street`.
    var leaderlessLines: [String] {
        leaderless.map { "\($0.rule.name): \($0.recipients.map(\.description).joined(separator: ", "))" }
    }
}

extension ZoneData {
    /// The zones of this machine's data.
    static let system = ZoneData(
        file: { name in
            (try? Data(contentsOf: URL(filePath: "/usr/share/zoneinfo").appending(path: name))).map([UInt8].init)
        },
        machine: { ("UTC", nil) })
}

/// The configuration of the district, as it is delivered.
enum Dongcheng {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config/dongcheng")

    static func directory() throws -> Directory {
        try Directory(
            departments: text("departments.yaml"), departmentsFile: "departments.yaml", grids: text("grids.yaml"),
            gridsFile: "grids.yaml")
    }

    static func ruleset() throws -> Ruleset {
        try Ruleset(yaml: text("rules.yaml"), file: "rules.yaml", directory: directory(), zones: .system)
    }

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
}
