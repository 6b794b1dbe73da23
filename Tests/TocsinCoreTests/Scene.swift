import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The departments and rules of these tests, and short ways to name things in them.
enum Scene {
    static let rules = """
        fallback: desk
        rules:
          - name: structure fire
            when: { event: structure-fire }
            notify: fire
            inform: police
            acknowledge-within: 60s
            escalate:
              - { after: 60s, to: leader }
              - { after: 3m, to: chief }
          - name: gas leak
            when: { event: gas-leak }
            notify: [gas, fire]
            acknowledge-within: 2m
            escalate: [{ after: 90s, to: leader }]
          - name: plain
            when: { event: plain }
            notify: fire
          - name: notice
            when: { event: notice }
            inform: fire
        """

    private static let departments = ["fire", "police", "gas", "leader", "chief", "desk"]

    static func directory(without missing: String? = nil) throws -> Directory {
        let lines = departments.filter { $0 != missing }.map { "  - { name: \($0), zh: \($0), en: \($0) }" }
        return try Directory(
            departments: "departments:\n" + lines.joined(separator: "\n"), departmentsFile: "departments.yaml",
            grids: nil, gridsFile: "grids.yaml")
    }

    static func ruleset(_ yaml: String) throws -> Ruleset {
        try Ruleset(yaml: yaml, file: "rules.yaml", directory: directory())
    }

    static func peer(_ name: String) -> Peer { Peer(identity: PeerIdentity(Array(name.utf8))) }

    static func name(_ peer: Peer) -> String { peer.identity.withBytes { String(decoding: $0, as: UTF8.self) } }

    static func reference(_ text: String) -> Reference {
        guard let reference = Reference(text) else { preconditionFailure("'\(text)' is not a reference.") }
        return reference
    }

    static func recipient(_ name: String) -> Recipient {
        guard let recipient = Recipient(name) else { preconditionFailure("'\(name)' is not a recipient.") }
        return recipient
    }
}

extension RuleFiles {
    /// Rules with a text that need not be theirs.
    static func texted(_ text: String, _ rules: Ruleset, _ directory: Directory) -> RuleFiles {
        RuleFiles(
            rules: rules, directory: directory, texts: RuleTexts(rules: text), loadedAt: Timestamp(milliseconds: 0))
    }
}

extension Broker {
    /// Adopts rules with a text that need not be theirs.
    mutating func adopt(rules: Ruleset, text: String, directory: Directory, into turn: inout Turn) {
        adopt(.texted(text, rules, directory), into: &turn)
    }
}

extension RulesAdoption {
    init(rules: Ruleset, text: String, directory: Directory) {
        self.init(.texted(text, rules, directory))
    }
}
