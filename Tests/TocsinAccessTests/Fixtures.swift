import Testing
import TocsinAccess
import TocsinModel
import TocsinRouting

/// Two departments, two roles at places of one street.
func makeDirectory() throws(FileProblems) -> Directory {
    try Directory(
        departments: """
            departments:
              - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment }
              - { name: gas, zh: 燃气集团, en: Gas Group }
            roles:
              - { name: firefighter, at: [grid, street], zh: 消防员, en: Firefighter }
              - { name: leader, at: district, zh: 值班领导, en: Duty Leader }
            """, departmentsFile: "departments.yaml",
        grids: """
            places:
              "110101": 东城区
              "110101005": 北新桥街道
              "110101005003": 社区
              "110101005003002": 网格
              "110101006": 东四街道
            """, gridsFile: "grids.yaml")
}

/// Keys that differ.
let keys = [
    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
    "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
]

func read(_ yaml: String, now: Timestamp? = nil) throws(FileProblems) -> ClientList {
    try ClientList(yaml: yaml, file: "clients.yaml", directory: try makeDirectory(), now: now)
}

/// What is wrong with a clients file, one a line.
func problems(_ yaml: String, now: Timestamp? = nil) -> [String] {
    do throws(FileProblems) {
        _ = try read(yaml, now: now)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// The rights of the one client in a file that gives it these.
func rights(_ lines: String) throws -> Rights {
    let list = try read("clients:\n  - { name: a, key: \"\(keys[0])\", \(lines) }")
    return try #require(list.principals.first).rights
}
