import TocsinJournal
public import TocsinModel
import TocsinRouting

/// Rules and a directory on their way into force.
///
/// The files go to the journal in parts, so that a file of megabytes keeps no report waiting. Each part shares a
/// commit with the other records at hand.
public struct RulesAdoption: Sendable {
    /// The approximate size of a part, in bytes.
    static let partBytes = 64 * 1024

    private(set) var files: RuleFiles
    let digest: RulesDigest
    /// Who asked for it, as the last part's record says.
    let principal: String?
    /// The number of connections that were closed for it, as the last part's record says; nil where that is not counted.
    var connectionsClosed: Int?
    /// The texts that have not been recorded yet. The rules go last, because they name the others.
    private var departments: Substring
    private var grids: Substring
    private var clients: Substring
    private var holidays: Substring
    private var duty: Substring
    private var rules: Substring
    /// The part that was recorded last. The next part should wait until it is on disk.
    public internal(set) var lastPart: Position?

    public init(_ files: RuleFiles, askedBy principal: String? = nil) {
        self.files = files
        self.principal = principal
        digest = RulesDigest(files.texts)
        departments = files.texts.departments[...]
        grids = files.texts.grids[...]
        clients = files.texts.clients[...]
        holidays = files.texts.holidays[...]
        duty = files.texts.duty[...]
        rules = files.texts.rules[...]
    }

    /// Takes the subscriptions that were read with the files. Those of now go on without them.
    fileprivate mutating func takeSubscriptions() -> SubscriptionTable? { files.subscriptions.take() }

    /// True if everything has been recorded.
    fileprivate var isComplete: Bool { remainingBytes == 0 }

    /// The bytes that have not been recorded.
    private var remainingBytes: Int {
        [departments, grids, clients, holidays, duty, rules].reduce(0) { $0 + $1.utf8.count }
    }

    /// True if everything that has not been recorded fits into one part.
    var isAtLastPart: Bool { remainingBytes <= Self.partBytes }

    /// Takes the texts of the next part.
    fileprivate mutating func takePart() -> RuleTexts {
        var room = Self.partBytes
        let (departments, grids) = (departments.takeFirst(&room), grids.takeFirst(&room))
        let (clients, holidays) = (clients.takeFirst(&room), holidays.takeFirst(&room))
        let duty = duty.takeFirst(&room)
        return RuleTexts(
            rules: rules.takeFirst(&room), departments: departments, grids: grids, clients: clients, holidays: holidays,
            duty: duty)
    }
}

extension Broker {
    /// Puts rules and a directory in force. Their files are recorded unless they are those in force.
    public mutating func adopt(_ files: RuleFiles, into turn: inout Turn) {
        var adoption = RulesAdoption(files)
        while !proceed(with: &adoption, into: &turn) {}
    }

    /// Records the next part of an adoption. After the last part its rules are in force, and the result is true.
    public mutating func proceed(with adoption: inout RulesAdoption, into turn: inout Turn) -> Bool {
        if adoption.lastPart != nil || adoption.digest != rulesDigest {
            let part = adoption.takePart()
            let continues = !adoption.isComplete
            record(
                .rules(
                    RulesRecord(
                        part, after: adoption.lastPart, continues: continues,
                        principal: continues ? nil : adoption.principal,
                        connectionsClosed: continues ? nil : adoption.connectionsClosed)), into: &turn)
            adoption.lastPart = lastPosition
            guard !continues else {
                turn.hurry()
                return false
            }
        }
        rules = adoption.files.rules
        directory = adoption.files.directory
        let read = adoption.takeSubscriptions()
        if !subscriptions.isRead(by: rules) { readSubscriptions(having: read) }
        silences.read(by: rules)
        superviseLinks(adoption.files, into: &turn)
        takeDuty(adoption.files, into: &turn)
        return true
    }

    /// Reads the subscriptions and silences by the rules of this broker. Whoever has opened a journal does it before anybody waits:
    /// ten thousand take half a second.
    public mutating func readSubscriptions() {
        subscriptions.read(by: rules)
        silences.read(by: rules)
    }

    /// Reads the subscriptions by the rules that come into force. A table that has been read by these rules is brought
    /// up to date.
    private mutating func readSubscriptions(having read: SubscriptionTable?) {
        if let read, read.isRead(by: rules) {
            subscriptions = read.brought(to: subscriptions)
        } else {
            readSubscriptions()
        }
    }

    /// Folds rules, or a part of them, into the state.
    mutating func apply(_ record: RulesRecord, at position: Position) {
        guard record.refusal == nil else { return }
        var digest = RulesDigestParts()
        if let after = record.after {
            // Parts without a beginning belong to an adoption that was given up.
            guard let soFar = rulesSoFar.take(), soFar.last == after else { return }
            digest = soFar.digest
        }
        digest.add(record.texts)
        if record.continues {
            rulesSoFar = (digest, position)
        } else {
            (rulesDigest, rulesPosition) = (digest.digest, position)
            rulesSoFar = nil
        }
    }
}

extension Broker {
    /// Records that a reload was refused, by whom it was asked for and its first problem.
    mutating func noteRefusedReload(_ principal: String?, _ refusal: Refusal, into turn: inout Turn) {
        let first = refusal.message.split(separator: "\n").first.map(String.init) ?? ""
        record(.rules(RulesRecord(refused: String(first.prefix(500)), principal: principal)), into: &turn)
    }
}

extension Substring {
    /// Takes as many bytes as there is room for. The part ends between two characters.
    fileprivate mutating func takeFirst(_ room: inout Int) -> String {
        var end = endIndex
        if utf8.count > room {
            end = utf8.index(startIndex, offsetBy: room)
            while UTF8.isContinuation(utf8[end]) { utf8.formIndex(before: &end) }
        }
        defer { self = self[end...] }
        room -= self[..<end].utf8.count
        return String(self[..<end])
    }
}
