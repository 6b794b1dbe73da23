import TocsinModel
import Yams

extension RuleReader {
    mutating func fallback(_ node: Node) -> Recipient? {
        switch target(node, "fallback") {
        case nil: return nil
        case .mailbox(let recipient): return recipient
        case .role(let role, .district):
            if let district = directory.district { return Recipient(role: role, at: district) }
            file.note(
                node,
                "'\(role)@district' has no mailbox of its own, as the directory does not have exactly one district; "
                    + "valid are a department and role@CODE")
            return nil
        case .role(let role, let level):
            file.note(
                node,
                "'\(role)@\(level.rawValue)' depends on the report's grid; the fallback must always have a mailbox: "
                    + "valid are a department, role@CODE and role@district")
            return nil
        }
    }

    mutating func targets(_ node: Node, _ what: String) -> [Rule.Target] {
        var targets: [Rule.Target] = []
        for node in file.oneOrMore(node, what) {
            guard let target = self.target(node, what) else { continue }
            targets.append(target)
        }
        return targets
    }

    /// Reads `department`, `role@level` or `role@CODE`, which the directory must know.
    mutating func target(_ node: Node, _ what: String) -> Rule.Target? {
        file.target(node, what, in: directory)
    }

    mutating func duration(_ node: Node, _ what: String) -> Duration? {
        file.duration(of: node, what, atLeast: .milliseconds(1))
    }

    mutating func requirement(_ node: Node) -> Plan.Requirement? {
        file.word(of: node, "require", "a value for require")
    }

    mutating func truth(_ node: Node, _ what: String) -> Bool? {
        guard let text = file.text(of: node, what) else { return nil }
        switch text {
        case "true": return true
        case "false": return false
        default:
            file.note(node, Suggestion.message(text, isNot: "a value for \(what)", valid: ["true", "false"]))
            return nil
        }
    }
}

extension Duration {
    /// Reads `500ms`, `60s`, `3m`, `2h` or `7d`; nil for anything else.
    package init?(shorthand text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Nine digits exceed any duration that a rule may have, and no product of them overflows.
        guard (1...9).contains(digits.count), let count = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        case "d": self = .seconds(count * 86_400)
        default: return nil
        }
    }
}
