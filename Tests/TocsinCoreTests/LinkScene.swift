import JournalContract
import TocsinAccess
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

@testable import TocsinCore

/// Departments and clients that somebody supervises.
enum LinkScene {
    private static let departments = """
        departments:
          - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment, supervised-by: desk }
          - { name: gas, zh: 燃气集团, en: Gas Group, supervised-by: desk }
          - { name: police, zh: 公安分局, en: Police }
          - { name: desk, zh: 值班室, en: Duty Office }
          - { name: chief, zh: 值班领导, en: Duty Leader }
        """

    private static let rules = """
        fallback: chief
        rules:
          - { name: infrastructure, when: { category: Infra, event: link-lost, parameter: { link: gas } }, notify: police }
        """

    static let clients = """
        clients:
          - name: handheld-7
            key: "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
            report: all
            heartbeat: 60s
            supervised-by: desk
        """

    static func files(
        departments: String = departments, clients: String = "clients: []"
    ) throws -> RuleFiles {
        let directory = try Directory(
            departments: departments, departmentsFile: "departments.yaml", grids: nil, gridsFile: "grids.yaml")
        return RuleFiles(
            rules: try Ruleset(yaml: rules, file: "rules.yaml", directory: directory), directory: directory,
            clients: try ClientList(yaml: clients, file: "clients.yaml", directory: directory, now: nil),
            texts: RuleTexts(rules: rules, departments: departments, clients: clients),
            loadedAt: Timestamp(milliseconds: 0))
    }

    /// The files without one department's `supervised-by`.
    static func files(withoutSupervisorOf department: String) throws -> RuleFiles {
        let lines = departments.split(separator: "\n").map { line in
            line.contains("name: \(department),")
                ? String(line.replacing(", supervised-by: desk", with: "")) : String(line)
        }
        return try files(departments: lines.joined(separator: "\n"))
    }
}

extension Harness {
    /// The reports of the broker's own that became incidents, as they would be read from the journal.
    var linkReports: [Report] {
        store.entries.compactMap { entry in
            guard case .incident(let incident) = entry.record, incident.name.sender == LinkReport.sender else {
                return nil
            }
            return try? ReportDecoder().decode(incident.report)
        }
    }

    /// "link-lost fire → desk", in the journal's order.
    var linkIncidents: [String] {
        store.entries.compactMap { entry in
            guard case .incident(let incident) = entry.record, incident.name.sender == LinkReport.sender else {
                return nil
            }
            let told = incident.alerts.map { "\($0.recipient)\($0.purpose == .action ? "" : " (information)")" }
            let link = incident.name.identifier.split(separator: "/")[1]
            return "\(incident.event) \(link) → \(told.joined(separator: ", "))"
        }
    }

    /// Puts other files in force, as RELOAD does.
    mutating func reload(_ files: RuleFiles) {
        turn { broker, turn in broker.adopt(files, into: &turn) }
    }

    /// Answers the broker's PINGs for these terminals while time passes.
    mutating func advance(_ duration: Duration, answering terminals: String...) {
        for _ in 0..<duration.wholeMilliseconds / 500 {
            advance(.milliseconds(500))
            for terminal in terminals { handle(.heard(Scene.peer(terminal))) }
        }
    }
}
