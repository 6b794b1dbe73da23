import Foundation
import Testing
import TocsinModel
import TocsinProof
import TocsinRouting

/// Departments, roles and places for the tests.
enum Town {
    static let departments = """
        departments:
          - { name: fire, zh: 消防救援支队, en: Fire, may-subscribe: action }
          - { name: gas, zh: 燃气抢修中心, en: Gas, may-subscribe: information }
          - { name: desk, zh: 值班台, en: Desk }
        roles:
          - { name: police, at: street, zh: 派出所, en: Police }
          - { name: leader, at: district, zh: 值班领导, en: Leader }
        """
    static let grids = """
        places:
          "110101": 东城区
          "110101005": 北新桥街道
          "110101006": 东四街道
        """
    /// The moment of every incident: 2026-11-23T08:00:00Z, a Monday.
    static let start = Timestamp(milliseconds: 1_795_420_800_000)

    static func rules(
        _ rules: String, fallback: String = "desk", grids: String = grids, departments: String = departments,
        subscriptions: [Subscription] = []
    ) throws -> RulesOnTrial {
        let directory = try Directory(
            departments: departments, departmentsFile: "departments.yaml", grids: grids, gridsFile: "grids.yaml")
        let ruleset = try Ruleset(
            yaml: "fallback: \(fallback)\nrules:\n" + rules, file: "rules.yaml", directory: directory)
        return RulesOnTrial(ruleset, subscriptions: subscriptions)
    }

    static func incident(
        _ event: String = "structure-fire", grid: String? = "110101005", point: Point? = nil,
        status: ReportStatus = .actual, at time: Timestamp = start, origin: PastIncident.Origin = .reporter
    ) -> PastIncident {
        let report = Report(
            name: ReportName(sender: "desk-1", identifier: "1"), sent: time, event: event, category: .fire,
            severity: .severe, status: status, grid: grid.flatMap { GridCode($0) }, point: point)
        return PastIncident(IncidentNumber(7), storedAt: time, report, body: [], origin: origin)
    }
}

/// Returns what changes for whom, as text: `police@110101005 sooner 180000→0`.
func changes(
    from former: RulesOnTrial, to new: RulesOnTrial, _ incident: PastIncident = Town.incident()
) -> [String] {
    var rehearsal = Rehearsal()
    return changes(&rehearsal, from: former, to: new, incident)
}

func changes(
    _ rehearsal: inout Rehearsal, from former: RulesOnTrial, to new: RulesOnTrial, _ incident: PastIncident
) -> [String] {
    let changes = rehearsal.add(
        incident.report.status, before: former.routing(of: incident), after: new.routing(of: incident))
    return changes.map { change in
        let words = change.kinds.map(\.rawValue).joined(separator: ",")
        return "\(change.recipient) \(words) \(text(change.before))→\(text(change.after))"
    }
}

/// `0` for who is informed at once, `0!` for who must acknowledge at once, `0,60000!` for who must later.
private func text(_ alerts: FirstAlerts?) -> String {
    guard let alerts else { return "" }
    let told = "\(alerts.afterMilliseconds)"
    guard let action = alerts.actionAfterMilliseconds else { return told }
    return action == alerts.afterMilliseconds ? told + "!" : "\(told),\(action)!"
}
