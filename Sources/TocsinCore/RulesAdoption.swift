import TocsinJournal
public import TocsinModel
public import TocsinRouting

/// A rule file and a directory on their way into force.
///
/// The file goes to the journal in parts, each in a commit of its own with whatever else there is, so that a file of
/// megabytes keeps no report waiting.
public struct RulesAdoption: Sendable {
    /// Bytes of a part, about.
    static let partBytes = 64 * 1024

    let rules: Ruleset
    let directory: Directory
    let digest: RulesDigest
    /// What has not been recorded yet.
    var rest: Substring
    /// The part that was recorded last: the next one should wait until it is on disk.
    public internal(set) var lastPart: Position?

    public init(rules: Ruleset, text: String, directory: Directory) {
        self.rules = rules
        self.directory = directory
        digest = RulesDigest(text)
        rest = text[...]
    }
}

extension Broker {
    /// Puts a rule file and a directory in force; a text that is not the one in force becomes records.
    public mutating func adopt(rules: Ruleset, text: String, directory: Directory, into turn: inout Turn) {
        var adoption = RulesAdoption(rules: rules, text: text, directory: directory)
        while !proceed(with: &adoption, into: &turn) {}
    }

    /// Records the next part of an adoption; with the last one its rules are in force, and the answer is true.
    public mutating func proceed(with adoption: inout RulesAdoption, into turn: inout Turn) -> Bool {
        if adoption.lastPart != nil || adoption.digest != rulesDigest {
            let part = adoption.takePart()
            let continues = !adoption.rest.isEmpty
            record(
                .rules(RulesRecord(text: part, after: adoption.lastPart, continues: continues)), into: &turn)
            adoption.lastPart = lastPosition
            guard !continues else {
                turn.hurry()
                return false
            }
        }
        rules = adoption.rules
        directory = adoption.directory
        return true
    }

    /// Folds a rule file, or a part of one.
    mutating func apply(_ record: RulesRecord, at position: Position) {
        var digest = RulesDigest()
        if let after = record.after {
            // Parts whose beginning is missing were given up.
            guard let soFar = rulesSoFar.take(), soFar.last == after else { return }
            digest = soFar.digest
        }
        digest.add(record.text)
        if record.continues {
            rulesSoFar = (digest, position)
        } else {
            (rulesDigest, rulesPosition) = (digest, position)
            rulesSoFar = nil
        }
    }
}

extension RulesAdoption {
    /// Takes some of the text, between two characters.
    fileprivate mutating func takePart() -> String {
        let bytes = rest.utf8
        guard bytes.count > Self.partBytes else {
            defer { rest = rest[rest.endIndex...] }
            return String(rest)
        }
        let end = rest.unicodeScalars.index(before: bytes.index(rest.startIndex, offsetBy: Self.partBytes))
        defer { rest = rest[end...] }
        return String(rest[..<end])
    }
}
