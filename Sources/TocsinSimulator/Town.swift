import TocsinCore
import TocsinModel
import TocsinRouting

/// The departments, rules and limits of the simulated town: small, so that every bound is met.
enum Town {
    static let recipients = ["fire", "police", "gas", "leader", "chief", "desk"]
    static let events = ["structure-fire", "gas-leak", "notice", "rumour"]

    private static let departments =
        "departments:\n" + recipients.map { "  - { name: \($0), zh: \($0), en: \($0) }" }.joined(separator: "\n")

    private static let rulesText = """
        fallback: desk
        rules:
          - name: structure fire
            when: { event: structure-fire }
            notify: fire
            inform: police
            acknowledge-within: 20s
            escalate:
              - { after: 20s, to: leader }
              - { after: 60s, to: chief }
          - name: gas leak
            when: { event: gas-leak }
            notify: [gas, fire]
            acknowledge-within: 30s
            escalate: [{ after: 30s, to: leader }]
          - name: notice
            when: { event: notice }
            inform: [fire, police, gas]
        """

    static var rules: Ruleset { files.rules }
    static var directory: Directory { files.directory }

    static let files: RuleFiles = {
        do {
            let directory = try Directory(
                departments: departments, departmentsFile: "departments.yaml", grids: nil, gridsFile: "grids.yaml")
            return RuleFiles(
                rules: try Ruleset(yaml: rulesText, file: "rules.yaml", directory: directory), rulesText: rulesText,
                directory: directory, loadedAt: Timestamp(milliseconds: 0))
        } catch {
            preconditionFailure("The simulated town is not in order: \(error)")
        }
    }()

    static var settings: BrokerSettings {
        var settings = BrokerSettings()
        settings.limits.uncommittedReports = 4
        settings.heartbeat = .seconds(8)
        settings.redeliverAfter = .seconds(10)
        return settings
    }

    static func recipient(_ name: String) -> Recipient {
        guard let recipient = Recipient(name) else { preconditionFailure("'\(name)' is not a recipient.") }
        return recipient
    }
}
