public import TocsinAccess
public import TocsinModel
public import TocsinWire

/// A reload of rules and directory, from the request until the files are in force or refused.
enum Reload {
    case none
    /// The files are being read. Operators who ask meanwhile may have changed the files since, and wait for the next
    /// reading.
    case reading([Asker], next: [Asker]?)
    /// The files have been read, and go to the journal in parts.
    case adopting(RulesAdoption, [Asker], next: [Asker]?)

    /// An operator who waits for the answer.
    public typealias Asker = (peer: Peer, reference: Reference, principal: String?)

    /// The number of operators who wait for the next reading.
    var askersOfNext: Int {
        switch self {
        case .none: 0
        case .reading(_, let next), .adopting(_, _, let next): next?.count ?? 0
        }
    }

    /// Adds a request, with the operator who waits for it.
    ///
    /// - Returns: True if the files must be read now.
    mutating func ask(_ asker: Asker?) -> Bool {
        // The list has one holder while it grows.
        let before = self
        self = .none
        switch consume before {
        case .none:
            self = .reading([asker].compactMap(\.self), next: nil)
            return true
        case .reading(let askers, var next): self = .reading(askers, next: Self.add(asker, to: &next))
        case .adopting(let adoption, let askers, var next):
            self = .adopting(adoption, askers, next: Self.add(asker, to: &next))
        }
        return false
    }

    private static func add(_ asker: Asker?, to next: inout [Asker]?) -> [Asker] {
        var askers = next.take() ?? []
        if let asker { askers.append(asker) }
        return askers
    }

    var isAdopting: Bool {
        switch self {
        case .adopting: true
        case .none, .reading: false
        }
    }

    /// Returns true if the next part may be recorded, because the one before it is on disk.
    func isReady(_ committed: Position) -> Bool {
        switch self {
        case .adopting(let adoption, _, _): adoption.lastPart ?? .zero <= committed
        case .none, .reading: false
        }
    }
}

/// The end of a reload.
public struct ReloadEnd: Sendable {
    /// The files that are in force now, and those that were before. Nil if the reload was refused.
    public var adopted: (now: RuleFiles, before: RuleFiles)?
    /// The operators to answer when the files are in force, by an output of the same turn: their record is on its way.
    /// Refused operators have been told already.
    public var askers: [(peer: Peer, reference: Reference, principal: String?)]
    /// The number of connections that were closed for the files in force; nil where that is not counted.
    public var connectionsClosed: Int?
    /// True if somebody has asked since the files were read. Then they must be read again.
    public var readAgain: Bool
}

extension CommitPipeline {
    /// True while a reload is under way.
    public var isReloading: Bool {
        switch reload {
        case .none: false
        case .reading, .adopting: true
        }
    }

    /// Notes an operator's request for a reload. The operator is answered when it has ended.
    ///
    /// - Returns: True if the files must be read now. Otherwise they are read when the reading under way is over.
    /// - Throws: `busy` if `Limits.reloadAskers` operators wait for the next reading already.
    public mutating func reloadAsked(
        by peer: Peer, _ reference: Reference, _ principal: String? = nil
    ) throws(Refusal) -> Bool {
        guard reload.askersOfNext < Limits.reloadAskers else {
            throw Refusal(.busy, "Too many operators wait for a reload.", retryAfterMilliseconds: 1000)
        }
        return reload.ask((peer, reference, principal))
    }

    /// Notes a signal that asks for a reload. Nobody waits for an answer.
    ///
    /// - Returns: True if the files must be read now. Otherwise they are read when the reading under way is over.
    public mutating func reloadAsked() -> Bool { reload.ask(nil) }

    /// The operators who wait for the reload under way, those for the next reading left out.
    public var reloadAskers: [Peer] {
        switch reload {
        case .none: []
        case .reading(let askers, _), .adopting(_, let askers, _): askers.map(\.peer)
        }
    }

    /// Leaves out clients of the files in force, without a record: whoever has been taken out is out, whatever else is wrong.
    ///
    /// - Parameter kept: Those of them who stay.
    public mutating func keepOnly(_ kept: ClientList) {
        files.keepOnly(kept)
    }

    /// Notes the result of reading the files. Good files start on their way into force. Otherwise those in force stay.
    ///
    /// - Parameters:
    ///   - result: The files, or what is wrong with them.
    ///   - effect: What has come of the reload all the same if it is refused, for the operators who asked; nil for nothing.
    ///   - turn: The turn that takes the records and outputs.
    /// - Returns: The end of the reload, if it has ended.
    public mutating func filesRead(
        _ result: Result<RuleFiles, Refusal>, effect: String? = nil, into turn: inout Turn
    ) -> ReloadEnd? {
        guard case .reading(let askers, let next) = reload else { return nil }
        switch result {
        case .success(let files) where broker.standing == .serving:
            reload = .adopting(RulesAdoption(files, askedBy: askers.first?.principal), askers, next: next)
            return nil
        case .success: return refuseReload(askers, next, Refusal.rulesNotTaken.adding(effect), into: &turn)
        case .failure(let refusal):
            if refusal.code == .invalid, broker.standing == .serving {
                let noted = effect.map { Refusal(.invalid, "\($0) \(refusal.message)") } ?? refusal
                broker.noteRefusedReload(askers.first?.principal, noted, into: &turn)
            }
            return refuseReload(askers, next, refusal.adding(effect), into: &turn)
        }
    }

    /// Puts the files in force at once, at the beginning and when the journal writes again.
    public mutating func adoptFiles(into turn: inout Turn) {
        broker.adopt(files, into: &turn)
    }

    /// The files that ``passTime(into:isRead:)`` will put in force in this turn, with the last part of them; nil while
    /// there are none. Whoever is out with them can be shut out now, so that the record says what that did.
    public var filesAboutToBeInForce: RuleFiles? {
        guard reload.isReady(committedPosition), broker.isJournalAvailable, case .adopting(let adoption, _, _) = reload
        else { return nil }
        let isUnchanged = adoption.lastPart == nil && adoption.digest == broker.rulesDigest
        return isUnchanged || adoption.isAtLastPart ? adoption.files : nil
    }

    /// Notes the number of connections that were closed for ``filesAboutToBeInForce``.
    public mutating func noteConnectionsClosed(_ count: Int) {
        guard case .adopting(var adoption, let askers, let next) = reload else { return }
        adoption.connectionsClosed = count
        reload = .adopting(adoption, askers, next: next)
    }

    /// Records the next part of the rules in adoption, once the part before it is on disk.
    mutating func proceedWithReload(into turn: inout Turn) -> ReloadEnd? {
        guard reload.isReady(committedPosition), broker.isJournalAvailable,
            case .adopting(var adoption, let askers, let next) = reload
        else { return nil }
        // The adoption has one holder while it proceeds.
        reload = .none
        guard broker.proceed(with: &adoption, into: &turn) else {
            reload = .adopting(adoption, askers, next: next)
            return nil
        }
        let former = files
        files = adoption.files
        if let next { reload = .reading(next, next: nil) }
        return ReloadEnd(
            adopted: (files, former), askers: askers, connectionsClosed: adoption.connectionsClosed,
            readAgain: next != nil)
    }

    /// Gives up rules that are not in force yet. Those in force stay.
    mutating func giveUpReload(into turn: inout Turn) {
        guard case .adopting(_, let askers, let next) = reload else { return }
        // Without the journal the files are not read again either. So operators who asked since are refused as well.
        _ = refuseReload(askers + (next ?? []), nil, .rulesNotTaken, into: &turn)
    }

    private mutating func refuseReload(
        _ askers: [Reload.Asker], _ next: [Reload.Asker]?, _ refusal: Refusal, into turn: inout Turn
    ) -> ReloadEnd {
        for asker in askers {
            turn.refuse(.control, asker.peer, subject: asker.reference.text, refusal, .reload)
        }
        reload = next.map { .reading($0, next: nil) } ?? .none
        return ReloadEnd(adopted: nil, askers: [], readAgain: next != nil)
    }
}

extension Refusal {
    /// Returns the same refusal with a sentence more, if there is one. A list of problems has a line for each.
    fileprivate func adding(_ sentence: String?) -> Refusal {
        guard let sentence else { return self }
        var refusal = self
        refusal.message += (message.hasSuffix(".") ? " " : "\n") + sentence
        return refusal
    }
}
