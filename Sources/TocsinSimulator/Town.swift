import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// The departments, rules and limits of the simulated town. They are small, so that every bound is met.
///
/// Its files come in editions. An operator writes the next one, and has the daemon read it.
enum Town {
    static let recipients = ["fire", "police", "gas", "leader", "chief", "desk"]
    static let events = ["structure-fire", "gas-leak", "notice", "rumour"]
    /// What people subscribe to. The last one is a mistake.
    static let conditions = [
        #"{"event":"gas-leak"}"#, #"{"event":["notice","rumour"]}"#, #"{"severity":"at least Severe"}"#, "{}",
        #"{"category":"Infra"}"#, #"{"category":"Fyre"}"#,
    ]

    /// Returns the files of an edition; nil for an edition with a mistake.
    static func files(edition: Int) -> RuleFiles? {
        let place = edition % (variants.count + 1)
        guard place < variants.count else { return nil }
        let files = variants[place]
        return RuleFiles(
            rules: files.rules, directory: files.directory, texts: files.texts,
            loadedAt: Timestamp(milliseconds: Int64(edition)))
    }

    /// Returns the edition that files were read from.
    static func edition(of files: RuleFiles) -> Int { Int(files.loadedAt.milliseconds) }

    /// Returns the first edition from `edition` on that equals the first of all.
    static func usualEdition(from edition: Int) -> Int {
        let period = variants.count + 1
        return (edition + period - 1) / period * period
    }

    /// Returns the rules of texts, if one of the editions has them.
    static func rules(of texts: RuleTexts) -> Ruleset? { variants.first { $0.texts == texts }?.rules }

    /// Returns whoever supervises a recipient by texts, if one of the editions has them.
    static func supervisor(of recipient: Recipient, by texts: RuleTexts) -> Recipient? {
        let directory = variants.first { $0.texts == texts }?.directory
        return directory?.supervised.first { $0.recipient == recipient }?.supervisor
    }

    /// The sender of the broker's own reports.
    static let broker = "tocsind"

    static var settings: BrokerSettings {
        var settings = BrokerSettings()
        settings.limits.uncommittedReports = 2
        settings.heartbeat = .seconds(8)
        settings.redeliverAfter = .seconds(10)
        settings.remindAfter = .seconds(45)
        return settings
    }

    static func recipient(_ name: String) -> Recipient {
        guard let recipient = Recipient(name) else { preconditionFailure("'\(name)' is not a recipient.") }
        return recipient
    }
}

extension Town {
    private static let variants = [
        files(
            usualRules, supervised: ["fire": "desk", "chief": "leader"],
            maySubscribe: ["fire": .action, "police": .information, "gas": .action, "leader": .information]),
        files(otherRules, supervised: ["chief": "police"], maySubscribe: ["fire": .action, "leader": .action]),
        // This text is so long that it goes to the journal in two parts.
        files(otherRules + "\n" + String(repeating: "# Whoever reads this far may go home.\n", count: 1800)),
        files(
            rulesWithoutGas, departments: recipients.filter { $0 != "gas" },
            supervised: ["fire": "leader", "police": "desk"],
            maySubscribe: ["fire": .information, "police": .action, "leader": .information]),
    ]

    private static func files(
        _ rules: String, departments: [String] = recipients, supervised: [String: String] = [:],
        maySubscribe: [String: Purpose] = [:]
    ) -> RuleFiles {
        do {
            let lines = departments.map { name in
                let supervisor = supervised[name].map { ", supervised-by: \($0)" } ?? ""
                let purpose = maySubscribe[name].map { ", may-subscribe: \($0.rawValue)" } ?? ""
                return "  - { name: \(name), zh: \(name), en: \(name)\(supervisor)\(purpose) }"
            }
            let texts = RuleTexts(rules: rules, departments: "departments:\n" + lines.joined(separator: "\n"))
            let directory = try Directory(
                departments: texts.departments, departmentsFile: "departments.yaml", grids: nil,
                gridsFile: "grids.yaml")
            return RuleFiles(
                rules: try Ruleset(yaml: rules, file: "rules.yaml", directory: directory), directory: directory,
                texts: texts, loadedAt: Timestamp(milliseconds: 0))
        } catch {
            preconditionFailure("The simulated town is not in order: \(error)")
        }
    }

    private static let usualRules = """
        fallback: desk
        rules:
          - name: structure fire
            when: { event: structure-fire }
            notify: fire
            inform: police
            acknowledge-within: 20s
            escalate:
              - { after: 20s, to: leader }
              - { after: 60s, to: chief, repeat: 30s, raise: Extreme }
            correlate: { by: event, within: 40s }
          - name: gas leak
            when: { event: gas-leak }
            notify: [gas, fire]
            require: any
            acknowledge-within: 30s
            reopen-after: 20s
            escalate: [{ after: 30s, to: leader }]
          - name: gas leak, by the police
            when: { event: gas-leak }
            notify: police
            acknowledge-within: 25s
            feedback-within: 40s
            escalate: [{ after: 30s, to: leader, raise: Severe }]
          - name: notice
            when: { event: notice }
            inform: [fire, police, gas]
            correlate: { by: [event, category], within: 20s }
        """

    private static let otherRules = """
        fallback: police
        rules:
          - name: any fire
            when: { event: [structure-fire, gas-leak] }
            notify: [fire, gas]
            inform: leader
            acknowledge-within: 10s
            unattended-after: 3s
            reopen-after: 40s
            feedback-within: 35s
            escalate:
              - { after: 10s, to: desk }
              - { after: 25s, to: fire }
          - name: notice
            when: { event: notice }
            inform: [desk, leader]
        """

    private static let rulesWithoutGas = """
        fallback: desk
        rules:
          - name: fire and gas
            when: { event: [structure-fire, gas-leak] }
            notify: fire
            inform: [police, leader]
            acknowledge-within: 15s
            escalate: [{ after: 15s, to: chief }]
        """
}
