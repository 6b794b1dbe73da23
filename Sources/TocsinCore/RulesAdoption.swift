import TocsinJournal
public import TocsinModel
public import TocsinRouting

/// A rule file and a directory on their way into force.
///
/// The file goes to the journal in parts, so that a file of megabytes keeps no report waiting. Each part shares a
/// commit with the other records at hand.
public struct RulesAdoption: Sendable {
    /// The approximate size of a part, in bytes.
    static let partBytes = 64 * 1024

    let rules: Ruleset
    let directory: Directory
    let digest: RulesDigest
    /// The text that has not been recorded yet.
    var rest: Substring
    /// The part that was recorded last. The next part should wait until it is on disk.
    public internal(set) var lastPart: Position?

    public init(rules: Ruleset, text: String, directory: Directory) {
        self.rules = rules
        self.directory = directory
        digest = RulesDigest(text)
        rest = text[...]
    }
}

extension Broker {
    /// Puts a rule file and a directory in force. The text is recorded unless it is the one in force.
    public mutating func adopt(rules: Ruleset, text: String, directory: Directory, into turn: inout Turn) {
        var adoption = RulesAdoption(rules: rules, text: text, directory: directory)
        while !proceed(with: &adoption, into: &turn) {}
    }

    /// Records the next part of an adoption. After the last part its rules are in force, and the result is true.
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

    /// Folds a rule file, or a part of one, into the state.
    mutating func apply(_ record: RulesRecord, at position: Position) {
        var digest = RulesDigest()
        if let after = record.after {
            // Parts without a beginning belong to an adoption that was given up.
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
    /// Takes the next part of the text. The part ends between two characters.
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
